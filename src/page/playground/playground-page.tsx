// The page "playground".
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";

export function PlaygroundPage() {
  return (
    <PageFrame title={t("pages.playground")}>
      <p />
    </PageFrame>
  );
}
