// The page "keys".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function KeysPage() {
  return (
    <PageFrame title={t("pages.keys")}>
      <p />
    </PageFrame>
  );
}
