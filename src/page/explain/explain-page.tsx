// The page "explain".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function ExplainPage() {
  return (
    <PageFrame title={t("pages.explain")}>
      <p />
    </PageFrame>
  );
}
