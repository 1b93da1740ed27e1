// The page "keys".
import { KeysView } from "./keys-view.tsx";

export function KeysPage() {
  return <KeysView />;
}
