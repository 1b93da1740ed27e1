// The page "config".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function ConfigPage() {
  return (
    <PageFrame title={t("pages.config")}>
      <p />
    </PageFrame>
  );
}
