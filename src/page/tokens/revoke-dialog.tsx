// Asks before a client token is deleted.
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { Confirm } from "../ui/dialog.tsx";
import type { TokenRow } from "./token-row.ts";

export interface RevokeDialogProps {
  readonly token: TokenRow;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function RevokeDialog({ token: { id, name }, onDone, onClose }: RevokeDialogProps) {
  const { run, isBusy } = useAction();
  const revoke = async () => {
    const isDone = await run(async () => {
      const { refused, open } = await callOperation("tokens.revoke", { tokens: [id] });
      const [kept] = refused;
      if (kept !== undefined) throw new Error(kept.why);
      return open ? t("tokens.revoked_last", { name }) : t("tokens.revoked", { name });
    });
    if (isDone) onDone();
  };
  return (
    <Confirm
      title={t("tokens.revoke_title", { name })}
      action={t("tokens.revoke")}
      isBusy={isBusy}
      onConfirm={revoke}
      onClose={onClose}
    >
      <p>{t("tokens.revoke_about")}</p>
    </Confirm>
  );
}
