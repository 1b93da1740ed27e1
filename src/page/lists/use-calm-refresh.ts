// Asks again when something that changes all the time has changed, but not each time.
import { useEffect, useRef } from "preact/hooks";
import type { Asked } from "../api/use-operation.ts";
import { useCalm } from "../live/use-calm.ts";
import { useSettled } from "../live/use-settled.ts";
import { type Topic, useTopics } from "../live/use-topics.ts";

/** `topics`: keep the list constant. At most once in `quietMs`, and not before the answer that is under way. */
export function useCalmRefresh(
  topics: readonly Topic[],
  quietMs: number,
  { refresh, isLoading }: Pick<Asked<unknown>, "refresh" | "isLoading">,
): void {
  const version = useSettled(useCalm(useTopics(topics), quietMs), isLoading);
  const asked = useRef(version);
  useEffect(() => {
    if (asked.current === version) return;
    asked.current = version;
    refresh();
  }, [version, refresh]);
}
