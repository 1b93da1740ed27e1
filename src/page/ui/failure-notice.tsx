// Says that something did not work, with the way to try it again.
import type { ComponentChildren } from "preact";
import { t } from "../texts/texts.ts";
import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";

export interface FailureNoticeProps {
  readonly text: string;
  readonly isBusy?: boolean;
  readonly onRetry: () => void;
  /** What else can be done. */
  readonly children?: ComponentChildren;
}

export function FailureNotice({ text, isBusy = false, onRetry, children }: FailureNoticeProps) {
  return (
    <Notice kind="bad">
      <p>
        {t("ui.failed")}: {text}
      </p>
      <div class="row">
        <Button isSmall isBusy={isBusy} onClick={onRetry}>
          {t("ui.retry")}
        </Button>
        {children}
      </div>
    </Notice>
  );
}
