// Something that a user has done: busy while it goes on, with its failure shown.
import { useCallback, useRef, useState } from "preact/hooks";
import { showToast } from "../ui/toasts.tsx";
import { type ApiFailure, toFailure } from "./api-failure.ts";

export interface Action {
  /** Says whether it succeeded. One at a time: another one meanwhile does nothing. */
  readonly run: (act: () => Promise<string | undefined>) => Promise<boolean>;
  readonly isBusy: boolean;
  /** Of the last one; gone with the next. */
  readonly failure: ApiFailure | undefined;
}

/** What `act` resolves to is said in passing. `isQuiet`: its failure is shown by whoever uses this, not in passing. */
export function useAction({ isQuiet = false }: { readonly isQuiet?: boolean } = {}): Action {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const isRunning = useRef(false);
  const run = useCallback(
    async (act: () => Promise<string | undefined>) => {
      if (isRunning.current) return false;
      isRunning.current = true;
      setBusy(true);
      setFailure(undefined);
      try {
        const said = await act();
        if (said !== undefined) showToast({ kind: "good", text: said });
        return true;
      } catch (error: unknown) {
        const found = toFailure(error);
        setFailure(found);
        if (!isQuiet) showToast({ kind: "bad", text: found.message });
        return false;
      } finally {
        isRunning.current = false;
        setBusy(false);
      }
    },
    [isQuiet],
  );
  return { run, isBusy, failure };
}
