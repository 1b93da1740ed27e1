// Asks before what was typed is lost: by another page, another address or a closed window.
import { useEffect } from "preact/hooks";
import { addLeaveGuard } from "../router/route.ts";
import { t } from "../texts/texts.ts";

export function useUnsavedGuard(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    const takeAway = addLeaveGuard(() => confirm(t("config.leave")));
    return () => {
      removeEventListener("beforeunload", ask);
      takeAway();
    };
  }, [isDirty]);
}
