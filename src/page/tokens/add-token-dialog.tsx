// Makes a client token, with whatever it may do and how much.
import { useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";
import { LimitFields } from "./limit-fields.tsx";
import { ScopeFields } from "./scope-fields.tsx";
import type { ShownSecret } from "./secret-dialog.tsx";
import { type ChangeDraft, EMPTY_DRAFT, newTokenOf } from "./token-draft.ts";

export interface AddTokenDialogProps {
  readonly onMade: (shown: ShownSecret) => void;
  readonly onClose: () => void;
}

export function AddTokenDialog({ onMade, onClose }: AddTokenDialogProps) {
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const { run, isBusy, failure } = useAction({ isQuiet: true });
  const change: ChangeDraft = (patch) => setDraft((before) => ({ ...before, ...patch }));
  const submit = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const { token, secret, first } = await callOperation("tokens.add", newTokenOf(draft, Date.now()));
      onMade({ name: token.name, secret, isFirst: first });
      return undefined;
    });
  };
  return (
    <Dialog title={t("tokens.add")} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <TextField
          label={t("tokens.name")}
          hint={t("tokens.name_hint")}
          value={draft.name}
          onValue={(name) => change({ name })}
          autofocus
        />
        <LimitFields draft={draft} onChange={change} />
        <ScopeFields draft={draft} onChange={change} />
        {failure !== undefined && <Notice kind="bad">{failure.message}</Notice>}
        <div class="row row-end">
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {t("tokens.make")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
