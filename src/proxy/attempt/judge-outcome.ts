// The verdict on the outcome of an attempt, with what the client's request says beside it.
import type { Verdict } from "../../core/verdict.ts";
import { classify } from "../../upstream/classify.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { Provider } from "../../upstream/provider.ts";
import { ORGANIZATION } from "../answer/header-policy.ts";
import type { ClientRequest } from "../client-request.ts";
import { withoutBlame } from "../objects/object-search.ts";
import { ADMIN_FAMILIES } from "../paths/operation-table.ts";

export interface OutcomeFacts {
  readonly provider: Provider;
  readonly request: Pick<ClientRequest, "headers" | "rest" | "query" | "operation" | "ownSecret">;
  readonly now: number;
  readonly redact: (text: string) => string;
}

/** The verdict on an attempt of one client request. */
export function judgeOutcome(outcome: Outcome, { provider, request, now, redact }: OutcomeFacts): Verdict {
  const { dialect, config } = provider;
  const clientSentOrganization = config.passOrganization && sentOrganization(request.headers);
  const verdict = classify(outcome, { dialect, clientSentOrganization, rules: config.rules, now, redact });
  const blamed = withoutBlame(verdict, outcome, dialect.nativeVendor);
  if (blamed.reason === "redirect") return judgeRedirect(blamed, outcome, request);
  if (!REFUSALS.has(blamed.effect.kind)) return blamed;
  const isOwn = request.ownSecret !== undefined || (dialect.nativeVendor === "gemini" && namesAccount(request.query));
  if (isOwn || wantsAdminKey(request.operation.name)) return ofClient(blamed);
  // A firewall may refuse what the client says, whichever key says it.
  return blamed.effect.kind === "key-refused"
    ? { ...blamed, effect: { kind: "key-refused", proof: "pending" } }
    : blamed;
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

/** The key may be as good as ever for everything else, and no other one may stand in for it. */
function wantsAdminKey(operation: string): boolean {
  return ADMIN_FAMILIES.has(operation.split("/", 1)[0] ?? "");
}

/** That of what no API has, such as the page to log in at, or of a slash, says nothing of the base URL. */
function judgeRedirect(
  verdict: Verdict,
  outcome: Outcome,
  { rest, operation }: Pick<ClientRequest, "rest" | "operation">,
): Verdict {
  const isSlash = isOfSlash(outcome, rest);
  if (!isSlash && operation.name !== "unknown") return verdict;
  const message = "it has the path only with a slash at its end, or only without";
  return { ...verdict, blame: "none", effect: { kind: "none" }, ...(isSlash && { message }) };
}

/** Many servers redirect a path that has a slash at its end to the one without, or the other way round. */
function isOfSlash(outcome: Outcome, rest: string): boolean {
  if (outcome.kind !== "answer") return false;
  const location = outcome.headers.find(([name]) => name === "location")?.[1] ?? "";
  const path = URL.parse(location, "http://here")?.pathname ?? "";
  return path.endsWith("/") !== rest.endsWith("/") && path.replace(/\/$/, "").endsWith(rest.replace(/\/$/, ""));
}

function sentOrganization(headers: Headers): boolean {
  return ORGANIZATION.some((name) => headers.has(name));
}

/**
 * What Google takes in an address in place of the credential in a header, and of the project that it belongs to
 * (cloud.google.com/apis/docs/system-parameters). It passes: Gemini's ephemeral tokens come so.
 */
const OWN_ACCOUNT = ["access_token", "oauth_token", "$userProject", "userProject"] as const;

function namesAccount(query: string): boolean {
  if (query === "") return false;
  const sent = new URLSearchParams(query);
  return OWN_ACCOUNT.some((name) => sent.has(name));
}
