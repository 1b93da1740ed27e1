// The page "proxies".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function ProxiesPage() {
  return (
    <PageFrame title={t("pages.proxies")}>
      <p />
    </PageFrame>
  );
}
