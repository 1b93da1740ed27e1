// The models and operations that a key cannot serve now, each with what ends its rest.
import type { InputOf } from "../../admin/operation-table.ts";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { StateBadge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import type { KeyRow } from "./key-row.ts";
import { KeyCause } from "./key-standing.tsx";

type Part = KeyRow["parts"][number];

export interface KeyPartsProps {
  readonly row: KeyRow;
  readonly onDone: () => void;
}

/** Nothing where the key serves everything. */
export function KeyParts({ row: { id, parts }, onDone }: KeyPartsProps) {
  const { run, isBusy } = useAction();
  if (parts.length === 0) return null;
  const reset = (part: Part) =>
    run(async () => {
      await callOperation("keys.reset", { keys: [id], ...clearingOf(part) });
      onDone();
      return t("key_edit.detail.part_reset", { name: nameOf(part) });
    });
  return (
    <section class="card" aria-labelledby="parts">
      <h2 id="parts">{t("key_edit.detail.parts")}</h2>
      <ul class="key-edit-list stack">
        {parts.map((part) => (
          <li key={`${part.group} ${nameOf(part)}`} class="stack">
            <PartView part={part} isBusy={isBusy} onReset={() => reset(part)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface PartViewProps {
  readonly part: Part;
  readonly isBusy: boolean;
  readonly onReset: () => void;
}

function PartView({ part, isBusy, onReset }: PartViewProps) {
  return (
    <>
      <div class="card-head">
        <span class="row">
          <code>{nameOf(part)}</code>
          <StateBadge state={part.state} />
        </span>
        {(part.model ?? part.operation) !== undefined && (
          <Button
            isSmall
            isBusy={isBusy}
            aria-label={t("key_edit.detail.reset_part", { name: nameOf(part) })}
            onClick={onReset}
          >
            {t("key_edit.actions.reset")}
          </Button>
        )}
      </div>
      {part.group !== undefined && <p class="small soft">{t("key_edit.detail.of_group", { group: part.group })}</p>}
      <KeyCause of={part} />
    </>
  );
}

function nameOf({ model, operation }: Part): string {
  return model ?? operation ?? t("key_edit.detail.no_model");
}

function clearingOf({ model, operation }: Part): Pick<InputOf<"keys.reset">, "model" | "operation"> {
  return { ...(model !== undefined && { model }), ...(operation !== undefined && { operation }) };
}
