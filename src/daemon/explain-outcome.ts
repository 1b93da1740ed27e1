// What becomes of a request that has a route: the key that it gets, the wait before, or the answer in its place.
import type {
  Explained,
  ExplainedRefusal,
  ExplainedTarget,
  ExplainedTier,
  ExplainedWait,
} from "../admin/explain-port.ts";
import type { Balancer } from "../balancer/balancer.ts";
import type { Pick as BalancerPick, Need, PoolSummary, Target } from "../balancer/contract.ts";
import type { Explanation } from "../balancer/explanation.ts";
import { BUSY_LOOK_MS } from "../balancer/survey.ts";
import { errorAnswer } from "../proxy/answer/error-answer.ts";
import { ERRORS, type ErrorCode } from "../proxy/answer/error-table.ts";
import type { LoopDeps } from "../proxy/attempt/attempt-loop.ts";
import { longestCommitMs } from "../proxy/attempt/chosen.ts";
import { lastAnswer } from "../proxy/attempt/last-answer.ts";
import type { Refusal } from "../proxy/attempt/run-end.ts";
import type { Setup } from "../proxy/setup.ts";
import { beginTrace } from "../proxy/trace.ts";
import { RequestWait } from "../proxy/waiting/request-wait.ts";

export interface OutcomeDeps {
  readonly setup: Setup;
  readonly loop: LoopDeps;
  readonly balancer: Balancer;
  readonly now: number;
  /** A body of such a request has a beginning by which a key may be preferred. */
  readonly isAffine: boolean;
}

export type Outcome = Pick<Explained, "keys" | "picked" | "route" | "wait" | "refusal" | "isTrial">;

/** What a request with this need meets now. */
export function outcomeFor(need: Need, deps: OutcomeDeps): Outcome {
  const { balancer, now } = deps;
  const { keys, picked } = balancer.explain(need, now);
  const facts = { keys, picked, route: routeOf(need, deps), isTrial: picked !== undefined && isTrial(picked, deps) };
  const wait = new RequestWait(waitInput(need, deps));
  if (picked !== undefined) {
    // Who comes now overtakes nobody.
    return { ...facts, wait: wait.isBehind() ? waitFor(undefined, deps) : undefined, refusal: undefined };
  }
  const pick = balancer.pick(need, [], now);
  if (pick.kind === "wait" && wait.mayLastUntil(pick)) {
    return { ...facts, wait: waitFor(isKnown(pick, now) ? pick.until : undefined, deps), refusal: undefined };
  }
  const end = pick.kind === "candidate" ? undefined : lastAnswer(undefined, pick.reason, now);
  return { ...facts, wait: undefined, refusal: refusalOf(end?.kind === "refusal" ? end : { code: "no_usable_key" }) };
}

/** Where all that is missing is the end of another request, `until` is only when the daemon looks again. */
function isKnown({ until, isBusy }: Extract<BalancerPick, { kind: "wait" }>, now: number): boolean {
  return isBusy !== true || until < now + BUSY_LOOK_MS;
}

/** An answer of our own, as the client gets it. */
export function refusalOf({ code, detail, text, retryAfterMs }: Omit<Refusal, "kind">): ExplainedRefusal {
  const { status, headers } = errorAnswer(code, { requestId: "", ...(retryAfterMs !== undefined && { retryAfterMs }) });
  const retryAfter = headers.get("retry-after");
  const retryAfterS = retryAfter === null ? undefined : Number(retryAfter);
  return { status, code, message: text ?? messageOf(code, detail), retryAfterS };
}

function messageOf(code: ErrorCode, detail: string | undefined): string {
  const { text } = ERRORS[code];
  return detail === undefined ? text : `${text} (${detail})`;
}

function waitInput(need: Need, { loop, now }: OutcomeDeps) {
  const { waiting, timing } = loop;
  const { signal } = new AbortController();
  const trace = beginTrace("explain", "POST", now);
  return { need, signal, waiting, timing, trace, commitAt: () => now + longestCommitMs(need, loop) };
}

function waitFor(until: number | undefined, { loop: { waiting } }: OutcomeDeps): ExplainedWait {
  return {
    until: until !== undefined && Number.isFinite(until) ? until : undefined,
    atMostMs: waiting?.limits.maxWaitMs ?? 0,
    waiting: waiting?.queue.length ?? 0,
  };
}

function routeOf({ route }: Need, { setup, balancer, now, isAffine }: OutcomeDeps): readonly ExplainedTier[] {
  const pools = new Map(balancer.summarize(now).map((pool) => [pool.provider, pool]));
  return route.map((targets) => {
    const [first] = targets;
    // Keys of several providers have no strategy of one of them.
    const own = targets.length === 1 ? setup.providers.get(first?.provider ?? "")?.config : undefined;
    return {
      strategy: own?.strategy ?? setup.config.strategy,
      isAffine: isAffine && own?.affinity === "auto",
      targets: targets.flatMap((target) => targetOf(target, pools.get(target.provider))),
    };
  });
}

function targetOf({ provider, model }: Target, pool: PoolSummary | undefined): readonly ExplainedTarget[] {
  if (pool === undefined) return [];
  const { state, until, openModels } = pool;
  const open = openModels.find((entry) => entry.model === (model ?? ""));
  return [{ provider, model, state, until, openModel: open && { state: open.state, until: open.until } }];
}

/** The key, or the key for this model, is half-open. */
function isTrial({ target: { provider, model }, keyId }: Explanation, { balancer, now }: OutcomeDeps): boolean {
  const report = balancer.reportKey({ provider, keyId }, now);
  if (report === undefined) return false;
  const isMeant = (part: (typeof report.parts)[number]) => part.operation === undefined && part.model === model;
  return report.state === "half_open" || report.parts.some((part) => part.state === "half_open" && isMeant(part));
}
