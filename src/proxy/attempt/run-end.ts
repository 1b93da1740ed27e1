// How the attempts of one client request ended, before anything was sent to the client.
import type { Attempt } from "../../balancer/contract.ts";
import type { CredentialMask } from "../../core/credential-mask.ts";
import type { Provider } from "../../upstream/provider.ts";
import type { ErrorCode } from "../answer/error-table.ts";
import type { LiveAnswer } from "../answer/live-answer.ts";
import type { WholeAnswer } from "./attempt-result.ts";

/**
 * `whole` and `upstream-error` are complete answers, the latter to be cleaned of a quoted credential; `live` still arrives, and
 * its attempt ends with it; `refusal` is an answer of our own.
 */
export type RunEnd<Live = LiveAnswer> =
  | (Answered & {
      readonly kind: "whole";
      readonly answer: WholeAnswer;
      readonly attempt: Attempt;
    })
  | (Answered & { readonly kind: "live"; readonly answer: Live; readonly attempt: Attempt })
  | (Answered & { readonly kind: "upstream-error"; readonly answer: WholeAnswer })
  | Refusal
  | { readonly kind: "client-gone" };

/** `mask`: of the credential that the provider was sent, which must not be seen in what it answers. */
interface Answered {
  readonly provider: Provider;
  readonly mask: CredentialMask;
}

export interface Refusal {
  readonly kind: "refusal";
  readonly code: ErrorCode;
  readonly detail?: string;
  /** In place of the code's own text. */
  readonly text?: string;
  readonly retryAfterMs?: number;
}
