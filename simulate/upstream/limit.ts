// What one upstream limit is: the truth that a provider enforces.

/** How a limit is written in a scenario. `slots` bounds calls at one time. */
export type LimitSpec =
  | {
      readonly form: "fixed" | "bucket";
      readonly unit: "requests" | "tokens";
      readonly limit: number;
      readonly per: "minute" | "day";
      /** Whose midnight begins the day; UTC by default. */
      readonly zone?: string;
    }
  | { readonly form: "slots"; readonly limit: number };

/** What the limit would truthfully say of itself. `resetMs`: until it is as if unused. */
export interface LimitState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** One limit of one quota. Amounts are requests or tokens; times are wall-clock milliseconds that never go back. */
export interface Limit {
  readonly spec: LimitSpec;
  fits(amount: number, now: number): boolean;
  take(amount: number, now: number): void;
  /** The earliest time at which the amount fits if nothing else is taken; infinite where only a release can help. */
  freeAt(amount: number, now: number): number;
  state(now: number): LimitState;
  /** A call has ended; only slots come back. */
  release(): void;
}
