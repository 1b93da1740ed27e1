// Whose account a request would need, in the words of `explain`.
import type { Balancer } from "../balancer/balancer.ts";
import type { Need } from "../balancer/contract.ts";
import { lastAnswer } from "../proxy/attempt/last-answer.ts";
import { NO_FACTS } from "../proxy/body/body-facts.ts";
import { ObjectSearch } from "../proxy/objects/object-search.ts";
import { type PinInput, type Pinned, pinKey } from "../proxy/pin-key.ts";
import type { ProxyHandler } from "../proxy/proxy-handler.ts";
import type { Setup } from "../proxy/setup.ts";
import { type Outcome, refusalOf } from "./explain-outcome.ts";

export interface PinDeps {
  readonly handler: Pick<ProxyHandler, "setup" | "owners">;
  readonly balancer: Balancer;
}

type PathQuestion = Pick<PinInput, "method" | "operation" | "rest" | "query" | "vendor" | "route" | "elsewhere">;

/** By its path alone: there is no body that could name more. */
export function pinOf(question: PathQuestion, { handler: { setup, owners }, balancer }: PinDeps): Pinned | undefined {
  const { maxWaitMs } = setup.config.queue;
  return pinKey({ ...question, facts: NO_FACTS, body: null, providers: setup.providers, owners, balancer, maxWaitMs });
}

export interface SearchedDeps {
  readonly balancer: Balancer;
  readonly now: number;
  readonly find: (need: Need) => Outcome;
}

/** Nothing is sent, so that no search is counted. */
const UNCOUNTED = { beginSearch: () => true, endSearch: () => {} };

/** What a request meets, which goes on to other accounts where the one that may have its object cannot be asked. */
export function searchedOutcome(need: Need, pinned: Pinned | undefined, deps: SearchedDeps): Outcome {
  const { balancer, now, find } = deps;
  const search = pinned?.search && new ObjectSearch(pinned.search, { balancer, owners: UNCOUNTED, now: () => now });
  let asked = need;
  for (;;) {
    const outcome = find(asked);
    if (search === undefined || outcome.refusal === undefined) return outcome;
    const pick = balancer.pick(asked, [], now);
    if (pick.kind === "candidate") return outcome;
    const next = search.instead(asked, pick.reason);
    if (next === undefined) {
      const end = search.endOf(lastAnswer(undefined, pick.reason, now));
      return end.kind === "refusal" ? { ...outcome, refusal: refusalOf(end) } : outcome;
    }
    asked = next;
  }
}

/** The rule that chose the route, or whose the object is where that decides. */
export function pinRule(rule: string, pinned: Pinned | undefined, { providers }: Setup): string {
  if (pinned?.search?.lost !== undefined) return `${pinned.search.lost}; until then other keys are asked for it`;
  if (pinned?.objectId !== undefined) {
    const { provider = "" } = pinned.route[0]?.[0] ?? {};
    const key = providers.get(provider)?.config.keys.find(({ id }) => id === pinned.keyId);
    return `${pinned.objectId} was made by ${key?.name ?? pinned.keyId} of ${provider}`;
  }
  return pinned?.search === undefined ? rule : `${rule}; who made the object is not known, so keys are asked in turn`;
}
