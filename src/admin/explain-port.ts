// What is told of a request that is not sent: its route, the key that it would get, and why every other is skipped.
import type { PoolReport, PoolStateName, Strategy, Target } from "../balancer/contract.ts";
import type { Explanation } from "../balancer/explanation.ts";
import type { KnownToken } from "../tokens/known-token.ts";

/** `request`: a model, or a path that begins with `/`. */
export interface ExplainQuestion {
  readonly request: string;
  readonly model?: string | undefined;
  readonly method?: string | undefined;
  /** Whose request it is; undefined: that of a token which may do everything. */
  readonly token?: KnownToken | undefined;
}

export interface Explained {
  readonly method: string;
  /** The path as it is understood, after repair. */
  readonly path: string;
  readonly operation: string;
  readonly model: string | undefined;
  /** Which rule chose the route; undefined where nothing is routed. */
  readonly rule: string | undefined;
  /** What the client gets without any attempt. */
  readonly refusal: ExplainedRefusal | undefined;
  /** It waits before anything else happens. */
  readonly wait: ExplainedWait | undefined;
  /** Tiers in fallback order. */
  readonly route: readonly ExplainedTier[];
  /** Undefined where it would get none. */
  readonly picked: Explanation | undefined;
  /** Each is judged when it is read. */
  readonly keys: Iterable<Explanation>;
  /** The picked key is half-open: the request is its probe. */
  readonly isTrial: boolean;
}

export interface ExplainedRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** What the header Retry-After says, in seconds. */
  readonly retryAfterS: number | undefined;
}

/** `until`: when a key may be back; undefined where only the end of another request can tell. */
export interface ExplainedWait {
  readonly until: number | undefined;
  readonly atMostMs: number;
  /** How many requests wait now. */
  readonly waiting: number;
}

/** `strategy`: how it is chosen among its keys of equal priority. */
export interface ExplainedTier {
  readonly strategy: Strategy;
  /** What the body of a request begins with may prefer another key than the strategy. */
  readonly isAffine: boolean;
  readonly targets: readonly ExplainedTarget[];
}

/** `openModel`: where the model itself fails there. */
export interface ExplainedTarget extends Target {
  readonly state: PoolStateName;
  readonly until: number | undefined;
  readonly openModel: Pick<PoolReport["openModels"][number], "state" | "until"> | undefined;
}
