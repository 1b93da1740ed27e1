// Shows a new secret, which is shown this one time.
import { useState } from "preact/hooks";
import { formatTime } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Notice } from "../ui/notice.tsx";

export interface ShownSecret {
  readonly name: string;
  readonly secret: string;
  /** Until now requests were let in without any token. */
  readonly isFirst?: boolean;
  /** Until when the secret before this one counts as well. */
  readonly previousUntil?: string | undefined;
}

export interface SecretDialogProps {
  readonly shown: ShownSecret;
  readonly onClose: () => void;
}

/** Escape and the cross ask first, as nobody can show the secret again. */
export function SecretDialog({ shown: { name, secret, isFirst, previousUntil }, onClose }: SecretDialogProps) {
  const [isAsking, setAsking] = useState(false);
  return (
    <Dialog title={t("tokens.secret_title", { name })} onClose={isAsking ? onClose : () => setAsking(true)}>
      <p>{t("tokens.secret_once")}</p>
      <code class="secret">{secret}</code>
      {isFirst === true && <Notice kind="warn">{t("tokens.first")}</Notice>}
      {previousUntil !== undefined && (
        <Notice>{t("tokens.previous_counts", { until: formatTime(previousUntil) })}</Notice>
      )}
      {isAsking && <Notice kind="warn">{t("tokens.secret_unsaved")}</Notice>}
      <div class="row row-end">
        <CopyButton text={secret} label={t("tokens.copy_secret")} />
        <Button kind="primary" onClick={onClose}>
          {t("tokens.secret_saved")}
        </Button>
      </div>
    </Dialog>
  );
}
