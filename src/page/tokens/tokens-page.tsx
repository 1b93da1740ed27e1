// The page "tokens".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function TokensPage() {
  return (
    <PageFrame title={t("pages.tokens")}>
      <p />
    </PageFrame>
  );
}
