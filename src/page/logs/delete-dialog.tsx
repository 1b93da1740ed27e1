// The question before request records are deleted: how many there are, and whether really all are meant.
import { useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { useOperation } from "../api/use-operation.ts";
import { formatNumber, formatTime } from "../format/format.ts";
import { t, textOf } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { CheckField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";
import type { RecordSelection } from "./log-filter.ts";

export interface DeleteDialogProps {
  /** Without any filter all records are meant, which must be said once more. */
  readonly selection: RecordSelection;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function DeleteDialog({ selection, onClose, onDone }: DeleteDialogProps) {
  const isAll = Object.keys(selection).length === 0;
  const [isMeant, setMeant] = useState(false);
  const counted = useOperation("logs.count", selection);
  const { run, isBusy, failure } = useAction({ isQuiet: true });
  const remove = async () => {
    const isDone = await run(async () => {
      const { deleted } = await callOperation("logs.delete", isAll ? { all: true } : selection);
      return t("logs.delete.done", { count: deleted });
    });
    if (!isDone) return;
    onClose();
    onDone();
  };
  return (
    <Dialog title={t("logs.delete.title")} size="narrow" onClose={onClose}>
      <AskedView asked={counted} lines={2}>
        {({ count, more }) => (
          <p>{t(more ? "logs.delete.at_least" : "logs.delete.count", { count, amount: formatNumber(count) })}</p>
        )}
      </AskedView>
      <Meant selection={selection} />
      <p class="soft small">{t("logs.delete.hint")}</p>
      {isAll && <CheckField label={t("logs.delete.all")} isChecked={isMeant} onChecked={setMeant} />}
      {failure !== undefined && <Notice kind="bad">{failure.message}</Notice>}
      <div class="row row-end">
        <Button onClick={onClose}>{t("ui.cancel")}</Button>
        <Button
          kind="danger"
          isBusy={isBusy}
          disabled={(isAll && !isMeant) || counted.data === undefined || isNothing(counted.data)}
          onClick={remove}
        >
          {t("logs.delete.action")}
        </Button>
      </div>
    </Dialog>
  );
}

function isNothing({ count, more }: { readonly count: number; readonly more: boolean }): boolean {
  return count === 0 && !more;
}

/** The filter in words, as it may hold more than is seen of the list. */
function Meant({ selection }: { readonly selection: RecordSelection }) {
  const fields = Object.entries(selection).filter(([, value]) => value !== undefined);
  if (fields.length === 0) return null;
  return (
    <dl>
      {fields.map(([name, value]) => (
        <div key={name} class="logs-pair">
          <dt>{textOf(`logs.filters.${name}`) ?? name}</dt>
          <dd>
            <bdi>{shown(name, value)}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function shown(name: string, value: unknown): string {
  if (name === "since" || name === "until") return formatTime(String(value));
  return value === true ? t("logs.filters.yes") : String(value);
}
