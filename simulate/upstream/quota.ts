// All limits that one call must pass: those of a key or of a group, for one model or for all.
import { FixedWindow, MINUTE_MS, minutes } from "./fixed-window.ts";
import type { Limit, LimitSpec } from "./limit.ts";
import { Slots } from "./slots.ts";
import { TokenBucket } from "./token-bucket.ts";
import { daysIn } from "./zone-days.ts";

const DAY_MS = 86_400_000;

/** What a call spends. */
export interface Spending {
  readonly tokens: number;
}

export class Quota {
  readonly limits: readonly Limit[];
  /** Calls that were let through. */
  admitted = 0;

  constructor(specs: readonly LimitSpec[]) {
    this.limits = specs.map(limitOf);
  }

  /** Takes the call in all limits, or in none: then answers the one that has no room for the longest. */
  admit(spending: Spending, now: number): Limit | undefined {
    const full = this.limits.filter((limit) => !limit.fits(amountFor(limit, spending), now));
    if (full.length > 0) return full.reduce((a, b) => (freeAt(b, spending, now) > freeAt(a, spending, now) ? b : a));
    for (const limit of this.limits) limit.take(amountFor(limit, spending), now);
    this.admitted += 1;
    return undefined;
  }

  fits(spending: Spending, now: number): boolean {
    return this.limits.every((limit) => limit.fits(amountFor(limit, spending), now));
  }

  /** The earliest time at which the call fits if nothing else is taken; infinite while a slot is missing. */
  freeAt(spending: Spending, now: number): number {
    return this.limits.reduce((latest, limit) => Math.max(latest, freeAt(limit, spending, now)), now);
  }

  /** A call that was let through has ended. */
  release(): void {
    for (const limit of this.limits) limit.release();
  }
}

/** How long until this limit lets the call through. */
export function freeAt(limit: Limit, spending: Spending, now: number): number {
  return limit.freeAt(amountFor(limit, spending), now);
}

/** What the call spends of this limit. */
export function amountFor({ spec }: Limit, { tokens }: Spending): number {
  return spec.form !== "slots" && spec.unit === "tokens" ? tokens : 1;
}

function limitOf(spec: LimitSpec): Limit {
  switch (spec.form) {
    case "slots":
      return new Slots(spec);
    case "bucket":
      return new TokenBucket(spec, spec.per === "day" ? DAY_MS : MINUTE_MS);
    case "fixed":
      return new FixedWindow(spec, spec.per === "day" ? daysIn(spec.zone ?? "UTC") : minutes);
    default:
      return spec satisfies never;
  }
}
