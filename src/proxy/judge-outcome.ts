// The verdict on the outcome of an attempt, with what the client's request says beside it.
import type { Verdict } from "../core/verdict.ts";
import { classify } from "../upstream/classify.ts";
import type { Outcome } from "../upstream/outcome.ts";
import type { Provider } from "../upstream/provider.ts";
import { withoutBlame } from "./objects/object-search.ts";

export interface OutcomeFacts {
  readonly provider: Provider;
  /** The client's. */
  readonly headers: Headers;
  readonly now: number;
  readonly redact: (text: string) => string;
}

/** The verdict on an attempt of one client request. */
export function judgeOutcome(outcome: Outcome, { provider, headers, now, redact }: OutcomeFacts): Verdict {
  const { dialect, config } = provider;
  const clientSentOrganization = config.passOrganization && sentOrganization(headers);
  const verdict = classify(outcome, { dialect, clientSentOrganization, rules: config.rules, now, redact });
  return withoutBlame(verdict, outcome, dialect.nativeVendor);
}

function sentOrganization(headers: Headers): boolean {
  return headers.has("openai-organization") || headers.has("openai-project");
}
