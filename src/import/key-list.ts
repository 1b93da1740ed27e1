// Reads a list of keys: one a line, or JSON as `keys export` writes it.
import { parseKeyList } from "../admin/parse-key-list.ts";
import type { ImportPlan } from "./import-plan.ts";
import { type ImportContext, ImportFault, type ImportSource } from "./import-source.ts";
import { PlanDraft } from "./plan-draft.ts";

/** @throws ImportFault. */
export function readKeyList(source: ImportSource, { provider }: ImportContext): ImportPlan {
  if (source.form === "tables") throw new ImportFault("a database is no list of keys");
  const list = parseKeyList(source.text);
  if (!list.ok) throw new ImportFault(list.fault);
  const draft = new PlanDraft("keys");
  for (const [index, key] of list.keys.entries())
    draft.key({ ...(provider !== undefined && { provider }), ...key }, `entry ${index + 1}`);
  return draft.finish();
}
