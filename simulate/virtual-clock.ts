// Time that jumps from event to event: minutes of traffic in milliseconds, without one real timer.
import { drainMicrotasks } from "bun:jsc";
import type { Timing } from "../src/proxy/timing.ts";
import { EventHeap } from "./event-heap.ts";
import type { Random } from "./random.ts";

/** A wall clock far from zero, as in production: 2027-01-15T08:00:00Z, a whole minute. */
export const START = 1_800_000_000_000;

/** The timing of everything that is simulated. */
export class VirtualClock implements Timing {
  readonly random: Random;
  readonly #events = new EventHeap();
  #now = START;

  constructor(random: Random) {
    this.random = random;
  }

  readonly now = (): number => this.#now;

  readonly schedule = (delayMs: number, run: () => void): (() => void) => {
    // Whole milliseconds, as both the wall clock and timers have them.
    const event = this.#events.add(Math.ceil(this.#now + Math.max(0, delayMs)), run);
    return () => this.#events.cancel(event);
  };

  get pending(): number {
    return this.#events.size;
  }

  at(time: number, run: () => void): void {
    this.#events.add(Math.max(time, this.#now), run);
  }

  /** Runs until nothing is due any more, each event with all the promises that follow from it. */
  run(): void {
    for (let event = this.#events.take(); event !== undefined; event = this.#events.take()) {
      this.#now = event.at;
      event.run();
      drainMicrotasks();
    }
  }
}
