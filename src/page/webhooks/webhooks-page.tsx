// The page "webhooks".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function WebhooksPage() {
  return (
    <PageFrame title={t("pages.webhooks")}>
      <p />
    </PageFrame>
  );
}
