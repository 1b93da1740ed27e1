// What the balancer is asked and what it answers, as plain data.
import type { Verdict } from "../core/verdict.ts";

/** A provider's keys as the balancer sees them: no secrets. */
export interface PoolSpec {
  readonly provider: string;
  readonly keys: readonly KeySpec[];
  readonly maxFailures: number;
  readonly strategy: Strategy;
  /** Whether requests with the same beginning prefer the same key. */
  readonly affinity: "off" | "auto";
  /** True where the operator named this model for this provider (wildcard-free include, `models:` target, key's models). */
  readonly names: (model: string) => boolean;
}

export interface KeySpec {
  readonly id: string;
  readonly name: string;
  /** Above 0. */
  readonly weight: number;
  readonly priority: number;
  /** Which models this key may serve. */
  readonly serves: (model: string) => boolean;
  /** Keys of one provider with the same name share one upstream limit. Undefined: as the provider's answers say. */
  readonly quotaGroup?: string | undefined;
  /** Limits that the operator states for the key, over all models. */
  readonly limits?: Limits | undefined;
  /** Those for one model of this key; the same object for equal ones. */
  readonly modelLimits?: ((model: string) => Limits | undefined) | undefined;
}

/** How a key is chosen within a tier of equal priority. */
export type Strategy = "balanced" | "round_robin" | "random" | "fill_first" | "least_used" | "headroom";

/**
 * Limits before the provider's own: requests and tokens in a sliding minute, and in a day; attempts at one time.
 * `day`: `rolling`, or the IANA time zone whose midnight begins it.
 */
export interface Limits {
  readonly rpm?: number | undefined;
  readonly rpd?: number | undefined;
  readonly tpm?: number | undefined;
  readonly tpd?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly day: string;
}

/**
 * What a request will spend, as far as it can be told before. `maxOutput`: what it allows for one answer; undefined: not
 * stated. `choices`: how many answers it asks for; undefined: one.
 * `refers`: it takes more input from what is stored at its provider.
 */
export interface TokenEstimate {
  readonly input: number;
  readonly maxOutput: number | undefined;
  readonly choices?: number | undefined;
  readonly refers?: true;
}

/** One client request. Its object identity is the request: a scope takes one vote of each. */
export interface Need {
  /** Tiers in fallback order. `model` is undefined for requests without one. */
  readonly route: readonly (readonly Target[])[];
  /** A name from the operation table, for key×operation health. */
  readonly operation: string;
  /** Client token name or address, so that one client alone cannot open a breaker. */
  readonly client: string;
  /** Only this key may serve, whose account has, or gets, the objects that the request speaks of. */
  readonly pinnedKey?: string;
  /** Who may serve in place of the pinned key; undefined: nobody. */
  readonly standIn?: StandIn | undefined;
  /** Whether the request may use a key: it keeps the configuration that it began with. Undefined: any key. */
  readonly hasKey?: ((provider: string, keyId: string) => boolean) | undefined;
  /**
   * It costs nothing and spends no limit, such as a model list: it is no use of its key, and its success says nothing
   * of credit.
   */
  readonly isFree?: true;
  /** Asked only where a limit of tokens is known; remembers its answer. Undefined: it spends none. */
  readonly estimate?: (() => TokenEstimate) | undefined;
  /** What requests with the same beginning have in common; asked only with `affinity: auto`. */
  readonly affinity?: (() => string | undefined) | undefined;
}

/**
 * Whoever shares the account of the pinned key has its objects too, and serves while that key cannot. `account`: see
 * `Balancer.accountOf`, of a key that may be gone. `anyAfterMs`: once these are dead, or rest for longer than this, every
 * other key will do, since the request names no object.
 */
export interface StandIn {
  readonly account: string | undefined;
  readonly anyAfterMs: number | undefined;
}

export interface Target {
  readonly provider: string;
  readonly model: string | undefined;
}

export interface Candidate {
  readonly provider: string;
  readonly keyId: string;
  readonly model: string | undefined;
}

/** What this client request has tried so far, oldest first. */
export interface Tried {
  readonly candidate: Candidate;
  readonly verdict: Verdict;
}

/** Why nothing can be picked; `retryAt`: the earliest time at which something may be back. */
export type NoneReason =
  | { readonly code: "limited"; readonly retryAt: number }
  | { readonly code: "open"; readonly retryAt: number }
  | { readonly code: "exhausted"; readonly retryAt: number }
  /** Every key that could serve was refused this model a short while ago. */
  | { readonly code: "model-missing" }
  | { readonly code: "no-key" }
  /** Everything usable has been tried in this request. */
  | { readonly code: "all-tried" };

/**
 * `again`: a provider-blamed attempt at this provider already failed in this request, so the attempt is a retry that
 * waits and costs that provider's retry budget.
 */
export type Pick =
  | { readonly kind: "candidate"; readonly candidate: Candidate; readonly again: boolean }
  /**
   * Nothing now, but maybe at `until` (wall-clock milliseconds), or as soon as an attempt ends or health changes;
   * infinite: only then. `reason`: what the client is told if it does not wait. `isBusy`: an attempt in flight may make
   * room at any time; `until` is only when to look again.
   */
  | { readonly kind: "wait"; readonly until: number; readonly reason: NoneReason; readonly isBusy?: true }
  | { readonly kind: "none"; readonly reason: NoneReason };

