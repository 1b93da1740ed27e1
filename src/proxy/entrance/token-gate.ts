// Between a client token that may not do everything and the request path: refusals, admission, settlement.
import type { Usage } from "../../core/usage.ts";
import type { AdmissionQuestion } from "../../tokens/admission.ts";
import type { KnownToken } from "../../tokens/known-token.ts";
import type { Spending } from "../../tokens/permit.ts";
import type { PricedTarget } from "../../tokens/price-table.ts";
import { EventPipe } from "../answer/event-pipe.ts";
import type { LiveAnswer, LiveEnd } from "../answer/live-answer.ts";
import type { RunEnd } from "../attempt/run-end.ts";
import type { ClientRequest } from "../client-request.ts";
import { tellsOfOthers } from "../paths/model-operations.ts";
import type { AttemptTrace, Trace } from "../trace.ts";

/** Attempts after which a provider may have computed, and charged for, what nobody was sent. */
const MAY_HAVE_RUN: ReadonlySet<AttemptTrace["outcome"]> = new Set([
  "timeout",
  "reset",
  "bad_answer",
  "cut",
  "client_gone",
  undefined,
]);

const ANY_MODEL = { provider: "", model: undefined };

/** The token where it may not do everything, which most may. */
export function restricted(token: KnownToken | undefined): KnownToken | undefined {
  const isFree = token === undefined || (token.scope === undefined && token.account.limits === undefined);
  return isFree ? undefined : token;
}

/** What is asked of the token's limits. `model`: as the client asks for it. */
export function admissionQuestion(
  token: KnownToken,
  { method, operation, need, facts }: Pick<ClientRequest, "method" | "operation" | "need" | "facts">,
  model: string | undefined,
): AdmissionQuestion {
  const isFree = tellsOfOthers(method, operation.name);
  return { token, model, route: pricedRoute({ need, facts }), estimate: need.estimate, isFree };
}

/** Whom a request may have to be paid to: nobody knows what further models cost. */
export function pricedRoute({ need, facts }: Pick<ClientRequest, "need" | "facts">): AdmissionQuestion["route"] {
  return facts.namesMoreModels === true ? [...need.route, [ANY_MODEL]] : need.route;
}

/**
 * What the end of a request, other than a live answer, means for its cost. `isPartial`: its body never arrived whole, so
 * that nobody can have computed it.
 */
export function spendingOf({ kind }: Pick<RunEnd, "kind">, { attempts, usage }: Trace, isPartial = false): Spending {
  const last = attempts.at(-1);
  if (last === undefined) return { end: "unsent" };
  const target = { provider: last.provider, model: last.model };
  if (kind === "whole") return { end: "whole", usage, target };
  const mayHaveRun =
    kind !== "upstream-error" && !isPartial && attempts.some(({ outcome }) => MAY_HAVE_RUN.has(outcome));
  if (mayHaveRun) return { end: "cut", target };
  return { end: attempts.every(({ outcome }) => outcome === "connect_error") ? "unsent" : "refused" };
}

/** The same for a live answer. */
export function liveSpending(
  end: LiveEnd,
  {
    usage,
    target,
    answer,
  }: { readonly usage: Usage | undefined; readonly target: PricedTarget; readonly answer: LiveAnswer },
): Spending {
  const eventBytes = answer.pipe instanceof EventPipe ? answer.bytesOut : 0;
  return { end: end.kind === "complete" ? "whole" : "cut", usage, target, eventBytes };
}
