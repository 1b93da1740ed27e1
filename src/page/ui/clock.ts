// The time that the page shows, moved once a second while somebody sees it.
import { Observable } from "../api/observable.ts";

const TICK_MS = 1_000;

/** Wall-clock milliseconds. */
export const clock = new Observable<number>(Date.now());

export function startClock(): void {
  setInterval(() => {
    if (document.visibilityState === "visible") clock.set(Date.now());
  }, TICK_MS);
}
