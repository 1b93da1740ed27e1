// Asks before keys are deleted for good.
import { formatNumber } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { Confirm } from "../ui/dialog.tsx";

export interface BulkRemoveDialogProps {
  readonly count: number;
  readonly isBusy: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function BulkRemoveDialog({ count, isBusy, onConfirm, onClose }: BulkRemoveDialogProps) {
  return (
    <Confirm
      title={t("keys.remove_title", { count })}
      action={t("keys.remove_confirm", { count: formatNumber(count) })}
      isBusy={isBusy}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p>{t("keys.remove_text")}</p>
      <p class="soft">{t("keys.remove_written")}</p>
    </Confirm>
  );
}
