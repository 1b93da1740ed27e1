// The page "logs".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function LogsPage() {
  return (
    <PageFrame title={t("pages.logs")}>
      <p />
    </PageFrame>
  );
}
