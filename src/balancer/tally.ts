// How often a key was used in the last 24 hours, how often that failed, and when it was used last.
import type { TallyState } from "./state.ts";

const HOURS = 24;
const HOUR_MS = 3_600_000;

/** Sums of the last 24 hours, the running one included. */
export interface TallySums {
  readonly used: number;
  readonly failed: number;
}

const NONE: TallySums = { used: 0, failed: 0 };

/** Attempts by hour in a ring; it takes memory from the first attempt on. */
export class Tally {
  #used: Uint32Array | undefined;
  #failed: Uint32Array | undefined;
  /** The hour that was noted last. */
  #hour = 0;
  /** The last sums, until something is added or an hour is over: a choice may ask every key. */
  #sums: TallySums | undefined;
  #summedTo = 0;
  /** When it was used last, in wall-clock milliseconds. */
  lastUsed: number | undefined;

  noteUse(now: number): void {
    this.#add("used", now);
    this.lastUsed = now;
  }

  noteFailure(now: number): void {
    this.#add("failed", now);
  }

  sums(now: number): TallySums {
    const [used, failed] = [this.#used, this.#failed];
    if (used === undefined || failed === undefined) return NONE;
    // What is too old by now has not been overwritten yet.
    const latest = Math.max(this.#hour, hourOf(now));
    if (this.#sums !== undefined && this.#summedTo === latest) return this.#sums;
    const sums = { used: 0, failed: 0 };
    for (let hour = latest - HOURS + 1; hour <= this.#hour; hour++) {
      sums.used += used[hour % HOURS] ?? 0;
      sums.failed += failed[hour % HOURS] ?? 0;
    }
    this.#sums = sums;
    this.#summedTo = latest;
    return sums;
  }

  /** Undefined where nothing happened within 24 hours. */
  toState(now: number): TallyState | undefined {
    const [used, failed] = [this.#used, this.#failed];
    if (used === undefined || failed === undefined) return undefined;
    // A clock that went back must not hide what was counted.
    const hour = Math.max(this.#hour, hourOf(now));
    const ages = Array.from({ length: HOURS }, (_, age) => age);
    const countAt = (counts: Uint32Array) => (age: number) => {
      const past = hour - age;
      return past > this.#hour || past <= this.#hour - HOURS ? 0 : (counts[past % HOURS] ?? 0);
    };
    const state = { hour, used: trimmed(ages.map(countAt(used))), failed: trimmed(ages.map(countAt(failed))) };
    return state.used.length === 0 && state.failed.length === 0 ? undefined : state;
  }

  /** Takes counts over; what is older than 24 hours by now is left out when it is read. */
  restore({ hour, used, failed }: TallyState, now: number): void {
    // A clock that went back makes them counts of the running hour and those before it.
    this.#hour = Math.min(hour, hourOf(now));
    this.#sums = undefined;
    this.#used = new Uint32Array(HOURS);
    this.#failed = new Uint32Array(HOURS);
    for (let age = 0; age < HOURS; age++) {
      const at = (((this.#hour - age) % HOURS) + HOURS) % HOURS;
      this.#used[at] = used[age] ?? 0;
      this.#failed[at] = failed[age] ?? 0;
    }
  }

  #add(kind: "used" | "failed", now: number): void {
    this.#used ??= new Uint32Array(HOURS);
    this.#failed ??= new Uint32Array(HOURS);
    this.#advance(hourOf(now), this.#used, this.#failed);
    const counts = kind === "used" ? this.#used : this.#failed;
    const at = this.#hour % HOURS;
    counts[at] = (counts[at] ?? 0) + 1;
    this.#sums = undefined;
  }

  #advance(hour: number, used: Uint32Array, failed: Uint32Array): void {
    const steps = Math.min(HOURS, hour - this.#hour);
    for (let step = 0; step < steps; step++) {
      used[(hour - step) % HOURS] = 0;
      failed[(hour - step) % HOURS] = 0;
    }
    if (steps > 0) this.#hour = hour;
  }
}

function hourOf(now: number): number {
  return Math.floor(now / HOUR_MS);
}

function trimmed(counts: readonly number[]): readonly number[] {
  return counts.slice(0, counts.findLastIndex((count) => count > 0) + 1);
}
