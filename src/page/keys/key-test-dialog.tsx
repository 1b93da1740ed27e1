// Tries one key with a real call, of the model that is wanted.
import { useEffect, useRef, useState } from "preact/hooks";
import type { OutputOf } from "../../admin/operation-table.ts";
import { streamOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";
import { Tried } from "./pasted-table.tsx";

export interface KeyTestDialogProps {
  readonly id: string;
  readonly name: string;
  readonly onClose: () => void;
  /** Its health may be another one. */
  readonly onDone: () => void;
}

export function KeyTestDialog({ id, name, onClose, onDone }: KeyTestDialogProps) {
  const { model, setModel, result, test, isBusy, failure } = useKeyTest(id, onDone);
  return (
    <Dialog title={t("key_edit.test.title", { name })} size="narrow" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          test();
        }}
      >
        <p>{t("key_edit.test.text")}</p>
        <TextField
          label={t("key_edit.test.model")}
          hint={t("key_edit.test.model_hint")}
          value={model}
          onValue={setModel}
        />
        {failure !== undefined && <Notice kind="bad">{failure.message}</Notice>}
        {result !== undefined && (
          <div role="status">
            <Tried row={result} />
          </div>
        )}
        <div class="row row-end">
          <Button onClick={onClose}>{t("ui.close")}</Button>
          <Button kind="primary" type="submit" isBusy={isBusy}>
            {t("key_edit.actions.test")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Ends when nobody waits for it any more. */
function useKeyTest(id: string, onDone: () => void) {
  const [model, setModel] = useState("");
  const [result, setResult] = useState<OutputOf<"test">>();
  const { run, isBusy, failure } = useAction({ isQuiet: true });
  const gone = useRef(new AbortController());
  useEffect(() => () => gone.current.abort(), []);
  const test = () =>
    run(async () => {
      setResult(undefined);
      const wanted = model.trim();
      const input = { keys: [id], ...(wanted !== "" && { model: wanted }) };
      for await (const row of streamOperation("test", input, gone.current.signal)) setResult(row);
      onDone();
      return undefined;
    });
  return { model, setModel, result, test, isBusy, failure };
}
