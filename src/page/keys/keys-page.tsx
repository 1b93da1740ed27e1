// The page "keys": all of them, or one.
import { KeyDetail } from "./key-detail.tsx";
import { KeysView } from "./keys-view.tsx";

/** `rest`: the id of one key. */
export function KeysPage({ rest }: { readonly rest: string | undefined }) {
  return rest === undefined ? <KeysView /> : <KeyDetail id={rest} />;
}
