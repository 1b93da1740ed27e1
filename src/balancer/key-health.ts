// What is known about one key: its rests, its failures in a row, its requests in flight.
import type { KeySpec } from "./contract.ts";
import { type Cause, Rests } from "./rests.ts";

/** The causes that come from `max_failures`. */
const COUNTED: readonly Cause[] = ["refused", "failing", "silent"];

/** The health of one key. Its object outlives reloads, and attempts that are in flight when it is removed. */
export class KeyHealth {
  spec: KeySpec;
  inFlight = 0;
  /** Consecutive failures that count towards `max_failures`. */
  failures = 0;
  isRemoved = false;
  readonly rests = new Rests();
  /** Per upstream model; written through the pool, which bounds their number. */
  readonly models = new Map<string, Rests>();
  /** Per operation name, a closed table. */
  readonly operations = new Map<string, Rests>();

  constructor(spec: KeySpec) {
    this.spec = spec;
  }

  /** The state that reports and changes show. */
  stateAt(now: number): "ready" | "cooling" | "exhausted" | "invalid" {
    const rest = this.rests.longest(now);
    if (rest === undefined) return "ready";
    return rest.cause === "invalid" || rest.cause === "exhausted" ? rest.cause : "cooling";
  }

  /** True if the attempt began before a rest that came from counted failures: it is part of the same event. */
  isPartOfEvent(began: number): boolean {
    return !this.rests.isEmpty && COUNTED.some((cause) => this.rests.isOlderThan(cause, began));
  }
}
