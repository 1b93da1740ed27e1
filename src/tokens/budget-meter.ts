// What a client token has spent of its budget: money in whole billionths, so that sums stay exact.
import { DayWindow } from "../balancer/limits/day-window.ts";
import { SlidingWindow } from "../balancer/sliding-window.ts";
import type { Budget } from "../config/client-token.ts";
import { nextMonth } from "../core/zone-clock.ts";

/** Billionths of the currency. */
export type Nanos = number;

const NANOS = 1_000_000_000;
const DAY_MS = 86_400_000;
const DAY_STEPS = 96;

/** An amount of money in billionths. */
export function nanosOf(amount: number): Nanos {
  return Math.round(amount * NANOS);
}

/** The amount of money that billionths are. */
export function amountOf(nanos: Nanos): number {
  return nanos / NANOS;
}

/** What was spent by when, as it is kept over a restart. */
export interface BudgetState {
  readonly per: Budget["per"];
  readonly spent: readonly (readonly [at: number, nanos: Nanos])[];
}

/** One budget; `day` as in the limits of a token. */
export class BudgetMeter {
  readonly per: Budget["per"];
  readonly most: Nanos;
  readonly #window: SlidingWindow | DayWindow;

  constructor({ amount, per }: Budget, day: string) {
    this.per = per;
    this.most = nanosOf(amount);
    this.#window = windowOf(per, day);
  }

  /** A negative amount takes back what was added at that time. */
  add(nanos: Nanos, at: number, now: number): void {
    this.#window.add(nanos, at, now);
  }

  spent(now: number): Nanos {
    return this.#window.total(now);
  }

  /** When so much more fits, if nothing else is spent: now, later, or never. */
  freeAt(nanos: Nanos, now: number): number {
    return nanos > this.most ? Number.POSITIVE_INFINITY : this.#window.freeAt(this.most - nanos, now);
  }

  /** Undefined where nothing was spent. */
  state(now: number): BudgetState | undefined {
    const spent = this.#window.entries(now);
    return spent.length === 0 ? undefined : { per: this.per, spent };
  }

  /** Takes what an earlier process spent, unless it was counted over another time. */
  restore({ per, spent }: BudgetState, now: number): void {
    if (per !== this.per) return;
    // A clock that went back meanwhile must give no money back.
    for (const [at, nanos] of spent) this.#window.add(nanos, Math.min(at, now), now);
  }

  /** After the clock went back. */
  rebase(now: number): void {
    if (this.#window instanceof DayWindow) this.#window.rebase(now);
  }
}

function windowOf(per: Budget["per"], day: string): SlidingWindow | DayWindow {
  const zone = day === "rolling" ? "UTC" : day;
  switch (per) {
    case "day":
      return day === "rolling" ? new SlidingWindow(DAY_MS, DAY_STEPS) : new DayWindow(day);
    case "month":
      return new DayWindow(zone, nextMonth);
    case "total":
      return new DayWindow(zone, () => Number.POSITIVE_INFINITY);
    default:
      return per satisfies never;
  }
}