/** Whether a further attempt at a provider that failed in this request is allowed, and what it costs. */
export type RetryGrant = "free" | "paid" | "denied";

/** A running attempt: it holds a slot of its key from `begin` to `end`. */
export interface Attempt {
  readonly candidate: Candidate;
  readonly need: Need;
  readonly startedAt: number;
}

/** The only way in which health leaves the balancer: one change of state, worth a log line. */
export interface Change {
  readonly at: number;
  readonly level: "key" | "key-model" | "key-operation" | "provider-model" | "provider";
  readonly provider: string;
  readonly keyId?: string;
  readonly keyName?: string;
  readonly model?: string;
  readonly operation?: string;
  /** The quota group that it concerns as a whole. */
  readonly group?: string;
  readonly from: string;
  readonly to: string;
  readonly until?: number;
  readonly reason: string;
  readonly status?: number;
  readonly message?: string;
  /** True for what an operator should see as a warning. */
  readonly alert: boolean;
}

/** `half_open`: its rest is over, and the next request finds out whether it works again. */
export type KeyStateName = "ready" | "half_open" | "cooling" | "exhausted" | "invalid" | "disabled";

/** How a limit stands now. `windowMs`: only of a learnt one, in how long so much is let through. */
export interface LimitReport {
  /** Whose it is: the key's over all models, the key's for a model, or that of a group of keys for a model. */
  readonly model?: string;
  readonly group?: string;
  readonly name: "rpm" | "rpd" | "tpm" | "tpd" | "concurrency" | "learnt";
  readonly source: "config" | "headers" | "refusals";
  readonly limit: number;
  readonly used: number;
  readonly windowMs?: number;
}

/** Health of one key; `limits`, `groups` and `parts` are found out when they are read, as few want them of many keys. */
export interface KeyReport {
  readonly id: string;
  readonly name: string;
  readonly state: KeyStateName;
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly reason: string | undefined;
  readonly status: number | undefined;
  readonly message: string | undefined;
  readonly failures: number;
  readonly inFlight: number;
  /** Attempts of the last 24 hours, and how many of them failed by no fault of the client. */
  readonly used: number;
  readonly failed: number;
  /** When an attempt was counted last. */
  readonly lastUsed: number | undefined;
  /** What is known of limits, where anything is. */
  readonly limits: readonly LimitReport[];
  /** The groups whose limits it shares, the widest first. */
  readonly groups: readonly string[];
  /** Resting, blocked or half-open models, blocked operations, and what rests for a group that the key is of. */
  readonly parts: readonly {
    readonly model?: string;
    readonly operation?: string;
    readonly group?: string;
    readonly state: "cooling" | "blocked" | "exhausted" | "half_open";
    readonly since: number;
    readonly until: number;
    readonly reason: string;
    readonly status: number | undefined;
    readonly message: string | undefined;
  }[];
}

export type PoolStateName = "up" | "open" | "half_open" | "suspect";

/** Since when something is out, and what the last answer was; undefined where nobody knows. */
export interface OutCause {
  readonly since?: number | undefined;
  readonly reason?: string | undefined;
  readonly status?: number | undefined;
  readonly message?: string | undefined;
}

export interface PoolReport extends OutCause {
  readonly provider: string;
  readonly state: PoolStateName;
  readonly until: number | undefined;
  /** `until`: in the past for one that is half-open. */
  readonly openModels: readonly (OutCause & {
    readonly model: string;
    readonly state: "open" | "half_open";
    readonly until: number;
  })[];
  readonly keys: readonly KeyReport[];
}

/** What is asked of all keys again and again. */
export interface KeyGlance extends OutCause {
  readonly id: string;
  readonly name: string;
  readonly state: KeyStateName;
  /** Of one that is disabled: not by an operator. */
  readonly isOutByRule: boolean;
  readonly until: number | undefined;
  readonly inFlight: number;
  readonly parts: KeyReport["parts"];
}

/** `keys`: each as it is when it is read, for as long as nothing is configured anew. */
export interface PoolGlance extends Omit<PoolReport, "keys"> {
  readonly keys: Iterable<KeyGlance>;
}

/** One key, for what an operator does with it. */
export interface KeyPlace {
  readonly provider: string;
  readonly keyId: string;
}

/** What of a key is cleared: one model, one operation, or without either the whole key with what it shares. */
export interface Clearing {
  readonly model?: string | undefined;
  readonly operation?: string | undefined;
}

/** A pool in numbers, for those who ask often. */
export interface PoolSummary extends Omit<PoolReport, "keys"> {
  /** How many keys are in each state. */
  readonly keys: Readonly<Record<KeyStateName, number>>;
  readonly inFlight: number;
  /** Attempts of the last 24 hours, and how many of them failed by no fault of the client. */
  readonly used: number;
  readonly failed: number;
}

export interface BalancerSettings {
  readonly maxCooldownMs: number;
  readonly retryBudget: number;
  readonly retryBudgetMin: number;
  /** For tiers over several providers. */
  readonly strategy: Strategy;
}
