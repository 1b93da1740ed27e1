// A scenario as data: upstreams, load and the bounds that must hold.
import type { Strategy } from "../src/config/config.ts";
import type { LimitSpec } from "./upstream/limit.ts";

/** How a provider speaks of its limits. `late`: true when the call was let in, told when its answer begins. */
export type HeaderStyle = "truthful" | "late" | "none" | "too-high" | "zero";

export type FaultKind = "500" | "503" | "529" | "refused" | "hang";

/** Milliseconds from the start of the run; without a model for all of them. */
export interface Fault {
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: FaultKind;
  readonly model?: string;
}

export interface ProviderSpec {
  readonly name: string;
  readonly keys: number;
  /** Of each key, or of each group. */
  readonly limits: readonly LimitSpec[];
  /** Factors of the limits, in turn over the keys or groups. */
  readonly sizes?: readonly number[];
  /** So many keys in a row share their limits. */
  readonly groupSize?: number;
  /** Answers name the group as `openai-organization`. */
  readonly namesGroup?: boolean;
  /** The limits hold for each model by itself. */
  readonly perModel?: boolean;
  readonly headers: HeaderStyle;
  /** The operator has told the gateway the limits of each key. */
  readonly states?: boolean;
  /** Whether a 429 states when to come again. */
  readonly retryAfter: boolean;
  /** Share of the keys that are refused with 401, and with a 429 for want of credit. */
  readonly dead?: number;
  readonly noCredit?: number;
  /** When the dead keys die, from the start of the run; before that they work. */
  readonly deadFromMs?: number;
  readonly faults?: readonly Fault[];
}

export interface ModelSpec {
  readonly name: string;
  /** Names of providers, in fallback order. */
  readonly route: readonly (readonly string[])[];
  /** Weight among the requests. */
  readonly share: number;
}

export interface Traffic {
  /** Share of what the living keys can serve, or requests per second where nothing limits. */
  readonly load: { readonly ofCapacity: number } | { readonly perSecond: number };
  /** Idle for most of this period, then all of its requests within `withinMs`. */
  readonly burst?: { readonly everyMs: number; readonly withinMs: number };
  readonly clients: number;
  /** Median and spread (see `logNormal`) of how long the upstream works on a request. */
  readonly service: { readonly medianMs: number; readonly spread: number };
  readonly tokens: { readonly input: readonly [number, number]; readonly output: readonly [number, number] };
  /** Share of requests that want a stream. */
  readonly streams: number;
}

/** Undefined: not bounded there. */
export interface Bounds {
  readonly goodput: number;
  /** Wasted attempts per request. */
  readonly wasted?: number;
  readonly refusalsPerKeyAndWindow?: number;
  /** Jain's index over the clients. */
  readonly clientFairness?: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly providers: readonly ProviderSpec[];
  readonly models: readonly ModelSpec[];
  readonly traffic: Traffic;
  readonly windows: number;
  readonly windowMs: number;
  readonly queue: { readonly maxWaitMs: number; readonly maxSize: number };
  readonly strategy: Strategy;
  readonly bounds: Bounds;
}
