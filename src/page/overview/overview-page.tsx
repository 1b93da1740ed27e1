// The page "overview".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function OverviewPage() {
  return (
    <PageFrame title={t("pages.overview")}>
      <p />
    </PageFrame>
  );
}
