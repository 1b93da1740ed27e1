// How the attempts of one client request ended, before anything was sent to the client.
import type { Attempt } from "../balancer/contract.ts";
import type { CredentialMask } from "../core/credential-mask.ts";
import type { Provider } from "../upstream/provider.ts";
import type { WholeAnswer } from "./attempt-result.ts";
import type { ErrorCode } from "./error-table.ts";
import type { LiveAnswer } from "./live-answer.ts";

/**
 * `whole` and `upstream-error` are complete answers, the latter to be cleaned by `mask`; `live` still arrives, and
 * its attempt ends with it; `refusal` is an answer of our own.
 */
export type RunEnd =
  | {
      readonly kind: "whole";
      readonly provider: Provider;
      readonly answer: WholeAnswer;
      readonly objectId: string | undefined;
      readonly attempt: Attempt;
    }
  | { readonly kind: "live"; readonly provider: Provider; readonly answer: LiveAnswer; readonly attempt: Attempt }
  | {
      readonly kind: "upstream-error";
      readonly provider: Provider;
      readonly answer: WholeAnswer;
      readonly mask: CredentialMask;
    }
  | Refusal
  | { readonly kind: "client-gone" };

export interface Refusal {
  readonly kind: "refusal";
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly retryAfterMs?: number;
}
