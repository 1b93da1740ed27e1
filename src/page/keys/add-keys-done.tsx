// The last step of adding keys: what became of them.
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { countsOf, type Foretold, linesOf } from "./add-keys.ts";
import { UnusedNotice } from "./add-keys-look.tsx";
import { PastedTable } from "./pasted-table.tsx";

export interface AddKeysDoneProps {
  readonly added: Foretold;
  readonly onClose: () => void;
}

export function AddKeysDone({ added, onClose }: AddKeysDoneProps) {
  const counts = countsOf(linesOf(added));
  const of = (outcome: "added" | "updated") => counts.get(outcome) ?? 0;
  return (
    <div class="stack">
      <Notice kind="good">
        <p>{t("key_edit.add.added", { count: of("added") })}</p>
        {of("updated") > 0 && <p>{t("key_edit.add.updated", { count: of("updated") })}</p>}
      </Notice>
      <UnusedNotice foretold={added} />
      <PastedTable foretold={added} />
      <div class="row row-end">
        <Button kind="primary" onClick={onClose}>
          {t("ui.close")}
        </Button>
      </div>
    </div>
  );
}
