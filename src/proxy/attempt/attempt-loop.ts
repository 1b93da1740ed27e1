// The loop of one client request: pick a candidate, attempt, judge, until an answer may be sent.
import type { Balancer } from "../../balancer/balancer.ts";
import type { Attempt, Change, Need, NoneReason, Tried } from "../../balancer/contract.ts";
import type { RetryConfig, TimeoutsConfig } from "../../config/config.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { Provider } from "../../upstream/provider.ts";
import type { LiveAnswer } from "../answer/live-answer.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Timing } from "../timing.ts";
import { type AttemptTrace, addAttempt, beginAttemptTrace, noteVerdict, type Trace } from "../trace.ts";
import { backOff } from "../waiting/pause.ts";
import { RequestWait, type Told, type Waiting, waitOf } from "../waiting/request-wait.ts";
import { clocksOf } from "./attempt-clocks.ts";
import { outcomeOf } from "./attempt-outcome.ts";
import type { AttemptClocks, AttemptResult, LivePart } from "./attempt-result.ts";
import type { Attempter } from "./attempter.ts";
import { type Chosen, type Configured, chosenOf, longestCommitMs } from "./chosen.ts";
import { Detours } from "./detours.ts";
import { endAttempt, spentBy } from "./end-attempt.ts";
import type { FailedAttempt } from "./failed-attempt.ts";
import { HttpAttempter } from "./http-attempter.ts";
import { judgeOutcome } from "./judge-outcome.ts";
import { lastAnswer } from "./last-answer.ts";
import { RetryLedger } from "./retry-ledger.ts";
import { isFault, routeWithout } from "./route-without.ts";
import type { RunEnd } from "./run-end.ts";
import { UnclearFailures } from "./unclear-failures.ts";
import { noteResult } from "./upstream-text.ts";

export interface LoopDeps extends Configured {
  readonly balancer: Balancer;
  readonly timing: Timing;
  readonly retry: RetryConfig;
  readonly redact: (text: string) => string;
  readonly onChanges: (changes: readonly Change[]) => void;
  /** Undefined: requests never wait. */
  readonly waiting?: Waiting | undefined;
}

/** Runs attempts until one may be committed or nothing is left; never rejects for a fault of an upstream. */
export function runAttempts(request: ClientRequest, deps: LoopDeps, trace: Trace): Promise<RunEnd> {
  return runAttemptsOf({ request, attempter: new HttpAttempter(request, deps.timing) }, deps, trace);
}

/** What the loop is to serve, and how. */
export interface Asked<Live extends LivePart> {
  readonly request: ClientRequest;
  readonly attempter: Attempter<Live>;
}

/** The same for attempts of any kind. */
export function runAttemptsOf<Live extends LivePart>(
  asked: Asked<Live>,
  deps: LoopDeps,
  trace: Trace,
): Promise<RunEnd<Live>> {
  const { search } = asked.request;
  const end = new AttemptLoop(asked, deps, trace).run();
  return search === undefined ? end : end.then((found) => search.endOf(found));
}

interface Begun {
  readonly chosen: Chosen;
  readonly attempt: Attempt;
}

interface Run extends Begun {
  readonly record: AttemptTrace;
}

/** An end without an answer that arrives: none was begun, or none may be used. */
type Unserved = RunEnd<never>;

/** What the request does next. `retry`: it backs off before it may try again where it failed. */
type Step =
  | (Begun & { readonly kind: "begun" })
  | { readonly kind: "retry"; readonly chosen: Chosen }
  | { readonly kind: "end"; readonly end: Unserved };

type StepOrWait = Step | (Told & { readonly kind: "wait" });

class AttemptLoop<Live extends LivePart = LiveAnswer> {
  readonly #request: ClientRequest;
  readonly #attempter: Attempter<Live>;
  readonly #deps: LoopDeps;
  #need: Need;
  readonly #trace: Trace;
  readonly #ledger: RetryLedger;
  readonly #tried: Tried[] = [];
  readonly #unclear = new UnclearFailures();
  readonly #detours = new Detours();
  readonly #wait: RequestWait;
  #last: FailedAttempt | undefined;

  constructor({ request, attempter }: Asked<Live>, deps: LoopDeps, trace: Trace) {
    this.#request = request;
    this.#attempter = attempter;
    this.#deps = deps;
    this.#trace = trace;
    this.#ledger = new RetryLedger({ computes: request.computes, maxRotations: deps.retry.maxRotations });
    const { waiting, timing } = deps;
    const { signal } = request;
    const hasKey = (name: string, id: string) => this.#detours.allows(deps.providers.get(name), id);
    const need = { ...request.need, hasKey };
    this.#need = need;
    const commitAt = () => request.receivedAt + longestCommitMs(need, deps);
    this.#wait = new RequestWait({ need, signal, waiting, timing, trace, commitAt });
  }

