// Finds the moment to close the listening socket: nobody is on the way to it, and who keeps connections was told.
import { setImmediate } from "node:timers/promises";

/** The requests until now, as they change: how many there were, and when the last one began by the same clock. */
export interface Arrivals {
  readonly count: number;
  readonly lastAt: number;
}

/** What began so long ago says that there are clients now. */
const LATELY_MS = 1_000;
/** For so long they may come on connections that they keep, and hear that these end. */
const FAREWELL_MS = 250;
/** No request may begin for so long: on one machine a client sends within a fraction of it after it connects. */
const CALM_MS = 2;
/** So often the event loop then looks at all sockets, which may take up to then what had to wait for it. */
const LOOKS = 4;
/** Under a load that leaves no gap it is closed all the same. */
const MOST_MS = 5_000;

export interface Patience {
  /** Milliseconds. */
  readonly monotonic: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** Resolves in that moment, soon where no request has come lately. */
export async function calmMoment(arrivals: Arrivals, { monotonic, sleep }: Patience): Promise<void> {
  const start = monotonic();
  if (arrivals.count > 0 && start - arrivals.lastAt < LATELY_MS) await sleep(FAREWELL_MS);
  for (;;) {
    const { count } = arrivals;
    await sleep(CALM_MS);
    for (let look = 0; look < LOOKS; look += 1) await setImmediate();
    if (arrivals.count === count || monotonic() - start > MOST_MS) return;
  }
}
