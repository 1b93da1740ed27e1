// Copies a text, and says whether that worked.
import { t } from "../texts/texts.ts";
import { Button } from "./button.tsx";
import { showToast } from "./toasts.tsx";

export interface CopyButtonProps {
  readonly text: string;
  /** "Copy" by default. */
  readonly label?: string;
}

export function CopyButton({ text, label = t("ui.copy") }: CopyButtonProps) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      showToast({ kind: "good", text: t("ui.copied") });
    } catch {
      // Over plain HTTP from another machine there is no clipboard.
      showToast({ kind: "bad", text: t("ui.copy_failed") });
    }
  };
  return (
    <Button isSmall onClick={copy}>
      {label}
    </Button>
  );
}