  async run(): Promise<RunEnd<Live>> {
    const { signal } = this.#request;
    for (;;) {
      if (signal.aborted) return { kind: "client-gone" };
      const now = this.#deps.timing.now();
      // Who comes back after a failure has had its turn, and keeps it.
      const first = this.#step(now, this.#tried.length === 0 && this.#wait.isBehind());
      const step = first.kind === "wait" ? await this.#waitInQueue(first) : first;
      if (step.kind === "end") return step.end;
      if (step.kind === "retry") {
        if (!(await this.#waitForRetry(step.chosen)) && !this.#leaveFailed()) return this.#giveUp();
        continue;
      }
      const end = await this.#try(step);
      if (end !== undefined) return end;
    }
  }

  /** Picks and begins an attempt at once, as far as that is possible now; `isBehind`: only others may. */
  #step(now: number, isBehind: boolean): StepOrWait {
    const { balancer } = this.#deps;
    const pick = balancer.pick(this.#need, this.#tried, now);
    if (pick.kind === "wait" && this.#wait.mayLastUntil(pick)) return pick;
    if (pick.kind !== "candidate") {
      return this.#detours.lift() || this.#detours.forgive(this.#tried) || this.#searchesOn(pick.reason)
        ? this.#step(now, isBehind)
        : { kind: "end", end: lastAnswer(this.#last, pick.reason, now) };
    }
    if (isBehind) return { kind: "wait", until: now, reason: { code: "limited", retryAt: now } };
    const chosen = chosenOf(pick.candidate, this.#deps);
    if (pick.again && !this.#ledger.isPaid(pick.candidate.provider)) return { kind: "retry", chosen };
    if (now >= this.#commitAt(chosen.times)) return { kind: "end", end: this.#tooLate() };
    return { kind: "begun", chosen, attempt: balancer.begin(chosen.candidate, this.#need, now) };
  }

  async #waitInQueue(told: Told): Promise<Step> {
    const { timing } = this.#deps;
    let last: StepOrWait = { ...told, kind: "wait" };
    const take = (now: number) => {
      last = this.#step(now, false);
      if (last.kind === "wait") return { until: last.until };
      return last.kind === "end" ? "hopeless" : "taken";
    };
    const end = await this.#wait.inQueue({ tried: this.#tried, until: told.until, take });
    if (end === "gone") return { kind: "end", end: { kind: "client-gone" } };
    if (last.kind !== "wait") return last;
    const now = timing.now();
    if (end === "late") return { kind: "end", end: lastAnswer(this.#last, this.#reasonNow(last.reason, now), now) };
    return { kind: "end", end: { kind: "refusal", code: "queue_full", retryAfterMs: waitOf(last, now) } };
  }

  // What was told at the last turn may be long ago.
  #reasonNow(told: NoneReason, now: number): NoneReason {
    const pick = this.#deps.balancer.pick(this.#need, this.#tried, now);
    return pick.kind === "candidate" ? told : pick.reason;
  }

  /** Asks the retry budget and backs off; false where a further attempt at this provider is not allowed. */
  async #waitForRetry({ candidate, provider, times }: Chosen): Promise<boolean> {
    const { timing, balancer } = this.#deps;
    if (!this.#ledger.mayRetry(this.#last?.provider ?? provider)) return false;
    const failed = this.#tried.findLast((tried) => tried.candidate.provider === candidate.provider && isFault(tried));
    const grant = failed === undefined ? "free" : balancer.takeRetry(failed.candidate, timing.now());
    if (grant === "denied") return false;
    this.#ledger.noteRetry(candidate.provider);
    if (grant === "free") return true;
    const delayMs = this.#ledger.backoffMs(timing.random());
    if (timing.now() + delayMs >= this.#commitAt(times)) return false;
    await backOff(delayMs, { signal: this.#request.signal, timing, trace: this.#trace });
    return true;
  }

  /** Goes on with another key where one does not have the object, or cannot even be asked for it. */
  #searchesOn(cause: FailedAttempt | NoneReason): boolean {
    const { search, upload } = this.#request;
    if (search === undefined || upload?.isSpent === true) return false;
    const next = "code" in cause ? search.instead(this.#need, cause) : search.after(cause, this.#need);
    // What one key said tells nothing of the next one.
    if (next !== undefined) [this.#need, this.#last] = [next, undefined];
    return next !== undefined;
  }

  /** Goes on without the providers that failed; false where no other is on the route. */
  #leaveFailed(): boolean {
    const route = routeWithout(this.#need.route, this.#tried.filter(isFault));
    this.#need = { ...this.#need, route };
    return route.some((tier) => tier.length > 0);
  }

  async #try({ chosen, attempt }: Begun): Promise<RunEnd<Live> | undefined> {
    let result: AttemptResult<Live> | undefined;
    let isLive = false;
    try {
      const call = this.#attempter.callOf(chosen);
      if (call === undefined) return { kind: "refusal", code: "invalid_path" };
      const record = beginAttemptTrace(chosen.candidate, chosen.key.name, attempt.startedAt);
      addAttempt(this.#trace, record);
      result = await this.#attempter.run(call, chosen, this.#clocksOf(chosen));
      const end = this.#settle({ chosen, attempt, record }, result);
      isLive = end?.kind === "live";
      return end;
    } finally {
      // A live answer holds its slot until it is over. Else the slot is given back, also after a bug of our own.
      if (!isLive) {
        if (result?.kind === "live") result.answer.abort();
        endAttempt(attempt, spentBy(result), this.#deps);
      }
    }
  }

  #settle(run: Run, result: AttemptResult<Live>): RunEnd<Live> | undefined {
    const { attempt, record } = run;
    const { provider, key, times } = run.chosen;
    const { mask } = key;
    const outcome = outcomeOf(result);
    const hasOther = () => this.#hasOther(this.#need.route, run.chosen);
    const verdict = this.#detours.judge(this.#judge(attempt, provider, outcome), key, hasOther);
    noteResult(record, result, this.#deps.redact);
    noteVerdict(record, verdict, this.#deps.timing.now());
    if (result.kind !== "failed") this.#blameUnclear();
    if (result.kind === "live") {
      // That it began may let others in, long before it ends.
      this.#deps.waiting?.queue.wake(record.endedAt);
      return { kind: "live", provider, mask, answer: result.answer, attempt };
    }
    if (result.kind === "whole") {
      this.#trace.usage = result.usage;
      return { kind: "whole", provider, mask, answer: result.answer, attempt };
    }
    if (outcome.kind === "client-gone") return { kind: "client-gone" };
    this.#last = { verdict, outcome, provider, key, answer: result.answer };
    this.#unclear.note(attempt, verdict);
    this.#tried.push({ candidate: attempt.candidate, verdict });
    if (this.#searchesOn(this.#last)) return undefined;
    const spentMs = record.endedAt - record.startedAt;
    const leftMs = this.#commitAt(times) - record.endedAt;
    const facts = { verdict, outcome, spentMs, leftMs, connectMs: times.connectMs };
    const mayGoOn = this.#ledger.mayGoOn(provider.config.name, facts);
    // The beginning of its body is gone.
    return mayGoOn && this.#request.upload?.isSpent !== true ? undefined : this.#giveUp();
  }

  // The same request succeeded elsewhere, so what seemed to be its fault was the key's: it counts like a server error.
  #blameUnclear(): void {
    const { balancer, timing, onChanges } = this.#deps;
    for (const { attempt, verdict } of this.#unclear.blamed) {
      onChanges(balancer.judge(attempt, verdict, timing.now()));
    }
  }

  #judge(attempt: Attempt, provider: Provider, outcome: Outcome): Verdict {
    const { balancer, timing, redact, onChanges } = this.#deps;
    const now = timing.now();
    const verdict = judgeOutcome(outcome, { provider, request: this.#request, now, redact });
    onChanges(balancer.judge(attempt, verdict, now));
    return verdict;
  }

  // Candidates may be left, but the rules forbid another attempt: the last one speaks.
  #giveUp(): Unserved {
    return lastAnswer(this.#last, { code: "all-tried" }, this.#deps.timing.now());
  }

  #tooLate(): Unserved {
    return this.#last === undefined ? { kind: "refusal", code: "upstream_timeout" } : this.#giveUp();
  }

  #clocksOf(chosen: Chosen): AttemptClocks {
    const mayRetryElsewhere = () => this.#mayRetryElsewhere(chosen);
    return clocksOf(chosen.times, { commitAt: this.#commitAt(chosen.times), mayRetryElsewhere });
  }

  // Without a retry left only a provider that has not failed in this request may take over.
  #mayRetryElsewhere(chosen: Chosen): boolean {
    if (!this.#ledger.mayTimeOut || this.#request.upload?.isSpent === true) return false;
    const { route } = this.#need;
    const mayStay = this.#ledger.mayRetry(chosen.provider);
    return this.#hasOther(mayStay ? route : routeWithout(route, [...this.#tried, chosen]), chosen);
  }

  #hasOther(route: Need["route"], { candidate }: Chosen): boolean {
    const { balancer, timing } = this.#deps;
    return balancer.hasOther({ ...this.#need, route }, [...this.#tried, { candidate }], timing.now());
  }

  #commitAt({ commitMs }: TimeoutsConfig): number {
    return this.#request.receivedAt + commitMs;
  }
}
