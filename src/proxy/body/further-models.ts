// Whether a request may name a model that its provider sees, and this reader does not: asked for limited tokens only.
import type { BodyFacts } from "./body-facts.ts";
import { scanMembers } from "./json-scan.ts";

const NAMES: ReadonlySet<string> = new Set(["model", "models"]);

/** `inPath`: the model of the path, which leaves that of the body without a meaning, or so it should be. */
export function mayNameFurtherModels(body: Uint8Array | null, facts: BodyFacts, inPath: string | undefined): boolean {
  if (inPath !== undefined && facts.model !== undefined && shortName(facts.model) !== shortName(inPath)) return true;
  return body !== null && facts.isJson && hasOtherCase(body, facts);
}

/** Gemini's bodies name the resource, its paths hold the name of it. */
function shortName(model: string): string {
  return model.replace(/^models\//, "");
}

/** Go's encoding/json, which many local providers are built on, takes members by their names in any case. */
function hasOtherCase(body: Uint8Array, { namesMoreModels }: BodyFacts): boolean {
  const found = scanMembers(body, NAMES, { anyCase: true }) ?? [];
  const [singular, plural] = [...NAMES].map((name) => found.filter((member) => member.name === name).length);
  // Of those in the usual case there is one at most, or it was told already.
  return (singular ?? 0) > 1 || (plural ?? 0) > (namesMoreModels === undefined ? 0 : 1);
}
