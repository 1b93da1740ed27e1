// The third step of adding keys, where that is wanted: they are tried, each result is shown as it comes.
import { useId } from "preact/hooks";
import { formatNumber } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { type Foretold, failedIn, type Tries } from "./add-keys.ts";
import { PastedTable } from "./pasted-table.tsx";
import type { AddKeys } from "./use-add-keys.ts";

export interface AddKeysTryProps {
  readonly adding: AddKeys;
  readonly foretold: Foretold;
  readonly tries: Tries;
  readonly total: number;
}

export function AddKeysTry({ adding, foretold, tries, total }: AddKeysTryProps) {
  const id = useId();
  const failed = failedIn(tries);
  return (
    <div class="stack">
      <p id={id}>
        {t("key_edit.add.trying", { done: formatNumber(tries.size), count: total })}
        {failed > 0 && ` ${t("key_edit.add.failed", { count: failed })}`}
      </p>
      <progress class="key-edit-progress" aria-labelledby={id} max={Math.max(1, total)} value={tries.size} />
      <PastedTable foretold={foretold} tries={tries} />
      <div class="row row-end">
        <Button onClick={adding.stop}>{t("key_edit.add.stop")}</Button>
      </div>
    </div>
  );
}
