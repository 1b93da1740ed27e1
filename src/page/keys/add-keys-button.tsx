// What begins to add keys; the address says that it has begun, so that other pages can lead here.
import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { AddKeysDialog } from "./add-keys-dialog.tsx";

/** `onAdded`: keys are otherwise now. */
export function AddKeysButton({ onAdded }: { readonly onAdded: () => void }) {
  const [query, change] = useQuery();
  const isOpen = query.has("add");
  return (
    <>
      <Button kind="primary" onClick={() => change({ add: "1" })}>
        {t("key_edit.actions.add")}
      </Button>
      {isOpen && (
        <AddKeysDialog
          provider={query.get("provider") ?? undefined}
          onAdded={onAdded}
          onClose={() => change({ add: undefined })}
        />
      )}
    </>
  );
}
