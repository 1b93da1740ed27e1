// What is known about one key: its rests, its failures in a row, its requests in flight.

import type { Cause } from "./cause.ts";
import type { KeySpec, KeyStateName } from "./contract.ts";
import { Meter } from "./limits/meter.ts";
import type { Forms } from "./limits/refill-form.ts";
import type { Part } from "./part.ts";
import { ProbeSlot } from "./probe-slot.ts";
import type { QuotaGroup } from "./quota-group.ts";
import { type Origin, Rests } from "./rests.ts";
import { type DaysState, isBlank, type KeyState, type RestState } from "./state.ts";
import { Tally } from "./tally.ts";

/** The causes that come from `max_failures`. */
const COUNTED: readonly Cause[] = ["refused", "failing", "silent"];

/** Whose a key is; opaque ids of the provider. */
export interface Owner {
  readonly organization: string;
  readonly project?: string | undefined;
}

/** The health of one key. Its object outlives reloads, and attempts that are in flight when it is removed. */
export class KeyHealth {
  spec: KeySpec;
  inFlight = 0;
  /** Consecutive failures that count towards `max_failures`. */
  failures = 0;
  isRemoved = false;
  /** Since when an operator keeps it out, in wall-clock milliseconds. */
  disabledSince: number | undefined;
  /** Which rule keeps it out; undefined: the operator by hand. */
  disabledBy: Origin | undefined;
  /** Its place in the configuration, among the keys of its priority. */
  place = 0;
  readonly tally = new Tally();
  readonly rests = new Rests();
  readonly probe = new ProbeSlot();
  /** Over all models; only where the operator states limits. */
  meter: Meter | undefined;
  /** Those whose limits it shares, the widest first. */
  groups: readonly QuotaGroup[] = [];
  /** What the provider's answers said of whose it is. */
  owner: Owner | undefined;
  /** Per upstream model; written through the pool, which bounds their number. */
  readonly models = new Map<string, Part>();
  /** Per operation name, a closed table. */
  readonly operations = new Map<string, Rests>();

  constructor(spec: KeySpec) {
    this.spec = spec;
  }

  /** The state that reports and changes show. */
  stateAt(now: number): KeyStateName {
    if (this.disabledSince !== undefined) return "disabled";
    const rest = this.rests.longest(now);
    if (rest === undefined) return this.rests.isHalfOpen(now) ? "half_open" : "ready";
    return rest.cause === "invalid" || rest.cause === "exhausted" ? rest.cause : "cooling";
  }

  /** Takes what a reload made of the limits; what was spent still counts. */
  setLimits(forms: Forms): void {
    const { limits, modelLimits } = this.spec;
    if (limits === undefined) this.meter = undefined;
    else if (this.meter === undefined) this.meter = new Meter(forms, limits, this.inFlight);
    else this.meter.setLimits(limits);
    for (const [model, part] of this.models) part.meter.setLimits(modelLimits?.(model));
  }

  /** True if the attempt began before a rest that came from counted failures: it is part of the same event. */
  isPartOfEvent(began: number): boolean {
    return !this.rests.isEmpty && COUNTED.some((cause) => this.rests.isOlderThan(cause, began));
  }

  /** Shortens every rest that ends later than `latest`. */
  capRests(latest: number): void {
    for (const rests of this.#allRests()) rests.cap(latest);
  }

  /** After the clock went back: no rest lasts longer than it did. */
  rebase(now: number): void {
    this.rests.rebase(now);
    this.probe.rebase(now);
    this.meter?.rebase(now);
    for (const part of this.models.values()) part.rebase(now);
    for (const rests of this.operations.values()) rests.rebase(now);
  }

  /** What a restart must not forget; undefined for a key like new. */
  toState(now: number): KeyState | undefined {
    const state: KeyState = {
      disabled: this.disabledSince,
      disabledBy: this.disabledSince === undefined ? undefined : this.disabledBy,
      failures: this.failures || undefined,
      rests: this.rests.toStates(now),
      models: statesOf(
        Array.from(this.models, ([model, { rests }]) => [model, rests] as const),
        now,
      ),
      operations: statesOf(Array.from(this.operations), now),
      tally: this.tally.toState(now),
      lastUsed: this.tally.lastUsed,
      owner: this.owner,
      days: this.meter?.daysSpent(now),
      modelDays: daysOf(this.models, now),
    };
    return isBlank(state) ? undefined : state;
  }

  *#allRests(): Iterable<Rests> {
    yield this.rests;
    for (const { rests } of this.models.values()) yield rests;
    yield* this.operations.values();
  }
}

function daysOf(parts: ReadonlyMap<string, Part>, now: number): Record<string, DaysState> | undefined {
  const kept = Array.from(parts).flatMap(([model, { meter }]) => {
    const days = meter.daysSpent(now);
    return days === undefined ? [] : [[model, days] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function statesOf(
  parts: readonly (readonly [string, Rests])[],
  now: number,
): Record<string, readonly RestState[]> | undefined {
  if (parts.length === 0) return undefined;
  const kept = parts.flatMap(([name, rests]) => {
    const states = rests.toStates(now);
    return states === undefined ? [] : [[name, states] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
