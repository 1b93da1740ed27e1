// Gives a client token a fresh secret, with or without a time in which both count.
import { useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";
import type { ShownSecret } from "./secret-dialog.tsx";
import type { TokenRow } from "./token-row.ts";

/** `0`: not at all. */
const GRACES = ["0", "1h", "24h", "7d"] as const;
type Grace = (typeof GRACES)[number];

export interface RotateDialogProps {
  readonly token: TokenRow;
  readonly onMade: (shown: ShownSecret) => void;
  readonly onClose: () => void;
}

export function RotateDialog({ token: { id, name }, onMade, onClose }: RotateDialogProps) {
  const [grace, setGrace] = useState<Grace>("24h");
  const { run, isBusy, failure } = useAction({ isQuiet: true });
  const rotate = () =>
    run(async () => {
      const made = await callOperation("tokens.rotate", { token: id, ...(grace !== "0" && { grace }) });
      onMade({ name, secret: made.secret, previousUntil: made.previous_until });
      return undefined;
    });
  return (
    <Dialog title={t("tokens.rotate_title", { name })} size="narrow" onClose={onClose}>
      <p>{t("tokens.rotate_about")}</p>
      <SelectField
        label={t("tokens.grace")}
        value={grace}
        choices={GRACES.map((value) => ({ value, text: t(`tokens.graces.${value}`) }))}
        onValue={(value) => setGrace(value as Grace)}
      />
      {failure !== undefined && <Notice kind="bad">{failure.message}</Notice>}
      <div class="row row-end">
        <Button onClick={onClose}>{t("ui.cancel")}</Button>
        <Button kind="primary" isBusy={isBusy} onClick={rotate}>
          {t("tokens.rotate")}
        </Button>
      </div>
    </Dialog>
  );
}
