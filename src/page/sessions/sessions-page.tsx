// The page "sessions".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function SessionsPage() {
  return (
    <PageFrame title={t("pages.sessions")}>
      <p />
    </PageFrame>
  );
}
