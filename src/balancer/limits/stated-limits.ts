// The limits that an operator states for a key, a key×model or a quota group.
import type { Limits } from "../contract.ts";
import { SlidingWindow } from "../sliding-window.ts";
import type { DaysState } from "../state.ts";
import { DayWindow } from "./day-window.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MINUTE_STEPS = 60;
const DAY_STEPS = 96;

/** What one attempt spends of one limit. */
export interface Cost {
  readonly requests: number;
  readonly tokens: number;
}

/** One limit and what was spent of it. */
export interface StatedLimit {
  readonly name: "rpm" | "rpd" | "tpm" | "tpd";
  readonly unit: keyof Cost;
  readonly most: number;
  readonly window: SlidingWindow | DayWindow;
}

const ROWS = [
  { name: "rpm", unit: "requests", isDaily: false },
  { name: "rpd", unit: "requests", isDaily: true },
  { name: "tpm", unit: "tokens", isDaily: false },
  { name: "tpd", unit: "tokens", isDaily: true },
] as const;

/** Minutes slide; days slide too, or begin at midnight in a zone. */
export class StatedLimits {
  #limits: Limits;
  #rows: readonly StatedLimit[];

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#rows = rowsOf(limits, []);
  }

  get limits(): Limits {
    return this.#limits;
  }

  get rows(): readonly StatedLimit[] {
    return this.#rows;
  }

  get hasTokens(): boolean {
    return this.#limits.tpm !== undefined || this.#limits.tpd !== undefined;
  }

  /** Takes what a reload made of them; what was spent still counts. */
  replace(limits: Limits): void {
    if (limits === this.#limits) return;
    const isSameDay = limits.day === this.#limits.day;
    this.#rows = rowsOf(
      limits,
      this.#rows.filter(({ name }) => isSameDay || name === "rpm" || name === "tpm"),
    );
    this.#limits = limits;
  }

  /** When it fits: now or later. What is larger than a limit fits once all of it is free. */
  freeAt(cost: Cost, now: number): number {
    let at = now;
    for (const { unit, most, window } of this.#rows) {
      at = Math.max(at, window.freeAt(most - Math.min(cost[unit], most), now));
    }
    return at;
  }

  /** What was spent in the running day, which a restart must not forget; undefined where nothing was. */
  daysSpent(now: number): DaysState | undefined {
    const kept = this.#rows.flatMap(({ name, window }) => {
      const spent = name === "rpd" || name === "tpd" ? window.entries(now) : [];
      return spent.length === 0 ? [] : [[name, spent] as const];
    });
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  }

  restoreDays(days: DaysState, now: number): void {
    for (const { name, window } of this.#rows) {
      for (const [at, amount] of (name === "rpd" || name === "tpd" ? days[name] : undefined) ?? []) {
        if (at <= now) window.add(amount, at, now);
      }
    }
  }

  /** Negative amounts take back what was added at that time. */
  add(cost: Cost, at: number, now: number): void {
    for (const { unit, window } of this.#rows) window.add(cost[unit], at, now);
  }

  /** After the clock went back. */
  rebase(now: number): void {
    for (const { window } of this.#rows) window.rebase(now);
  }
}

function rowsOf(limits: Limits, before: readonly StatedLimit[]): readonly StatedLimit[] {
  return ROWS.flatMap(({ name, unit, isDaily }) => {
    const most = limits[name];
    if (most === undefined) return [];
    const window = before.find((row) => row.name === name)?.window ?? windowOf(limits, isDaily);
    return [{ name, unit, most, window }];
  });
}

function windowOf({ day }: Limits, isDaily: boolean): SlidingWindow | DayWindow {
  if (!isDaily) return new SlidingWindow(MINUTE_MS, MINUTE_STEPS);
  return day === "rolling" ? new SlidingWindow(DAY_MS, DAY_STEPS) : new DayWindow(day);
}
