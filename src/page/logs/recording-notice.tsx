// Says that requests are not recorded, and what to do about it.
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Notice } from "../ui/notice.tsx";

export interface RecordingNoticeProps {
  readonly recording: boolean;
  readonly fault: string | undefined;
}

/** Nothing where all is well. */
export function RecordingNotice({ recording, fault }: RecordingNoticeProps) {
  if (!recording)
    return (
      <Notice kind="warn">
        <p>{t("logs.recording.off")}</p>
        <p>
          <Link href={pagePath("config")}>{t("logs.recording.configure")}</Link>
        </p>
      </Notice>
    );
  if (fault === undefined) return null;
  return (
    <Notice kind="bad">
      <p>{t("logs.recording.fault", { fault })}</p>
      <p>{t("logs.recording.mend")}</p>
    </Notice>
  );
}
