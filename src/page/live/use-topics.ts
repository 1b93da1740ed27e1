// When to ask again: how often what a page tells of has changed.
import { useEffect, useState } from "preact/hooks";
import { board } from "./start-live.ts";

/** What the daemon says that it has changed. */
export type Topic =
  | "figures"
  | "health"
  | "requests"
  | "records"
  | "config"
  | "keys"
  | "tokens"
  | "jobs"
  | "proxies"
  | "sessions"
  | "webhooks";

/**
 * A number that is another one after each change of these topics, once a second at most and while the page is seen, and
 * without any topic after everything may have changed, as by a restart of the daemon. Keep the list constant.
 */
export function useTopics(topics: readonly Topic[]): number {
  const [version, setVersion] = useState(() => board.versionOf(topics));
  useEffect(() => {
    const look = () => setVersion(board.versionOf(topics));
    // It may have changed between the first drawing and this.
    look();
    return board.listen(look);
  }, [topics]);
  return version;
}
