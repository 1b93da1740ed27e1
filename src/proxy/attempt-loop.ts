// The loop of one client request: pick a candidate, attempt, judge, until an answer may be sent.
import type { Balancer } from "../balancer/balancer.ts";
import type { Attempt, Candidate, Change, Pick, Tried } from "../balancer/contract.ts";
import type { RetryConfig, TimeoutsConfig } from "../config/config.ts";
import type { Verdict } from "../core/verdict.ts";
import { classify } from "../upstream/classify.ts";
import type { Outcome } from "../upstream/outcome.ts";
import type { Provider, UpstreamKey } from "../upstream/provider.ts";
import { runAttempt } from "./attempt.ts";
import type { AttemptInput, AttemptResult } from "./attempt-result.ts";
import type { ClientRequest } from "./client-request.ts";
import type { FailedAttempt } from "./failed-attempt.ts";
import { lastAnswer } from "./last-answer.ts";
import { mayBeTriedAgain, wasNeverExecuted } from "./retry-rules.ts";
import type { RunEnd } from "./run-end.ts";
import type { Timing } from "./timing.ts";
import type { AttemptTrace, Trace } from "./trace.ts";
import { upstreamCall } from "./upstream-call.ts";

/** Full jitter between zero and this much, doubling with each retry (provider-blamed ones only). */
const BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 8_000;
/** How many more candidates are asked after answers that blame nobody (too big, unclear): the request may be at fault. */
const MAX_SECOND_OPINIONS = 2;

export interface LoopDeps {
  readonly balancer: Balancer;
  readonly timing: Timing;
  readonly retry: RetryConfig;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly timeoutsOf: (provider: Provider, model: string | undefined) => TimeoutsConfig;
  readonly redact: (text: string) => string;
  readonly onChanges: (changes: readonly Change[]) => void;
}

/** Runs attempts until one may be committed or nothing is left; never rejects for a fault of an upstream. */
export function runAttempts(request: ClientRequest, deps: LoopDeps, trace: Trace): Promise<RunEnd> {
  return new AttemptLoop(request, deps, trace).run();
}

interface FailedRun {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
}

class AttemptLoop {
  readonly #request: ClientRequest;
  readonly #deps: LoopDeps;
  readonly #trace: Trace;
  readonly #tried: Tried[] = [];
  #last: FailedAttempt | undefined;
  #rotations = 0;
  #retries = 0;
  #timeouts = 0;
  #secondOpinions = 0;
  readonly #unclear: FailedRun[] = [];
  /** Providers whose next attempts are paid for: a refused key there is rotated at once, until the provider fails again. */
  readonly #paid = new Set<string>();

  constructor(request: ClientRequest, deps: LoopDeps, trace: Trace) {
    this.#request = request;
    this.#deps = deps;
    this.#trace = trace;
  }

