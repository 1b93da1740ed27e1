// What a session takes of its client token's limits: a request at its begin, and tokens as they are reported.
import type { Usage } from "../../core/usage.ts";
import type { Admission, Admitted } from "../../tokens/admission.ts";
import type { KnownToken } from "../../tokens/known-token.ts";
import type { Permit } from "../../tokens/permit.ts";
import type { PricedTarget } from "../../tokens/price-table.ts";
import type { ClientRequest } from "../client-request.ts";
import { pricedRoute } from "../entrance/token-gate.ts";
import { refusalMessage } from "./last-words.ts";
import type { LiveSocket } from "./live-socket.ts";

/** RFC 6455 section 7.4.1: a policy of ours is what ends it. */
export const POLICY_VIOLATION = 1008;

/** Takes one request, and as many tokens as one answer usually has: nobody knows how long a session goes on. */
export function admitSession(
  token: KnownToken,
  request: Pick<ClientRequest, "need" | "facts">,
  model: string | undefined,
  admission: Admission,
): Admitted {
  const estimate = () => ({ input: 0, maxOutput: undefined });
  return admission.admit({ token, model, route: pricedRoute(request), estimate, isFree: false });
}

export interface ChargeFacts {
  readonly target: PricedTarget;
  readonly requestId: string;
  /** Its client knows no error event of OpenAI's. */
  readonly native: boolean;
}

/** Counts what the session reports, and ends it once more than a limit is spent. */
export function chargeSession(session: LiveSocket, permit: Permit, { target, requestId, native }: ChargeFacts): void {
  const charge = (usage: Usage) => {
    const refusal = permit.note(usage, target);
    if (refusal === undefined) return;
    const message = native ? undefined : refusalMessage(refusal, requestId);
    session.closeBoth({ code: POLICY_VIOLATION, reason: refusal.code }, message);
  };
  session.onUsage = charge;
  // The first message may have reported some already.
  if (session.pipe.usage !== undefined) charge(session.pipe.usage);
}

/**
 * What was reported is noted already. An answer that was begun and whose usage was not reported counts as one usually
 * does, or a client would pay nothing that leaves before its end.
 */
export function settleSession({ pipe }: Pick<LiveSocket, "pipe">, permit: Permit, target: PricedTarget): void {
  if (pipe.isOwed) permit.noteUnfinished(target);
  permit.settle({ end: pipe.usage === undefined ? "refused" : "whole", target });
}

/** All tokens as one number: the output of many answers says nothing of how long one usually is. */
export function allOf(usage: Usage | undefined): Usage {
  return { promptTokens: (usage?.promptTokens ?? 0) + (usage?.completionTokens ?? 0) };
}
