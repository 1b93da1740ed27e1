// How one upstream call ended, as plain data: the input of classification.
import type { HeaderList } from "./transport.ts";

/** What an error body says, in the provider's own words. Absent fields were not there. */
export interface ParsedError {
  readonly code?: string;
  readonly type?: string;
  readonly message?: string;
  readonly param?: string;
  /** A status named inside the body (Gemini `error.code`, OpenRouter `error.code`). */
  readonly status?: number;
  /** Stated in the body (Gemini RetryInfo, "try again in 1.2s"), in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** Stated in the body as a time ("regain access on …", OpenRouter's reset), in milliseconds since the epoch. */
  readonly retryAt?: number;
  /** Gemini: ids of the quotas that were exceeded. */
  readonly quotaIds?: readonly string[];
  /** OpenRouter: the answer carries moderation metadata. */
  readonly moderated?: boolean;
  /** The first 8 KiB of a body where `message` is absent or cut: for the operator's rules only. */
  readonly text?: string;
  /** OpenRouter: what the provider behind it said. */
  readonly raw?: string;
}

/**
 * `answer`: a complete answer, or an error event or `error` object inside a 200 (then `inside` is true and `error` is
 * what it said). `refused`: never executed. `maybe-executed`: it may have run. `client-gone`: our client left;
 * `waitedMs`: how long it had waited for a first byte.
 */
export type Outcome =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: HeaderList;
      readonly error?: ParsedError;
      readonly inside: boolean;
      /** The body is HTML although the operation answers JSON or events; never set for a file that was asked for. */
      readonly isHtml: boolean;
      readonly latencyMs: number;
      /** The whole answer arrived. */
      readonly complete: boolean;
    }
  | { readonly kind: "refused" | "maybe-executed"; readonly cause: string }
  | { readonly kind: "timeout"; readonly phase: "first-byte" | "response" }
  | { readonly kind: "cut-after-commit" | "stalled-after-commit"; readonly cause: string }
  | { readonly kind: "client-gone"; readonly waitedMs: number };
