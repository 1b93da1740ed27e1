// Asks again when something that changes all the time has changed, but not each time.
import { useEffect, useRef } from "preact/hooks";
import { useCalm } from "../live/use-calm.ts";
import { type Topic, useTopics } from "../live/use-topics.ts";

/** `topics`: keep the list constant. At most once in `quietMs`. */
export function useCalmRefresh(topics: readonly Topic[], quietMs: number, refresh: () => void): void {
  const version = useCalm(useTopics(topics), quietMs);
  const asked = useRef(version);
  useEffect(() => {
    if (asked.current === version) return;
    asked.current = version;
    refresh();
  }, [version, refresh]);
}
