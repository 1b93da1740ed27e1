// What is known about one key: its rests, its failures in a row, its requests in flight.

import type { Cause } from "./cause.ts";
import type { KeySpec, KeyStateName } from "./contract.ts";
import { Rests } from "./rests.ts";
import { isBlank, type KeyState, type RestState } from "./state.ts";
import { Tally } from "./tally.ts";

/** The causes that come from `max_failures`. */
const COUNTED: readonly Cause[] = ["refused", "failing", "silent"];

/** The health of one key. Its object outlives reloads, and attempts that are in flight when it is removed. */
export class KeyHealth {
  spec: KeySpec;
  inFlight = 0;
  /** Consecutive failures that count towards `max_failures`. */
  failures = 0;
  isRemoved = false;
  /** Since when an operator keeps it out, in wall-clock milliseconds. */
  disabledSince: number | undefined;
  readonly tally = new Tally();
  readonly rests = new Rests();
  /** Per upstream model; written through the pool, which bounds their number. */
  readonly models = new Map<string, Rests>();
  /** Per operation name, a closed table. */
  readonly operations = new Map<string, Rests>();

  constructor(spec: KeySpec) {
    this.spec = spec;
  }

  /** The state that reports and changes show. */
  stateAt(now: number): KeyStateName {
    if (this.disabledSince !== undefined) return "disabled";
    const rest = this.rests.longest(now);
    if (rest === undefined) return "ready";
    return rest.cause === "invalid" || rest.cause === "exhausted" ? rest.cause : "cooling";
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
    for (const rests of this.#allRests()) rests.rebase(now);
  }

  /** What a restart must not forget; undefined for a key like new. */
  toState(now: number): KeyState | undefined {
    const state: KeyState = {
      disabled: this.disabledSince,
      failures: this.failures || undefined,
      rests: this.rests.toStates(now),
      models: statesOf(this.models, now),
      operations: statesOf(this.operations, now),
      tally: this.tally.toState(now),
    };
    return isBlank(state) ? undefined : state;
  }

  *#allRests(): Iterable<Rests> {
    yield this.rests;
    yield* this.models.values();
    yield* this.operations.values();
  }
}

function statesOf(parts: ReadonlyMap<string, Rests>, now: number): Record<string, readonly RestState[]> | undefined {
  if (parts.size === 0) return undefined;
  const kept = Array.from(parts).flatMap(([name, rests]) => {
    const states = rests.toStates(now);
    return states === undefined ? [] : [[name, states] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
