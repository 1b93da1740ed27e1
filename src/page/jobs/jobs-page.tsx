// The page "jobs".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function JobsPage() {
  return (
    <PageFrame title={t("pages.jobs")}>
      <p />
    </PageFrame>
  );
}
