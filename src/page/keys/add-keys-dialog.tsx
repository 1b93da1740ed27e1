// Adds keys that are pasted, one a line, after showing what would become of each.
import { t } from "../texts/texts.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Notice } from "../ui/notice.tsx";
import { AddKeysDone } from "./add-keys-done.tsx";
import { AddKeysLook } from "./add-keys-look.tsx";
import { AddKeysPaste } from "./add-keys-paste.tsx";
import { AddKeysTry } from "./add-keys-try.tsx";
import { type AddKeys, useAddKeys } from "./use-add-keys.ts";

export interface AddKeysDialogProps {
  /** Chosen at first. */
  readonly provider?: string | undefined;
  readonly onClose: () => void;
  /** Keys are otherwise now. */
  readonly onAdded?: (() => void) | undefined;
}

export function AddKeysDialog({ provider = "", onClose, onAdded }: AddKeysDialogProps) {
  const adding = useAddKeys(provider, () => onAdded?.());
  return (
    <Dialog title={t("key_edit.add.title")} size="wide" onClose={onClose}>
      {adding.failure !== undefined && <Notice kind="bad">{adding.failure.message}</Notice>}
      <Step adding={adding} onClose={onClose} />
    </Dialog>
  );
}

function Step({ adding, onClose }: { readonly adding: AddKeys; readonly onClose: () => void }) {
  const { step } = adding;
  switch (step.at) {
    case "paste":
      return <AddKeysPaste adding={adding} onClose={onClose} />;
    case "look":
      return <AddKeysLook adding={adding} foretold={step.foretold} tries={step.tries} />;
    case "try":
      return <AddKeysTry adding={adding} tries={step.tries} total={step.total} foretold={step.foretold} />;
    case "done":
      return <AddKeysDone added={step.added} onClose={onClose} />;
    default:
      return step satisfies never;
  }
}
