// What the page follows live.

/** What may have changed as a whole, so that whoever shows it asks for it anew. */
export const LIVE_TOPICS = ["config", "keys", "tokens", "jobs", "proxies", "sessions", "webhooks", "records"] as const;

export type LiveTopic = (typeof LIVE_TOPICS)[number];

/** Requests of clients: those that go on now, and what has come of all others since the start. */
export interface LiveFigures {
  readonly inFlight: number;
  /** Those of them that wait for a key. */
  readonly waiting: number;
  readonly served: number;
  readonly refused: number;
  readonly failed: number;
  /** Their clients left before the end. */
  readonly left: number;
  /** Calls of providers. */
  readonly attempts: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** `keys`: ids; undefined where there are too many. */
export interface HealthNews {
  readonly keys: readonly string[] | undefined;
  readonly providers: readonly string[];
}

/** What has happened. */
export type LiveNews =
  | { readonly event: "figures"; readonly data: LiveFigures }
  | { readonly event: "health"; readonly data: HealthNews }
  | { readonly event: "requests"; readonly data: { readonly count: number } }
  | { readonly event: "changed"; readonly data: { readonly what: LiveTopic } };

/** `instance`: names this run of the daemon. */
export interface LiveGreeting {
  readonly instance: string;
  readonly startedAt: number;
}

/**
 * `id`: the `after` of whoever has seen this and all before it. `hello` and `reset` have none: whoever is cut off behind
 * them has not seen how things stand, which comes next.
 */
export type LiveItem =
  | { readonly event: "hello"; readonly data: LiveGreeting }
  /** What was missed is not known: everything may have changed. */
  | { readonly event: "reset"; readonly data: Record<never, never> }
  /** The last one: the daemon begins to stop. */
  | { readonly event: "stopping"; readonly data: Record<never, never> }
  | (LiveNews & { readonly id: string });

export interface LivePort {
  /**
   * First `hello`; then what has come after that id, or the figures as they are; then all that comes, until the caller
   * leaves or the daemon stops.
   */
  follow(after: string | undefined, signal: AbortSignal): AsyncIterable<LiveItem>;
}
