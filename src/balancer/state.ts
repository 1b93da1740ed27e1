// Health as it is kept over a restart: plain data, only what differs from the initial state.
import type { OutcomeCode } from "../core/verdict.ts";
import type { Cause } from "./cause.ts";

/** One rest. Times are wall-clock milliseconds; `step`: how far its back-off has grown. */
export interface RestState {
  readonly cause: Cause;
  readonly since: number;
  readonly until: number;
  readonly step?: number | undefined;
  readonly reason: string;
  readonly status?: number | undefined;
  readonly message?: string | undefined;
}

/** Attempts by hour, the current one first; `hour`: hours since 1970. */
export interface TallyState {
  readonly hour: number;
  readonly used: readonly number[];
  readonly failed: readonly number[];
}

/** What was spent of the limits of a day, by when: wall-clock milliseconds and an amount. */
export type DaysState = Readonly<Partial<Record<"rpd" | "tpd", readonly (readonly [at: number, amount: number])[]>>>;

/** What rests for all keys of a quota group, and for which models. */
export interface GroupState {
  readonly rests?: readonly RestState[] | undefined;
  readonly models?: Readonly<Record<string, readonly RestState[]>> | undefined;
}

/** One key; `models` and `operations` by name, the empty name being that of requests without a model. */
export interface KeyState {
  /** Since when an operator keeps it out. */
  readonly disabled?: number | undefined;
  /** Which rule did; absent: the operator by hand. */
  readonly disabledBy?: Pick<RestState, "reason" | "status" | "message"> | undefined;
  readonly failures?: number | undefined;
  readonly rests?: readonly RestState[] | undefined;
  readonly models?: Readonly<Record<string, readonly RestState[]>> | undefined;
  readonly operations?: Readonly<Record<string, readonly RestState[]>> | undefined;
  readonly tally?: TallyState | undefined;
  /** When an attempt was counted last; absent in what older versions wrote. */
  readonly lastUsed?: number | undefined;
  /** Whose it is, as answers said. */
  readonly owner?: { readonly organization: string; readonly project?: string | undefined } | undefined;
  readonly days?: DaysState | undefined;
  readonly modelDays?: Readonly<Record<string, DaysState>> | undefined;
}

/** `step`: how far the opening has grown. */
export interface BreakerState {
  readonly until: number;
  readonly step: number;
  readonly since?: number | undefined;
  readonly reason?: string | undefined;
  readonly status?: number | undefined;
  readonly message?: string | undefined;
}

/** The row of keys that met the same refusal, in the order of their refusals. */
export interface SuspicionState {
  readonly outcome: OutcomeCode;
  readonly isSuspect: boolean;
  readonly lastAt: number;
  readonly nextProbeAt: number;
  readonly row: readonly (readonly [keyId: string, cause: Cause])[];
}

export interface ProviderState {
  readonly breaker?: BreakerState | undefined;
  readonly models?: Readonly<Record<string, BreakerState>> | undefined;
  readonly suspicion?: SuspicionState | undefined;
  readonly groups?: Readonly<Record<string, GroupState>> | undefined;
}

/** One piece of the state, small enough to be written without a pause of its own. */
export type StateEntry =
  | { readonly kind: "provider"; readonly provider: string; readonly state: ProviderState }
  | { readonly kind: "key"; readonly provider: string; readonly keyId: string; readonly state: KeyState };

/** True for a state that says nothing. */
export function isBlank(state: KeyState | ProviderState): boolean {
  return Object.values(state).every((value) => value === undefined);
}
