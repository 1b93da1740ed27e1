// What a client token is, and what it may do.
import type { Source } from "./source.ts";

/** What a client of this daemon presents. */
export interface ClientToken {
  /** What logs call it; defaults to its masked form. */
  readonly name: string;
  readonly token: string;
  /** Undefined: it may do everything. */
  readonly rules?: TokenRules | undefined;
  /** Where it is written. */
  readonly source?: Source | undefined;
}

/** What a client token may do; everything that is undefined is free. */
export interface TokenRules {
  /** Patterns of models, by the names that clients ask for. */
  readonly models?: readonly string[] | undefined;
  /** Names of providers. */
  readonly providers?: readonly string[] | undefined;
  /** Patterns of operations, by their names below `/v1`. */
  readonly operations?: readonly string[] | undefined;
  /** Addresses, or ranges of them, from which it counts. */
  readonly cidrs?: readonly string[] | undefined;
  /** Wall-clock milliseconds from which on it is refused. */
  readonly expiresAt?: number | undefined;
  readonly limits?: TokenLimits | undefined;
}

/** At least one of the limits is set. `day`: `rolling`, or the IANA time zone whose midnight begins days and months. */
export interface TokenLimits {
  readonly rpm?: number | undefined;
  readonly tpm?: number | undefined;
  readonly tpd?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly budget?: Budget | undefined;
  readonly day: string;
}

/** Money, in whatever `usage.prices` are stated in. `total`: for as long as the token lives. */
export interface Budget {
  readonly amount: number;
  readonly per: "day" | "month" | "total";
}

/** What a million tokens of models cost. */
export interface PriceConfig {
  /** Patterns of the upstream's names. */
  readonly models: readonly string[];
  /** Only at this provider; undefined: at each. */
  readonly provider: string | undefined;
  readonly input: number;
  readonly output: number;
  /** Input that the provider had in its cache; as `input` by default. */
  readonly cachedInput: number;
}