  async run(): Promise<RunEnd> {
    for (;;) {
      if (this.#request.signal.aborted) return { kind: "client-gone" };
      const pick = this.#pick();
      if (pick.kind === "none") return lastAnswer(this.#last, pick.reason, this.#deps.timing.now());
      if (pick.again && !this.#paid.has(pick.candidate.provider)) {
        if (!(await this.#waitForRetry(pick.candidate))) return this.#giveUp();
        continue;
      }
      const end = await this.#try(pick.candidate);
      if (end !== undefined) return end;
    }
  }

  #pick(): Pick {
    return this.#deps.balancer.pick(this.#request.need, this.#tried, this.#deps.timing.now());
  }

  /** Asks the retry budget and backs off; false where a further attempt at this provider is not allowed. */
  async #waitForRetry(candidate: Candidate): Promise<boolean> {
    const { timing, balancer } = this.#deps;
    if (!this.#request.computes && this.#last?.outcome.kind !== "refused") return false;
    const failed = this.#tried.findLast((tried) => tried.candidate.provider === candidate.provider && isFault(tried));
    const grant = failed === undefined ? "free" : balancer.takeRetry(failed.candidate, timing.now());
    this.#paid.add(candidate.provider);
    if (grant !== "paid") return grant === "free";
    const delayMs = timing.random() * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** Math.max(0, this.#retries - 1));
    if (timing.now() + delayMs >= this.#commitAt(candidate)) return false;
    await pause(delayMs, this.#request.signal, timing);
    return true;
  }

  async #try(candidate: Candidate): Promise<RunEnd | undefined> {
    const { balancer, timing } = this.#deps;
    const provider = this.#deps.providers.get(candidate.provider);
    const key = provider?.keys.get(candidate.keyId);
    if (provider === undefined || key === undefined) return { kind: "refusal", code: "no_usable_key" };
    const call = upstreamCall(this.#request, {
      provider,
      key,
      model: candidate.model,
      connectMs: this.#clocks(candidate, provider).connectMs,
    });
    if (call === undefined) return { kind: "refusal", code: "invalid_path" };
    if (timing.now() >= this.#commitAt(candidate)) return { kind: "refusal", code: "upstream_timeout" };
    const attempt = balancer.begin(candidate, this.#request.need, timing.now());
    const record = this.#beginRecord(candidate, key);
    const result = await runAttempt(this.#input(candidate, provider, call), timing);
    return this.#settle({ attempt, record, provider, key }, result);
  }

  #settle(
    run: {
      readonly attempt: Attempt;
      readonly record: AttemptTrace;
      readonly provider: Provider;
      readonly key: UpstreamKey;
    },
    result: AttemptResult,
  ): RunEnd | undefined {
    const { attempt, record, provider, key } = run;
    const outcome = result.kind === "failed" ? result.outcome : succeeded(result);
    const verdict = this.#judge(attempt, provider, outcome);
    note(record, verdict, this.#deps.timing.now());
    if (result.kind !== "failed") this.#blameUnclear();
    if (result.kind === "live") return { kind: "live", provider, answer: result.answer, attempt };
    this.#deps.balancer.end(attempt, this.#deps.timing.now());
    if (result.kind === "whole") {
      this.#trace.usage = result.usage;
      return { kind: "whole", provider, answer: result.answer, objectId: result.objectId, attempt };
    }
    if (outcome.kind === "client-gone") return { kind: "client-gone" };
    this.#last = { verdict, outcome, provider, key, answer: result.answer };
    if (verdict.outcome === "bad_answer" && verdict.blame === "none") this.#unclear.push({ attempt, verdict });
    this.#tried.push({ candidate: attempt.candidate, verdict });
    if (verdict.next !== "rotate") this.#paid.delete(attempt.candidate.provider);
    return this.#mayGoOn(this.#last) ? undefined : this.#giveUp();
  }

  // The same request succeeded elsewhere, so what seemed to be its fault was the key's: it counts like a server error.
  #blameUnclear(): void {
    const { balancer, timing, onChanges } = this.#deps;
    for (const { attempt, verdict } of this.#unclear) {
      onChanges(balancer.judge(attempt, { ...verdict, effect: { kind: "server-error" } }, timing.now()));
    }
  }

  #judge(attempt: Attempt, provider: Provider, outcome: Outcome): Verdict {
    const { balancer, timing, redact, onChanges } = this.#deps;
    const now = timing.now();
    const verdict = classify(outcome, {
      dialect: provider.dialect,
      clientSentOrganization: provider.config.passOrganization && sentOrganization(this.#request.headers),
      now,
      redact,
    });
    onChanges(balancer.judge(attempt, verdict, now));
    return verdict;
  }

  /** Whether the rules of retry and rotation allow another attempt after this one. */
  #mayGoOn(failed: FailedAttempt): boolean {
    const { verdict, outcome, provider } = failed;
    if (verdict.next === "stop") return false;
    if (!this.#request.computes && !wasNeverExecuted(outcome)) return false;
    if (verdict.next === "rotate") {
      if (verdict.blame === "none") this.#secondOpinions += 1;
      if (this.#secondOpinions > MAX_SECOND_OPINIONS) return false;
      this.#rotations += 1;
      return this.#rotations <= this.#deps.retry.maxRotations;
    }
    this.#retries += 1;
    if (this.#retries > provider.config.maxRetries) return false;
    if (outcome.kind !== "timeout") return true;
    this.#timeouts += 1;
    const attempt = this.#trace.attempts.at(-1);
    const spentMs = attempt === undefined ? 0 : attempt.endedAt - attempt.startedAt;
    return mayBeTriedAgain({ timeouts: this.#timeouts, spentMs, leftMs: this.#leftMs(failed) });
  }

  #leftMs(failed: FailedAttempt): number {
    const commitMs = this.#deps.timeoutsOf(failed.provider, undefined).commitMs;
    return this.#request.receivedAt + commitMs - this.#deps.timing.now();
  }

  // Candidates may be left, but the rules forbid another attempt: the last one speaks.
  #giveUp(): RunEnd {
    return lastAnswer(this.#last, { code: "all-tried" }, this.#deps.timing.now());
  }

  #input(candidate: Candidate, provider: Provider, call: AttemptInput["call"]): AttemptInput {
    const { method, operation, computes, wantsStream, signal } = this.#request;
    const times = this.#clocks(candidate, provider);
    return {
      transport: provider.transport,
      call,
      operation,
      judgesBody: computes && method === "POST" && !operation.stateful,
      wantsStream,
      signal,
      clocks: {
        commitAt: this.#request.receivedAt + times.commitMs,
        firstByteMs: times.firstByteMs,
        responseMs: times.responseMs,
        responseRetryMs: times.responseRetryMs,
        idleMs: times.streamIdleMs,
        mayRetryElsewhere: () => this.#mayRetryElsewhere(candidate),
      },
    };
  }

  #mayRetryElsewhere(running: Candidate): boolean {
    const { balancer, timing } = this.#deps;
    const tried = [...this.#tried, { candidate: running }];
    return this.#request.computes && balancer.hasOther(this.#request.need, tried, timing.now());
  }

  #clocks(candidate: Candidate, provider: Provider): TimeoutsConfig {
    return this.#deps.timeoutsOf(provider, candidate.model);
  }

  #commitAt(candidate: Candidate): number {
    const provider = this.#deps.providers.get(candidate.provider);
    const commitMs = provider === undefined ? 0 : this.#clocks(candidate, provider).commitMs;
    return this.#request.receivedAt + commitMs;
  }

  #beginRecord(candidate: Candidate, key: UpstreamKey): AttemptTrace {
    const now = this.#deps.timing.now();
    const record: AttemptTrace = {
      provider: candidate.provider,
      keyId: key.id,
      keyName: key.name,
      model: candidate.model,
      startedAt: now,
      endedAt: now,
      outcome: undefined,
      status: undefined,
      reason: undefined,
      message: undefined,
    };
    this.#trace.attempts.push(record);
    return record;
  }
}

// Refusals that blame a key are rotated and cost nothing.
function isFault({ verdict }: Tried): boolean {
  return verdict.next !== "rotate";
}

function note(record: AttemptTrace, verdict: Verdict, now: number): void {
  record.endedAt = now;
  record.outcome = verdict.outcome;
  record.status = verdict.status;
  record.reason = verdict.reason;
  record.message = verdict.message;
}

function succeeded(result: Exclude<AttemptResult, { kind: "failed" }>): Outcome {
  const { status, headers } = result.answer;
  const complete = result.kind === "whole";
  return { kind: "answer", status, headers, inside: false, isHtml: false, latencyMs: result.latencyMs, complete };
}

function sentOrganization(headers: Headers): boolean {
  return headers.has("openai-organization") || headers.has("openai-project");
}

function pause(delayMs: number, signal: AbortSignal, timing: Timing): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stop();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const stop = timing.schedule(delayMs, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
