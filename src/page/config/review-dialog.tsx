// What a save would change, before it is done.
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Notice } from "../ui/notice.tsx";
import { DiffView } from "./diff-view.tsx";
import { TextList } from "./file-notices.tsx";
import type { ConfigCheck } from "./use-config-draft.ts";

export interface ReviewDialogProps {
  readonly before: string;
  readonly after: string;
  readonly check: ConfigCheck;
  readonly isBusy: boolean;
  readonly onSave: () => void;
  readonly onClose: () => void;
}

export function ReviewDialog({ before, after, check, isBusy, onSave, onClose }: ReviewDialogProps) {
  const { changes, at_start, diagnostics } = check;
  const warnings = diagnostics.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  return (
    <Dialog title={t("config.review_title")} size="wide" onClose={onClose}>
      <p>{changes.length === 0 ? t("config.no_changes") : t("config.changes")}</p>
      <TextList texts={changes} />
      {at_start.length > 0 && <Notice kind="warn">{t("config.at_start", { fields: at_start.join(", ") })}</Notice>}
      {warnings.length > 0 && (
        <Notice kind="warn">
          <p>{t("config.warnings", { count: warnings.length })}</p>
          <TextList texts={warnings} />
        </Notice>
      )}
      <DiffView before={before} after={after} label={t("config.diff")} />
      <div class="row row-end">
        <Button onClick={onClose}>{t("ui.cancel")}</Button>
        <Button kind="primary" isBusy={isBusy} onClick={onSave}>
          {t("config.save")}
        </Button>
      </div>
    </Dialog>
  );
}
