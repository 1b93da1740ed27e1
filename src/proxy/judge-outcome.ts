// The verdict on the outcome of an attempt, with what the client's request says beside it.
import type { Verdict } from "../core/verdict.ts";
import { classify } from "../upstream/classify.ts";
import type { Outcome } from "../upstream/outcome.ts";
import type { Provider } from "../upstream/provider.ts";
import type { ClientRequest } from "./client-request.ts";
import { withoutBlame } from "./objects/object-search.ts";

export interface OutcomeFacts {
  readonly provider: Provider;
  readonly request: Pick<ClientRequest, "headers" | "ownSecret">;
  readonly now: number;
  readonly redact: (text: string) => string;
}

/** The verdict on an attempt of one client request. */
export function judgeOutcome(outcome: Outcome, { provider, request, now, redact }: OutcomeFacts): Verdict {
  const { dialect, config } = provider;
  const clientSentOrganization = config.passOrganization && sentOrganization(request.headers);
  const verdict = classify(outcome, { dialect, clientSentOrganization, rules: config.rules, now, redact });
  const blamed = withoutBlame(verdict, outcome, dialect.nativeVendor);
  return request.ownSecret !== undefined && REFUSALS.has(blamed.effect.kind) ? ofClient(blamed) : blamed;
}

/** What is refused was not the key's secret. */
const REFUSALS: ReadonlySet<Verdict["effect"]["kind"]> = new Set(["key-invalid", "key-refused", "operation-blocked"]);

function ofClient(verdict: Verdict): Verdict {
  return {
    ...verdict,
    blame: "client",
    outcome: "client_error",
    effect: { kind: "none" },
    next: "stop",
    last: "upstream",
  };
}

function sentOrganization(headers: Headers): boolean {
  return headers.has("openai-organization") || headers.has("openai-project");
}
