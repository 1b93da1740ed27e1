// What an answer says about the limits of the key that was used, in one vocabulary for all providers.

/**
 * One limit, as the headers of an answer state it at the moment of that answer. `limit` and `remaining` in units;
 * `resetMs`: from the answer on, until `remaining` is back at `limit`. Absent fields were not stated.
 */
export interface LimitReading {
  readonly unit: "requests" | "tokens";
  readonly limit?: number;
  readonly remaining?: number;
  readonly resetMs?: number;
  /**
   * How the limit refills, where the provider's documentation says so: `bucket` all the time, `fixed` all at once at the
   * reset. Undefined: to be learnt.
   */
  readonly form?: "bucket" | "fixed";
  /** The limit is one of a day, not of a minute. */
  readonly daily?: true;
}

/** `organization` and `project`: opaque ids; keys with the same ones share their limits. */
export interface QuotaFacts {
  readonly readings: readonly LimitReading[];
  readonly organization?: string;
  readonly project?: string;
}
