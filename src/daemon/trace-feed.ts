// Hands finished requests to who records and counts them, off the request path.
import { setImmediate as nextTurn } from "node:timers/promises";
import { SLICE } from "../core/slices.ts";
import type { Schedule } from "../proxy/timing.ts";
import type { Trace } from "../proxy/trace.ts";

/** Takes some finished requests at a time, in the order of their ends. */
export type TraceReader = (traces: readonly Trace[]) => void;

export interface TraceFeedOptions {
  readonly readers: readonly TraceReader[];
  /** Takes what one of them throws, which stops neither the others nor what comes next. */
  readonly onBug: (error: unknown) => void;
}

const BEHIND_MS = 250;

/** A request only appends to a list; all work is done in slices, with a turn of the event loop between them. */
export class TraceFeed {
  readonly #schedule: Schedule;
  readonly #options: TraceFeedOptions;
  #waiting: Trace[] = [];
  #stopTimer: (() => void) | undefined;

  constructor(schedule: Schedule, options: TraceFeedOptions) {
    this.#schedule = schedule;
    this.#options = options;
  }

  note(trace: Trace): void {
    this.#waiting.push(trace);
    this.#stopTimer ??= this.#schedule(BEHIND_MS, () => this.#turn());
  }

  /** Hands over all that waits, at once: before an end, or a look at the counts. */
  flush(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    while (this.#waiting.length > 0) this.#handSlice();
  }

  /** The same in slices, with a turn of the event loop between them; what is noted meanwhile may wait. */
  async catchUp(): Promise<void> {
    for (let left = this.#waiting.length; left > 0; left -= SLICE) {
      this.#handSlice();
      if (left > SLICE) await nextTurn();
    }
  }

  #turn(): void {
    this.#stopTimer = undefined;
    this.#handSlice();
    if (this.#waiting.length > 0) this.#stopTimer = this.#schedule(0, () => this.#turn());
  }

  #handSlice(): void {
    const traces = this.#waiting.slice(0, SLICE);
    this.#waiting = this.#waiting.slice(SLICE);
    if (traces.length === 0) return;
    for (const read of this.#options.readers) this.#hand(traces, read);
  }

  #hand(traces: readonly Trace[], read: TraceReader): void {
    try {
      read(traces);
    } catch (error: unknown) {
      this.#options.onBug(error);
    }
  }
}
