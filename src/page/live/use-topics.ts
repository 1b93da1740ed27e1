// When to ask again: how often what a page tells of has changed.

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

/** A number that is another one after each change of these topics; keep the list constant. */
export function useTopics(_topics: readonly Topic[]): number {
  return 0;
}
