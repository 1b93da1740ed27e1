// The loop of one client request: pick a candidate, attempt, judge, until an answer may be sent.
import type { Balancer } from "../balancer/balancer.ts";
import type { Attempt, Candidate, Change, Need, Pick, Tried } from "../balancer/contract.ts";
import type { RetryConfig, TimeoutsConfig } from "../config/config.ts";
import type { Verdict } from "../core/verdict.ts";
import { classify } from "../upstream/classify.ts";
import type { Outcome } from "../upstream/outcome.ts";
import type { Provider, UpstreamKey } from "../upstream/provider.ts";
import type { TransportCall } from "../upstream/transport.ts";
import { runAttempt } from "./attempt.ts";
import { outcomeOf } from "./attempt-outcome.ts";
import type { AttemptInput, AttemptResult } from "./attempt-result.ts";
import type { ClientRequest } from "./client-request.ts";
import type { FailedAttempt } from "./failed-attempt.ts";
import { lastAnswer } from "./last-answer.ts";
import { ModelBody } from "./model-body.ts";
import { pause } from "./pause.ts";
import { RetryLedger } from "./retry-ledger.ts";
import type { RunEnd } from "./run-end.ts";
import type { Timing } from "./timing.ts";
import { type AttemptTrace, beginAttemptTrace, noteVerdict, type Trace } from "./trace.ts";
import { upstreamCall } from "./upstream-call.ts";

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

/** A candidate with what it stands for. */
interface Chosen {
  readonly candidate: Candidate;
  readonly provider: Provider;
  readonly key: UpstreamKey;
  readonly times: TimeoutsConfig;
}

interface Run {
  readonly chosen: Chosen;
  readonly attempt: Attempt;
  readonly record: AttemptTrace;
}

/** A key that came with a reload: a request keeps the configuration that it began with. */
const NOT_CONFIGURED: Verdict = {
  blame: "none",
  outcome: "bad_answer",
  effect: { kind: "none" },
  next: "rotate",
  last: "no_usable_key",
  reason: "not_configured",
};

class AttemptLoop {
  readonly #request: ClientRequest;
  readonly #deps: LoopDeps;
  readonly #trace: Trace;
  readonly #ledger: RetryLedger;
  readonly #body: ModelBody;
  readonly #tried: Tried[] = [];
  /** Failures that would be the key's if another candidate succeeded. */
  readonly #unclear: { readonly attempt: Attempt; readonly verdict: Verdict }[] = [];
  #last: FailedAttempt | undefined;

  constructor(request: ClientRequest, deps: LoopDeps, trace: Trace) {
    this.#request = request;
    this.#deps = deps;
    this.#trace = trace;
    this.#ledger = new RetryLedger({ computes: request.computes, maxRotations: deps.retry.maxRotations });
    this.#body = new ModelBody(request);
  }

  async run(): Promise<RunEnd> {
    const { signal } = this.#request;
    for (;;) {
      if (signal.aborted) return { kind: "client-gone" };
      const pick = this.#pick();
      if (pick.kind !== "candidate") return lastAnswer(this.#last, pick.reason, this.#deps.timing.now());
      const chosen = this.#choose(pick.candidate);
      if (chosen === undefined) {
        if (!this.#ledger.mayPassOver()) return this.#giveUp();
        continue;
      }
      if (pick.again && !this.#ledger.isPaid(pick.candidate.provider)) {
        if (!(await this.#waitForRetry(chosen))) return this.#giveUp();
        continue;
      }
      const end = await this.#try(chosen);
      if (end !== undefined) return end;
    }
  }

  #pick(): Pick {
    return this.#deps.balancer.pick(this.#request.need, this.#tried, this.#deps.timing.now());
  }

  #choose(candidate: Candidate): Chosen | undefined {
    const provider = this.#deps.providers.get(candidate.provider);
    const key = provider?.keys.get(candidate.keyId);
    if (provider !== undefined && key !== undefined) {
      return { candidate, provider, key, times: this.#deps.timeoutsOf(provider, candidate.model) };
    }
    this.#tried.push({ candidate, verdict: NOT_CONFIGURED });
    return undefined;
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
    await pause(delayMs, this.#request.signal, timing.schedule);
    return true;
  }

  async #try(chosen: Chosen): Promise<RunEnd | undefined> {
    const { balancer, timing } = this.#deps;
    const call = this.#callOf(chosen);
    if (call === undefined) return { kind: "refusal", code: "invalid_path" };
    const now = timing.now();
    if (now >= this.#commitAt(chosen.times)) return this.#tooLate();
    const attempt = balancer.begin(chosen.candidate, this.#request.need, now);
    const record = beginAttemptTrace(chosen.candidate, chosen.key.name, now);
    this.#trace.attempts.push(record);
    let result: AttemptResult | undefined;
    let isLive = false;
    try {
      result = await runAttempt(this.#inputOf(chosen, call), timing);
      const end = this.#settle({ chosen, attempt, record }, result);
      isLive = end?.kind === "live";
      return end;
    } finally {
      // A live answer holds its slot until it is over. Else the slot is given back, also after a bug of our own.
      if (!isLive) {
        if (result?.kind === "live") result.answer.abort();
        balancer.end(attempt, timing.now());
      }
    }
  }

  #settle(run: Run, result: AttemptResult): RunEnd | undefined {
    const { attempt, record } = run;
    const { provider, key, times } = run.chosen;
    const { mask } = key;
    const outcome = outcomeOf(result);
    const verdict = this.#judge(attempt, provider, outcome);
    noteVerdict(record, verdict, this.#deps.timing.now());
    if (result.kind !== "failed") this.#blameUnclear();
    if (result.kind === "live") return { kind: "live", provider, mask, answer: result.answer, attempt };
    if (result.kind === "whole") {
      this.#trace.usage = result.usage;
      return { kind: "whole", provider, mask, answer: result.answer, objectId: result.objectId, attempt };
    }
    if (outcome.kind === "client-gone") return { kind: "client-gone" };
    this.#last = { verdict, outcome, provider, key, answer: result.answer };
    if (verdict.outcome === "bad_answer" && verdict.blame === "none") this.#unclear.push({ attempt, verdict });
    this.#tried.push({ candidate: attempt.candidate, verdict });
    const spentMs = record.endedAt - record.startedAt;
    const leftMs = this.#commitAt(times) - record.endedAt;
    return this.#ledger.mayGoOn(provider.config.name, { verdict, outcome, spentMs, leftMs })
      ? undefined
      : this.#giveUp();
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
      rules: provider.config.rules,
      now,
      redact,
    });
    onChanges(balancer.judge(attempt, verdict, now));
    return verdict;
  }

  // Candidates may be left, but the rules forbid another attempt: the last one speaks.
  #giveUp(): RunEnd {
    return lastAnswer(this.#last, { code: "all-tried" }, this.#deps.timing.now());
  }

  #tooLate(): RunEnd {
    return this.#last === undefined ? { kind: "refusal", code: "upstream_timeout" } : this.#giveUp();
  }

  #callOf({ candidate, provider, key, times }: Chosen): TransportCall | undefined {
    const { model } = candidate;
    const body = this.#body.under(model);
    return upstreamCall(this.#request, { provider, key, model, body, connectMs: times.connectMs });
  }

  #inputOf(chosen: Chosen, call: TransportCall): AttemptInput {
    const { method, operation, computes, wantsStream, signal } = this.#request;
    const { times, provider } = chosen;
    return {
      transport: provider.transport,
      call,
      operation,
      judgesBody: computes && method === "POST" && !operation.stateful,
      wantsStream,
      signal,
      clocks: {
        commitAt: this.#commitAt(times),
        firstByteMs: times.firstByteMs,
        responseMs: times.responseMs,
        responseRetryMs: times.responseRetryMs,
        idleMs: times.streamIdleMs,
        mayRetryElsewhere: () => this.#mayRetryElsewhere(chosen),
      },
    };
  }

  // Without a retry left only a provider that has not failed in this request may take over.
  #mayRetryElsewhere({ candidate, provider }: Chosen): boolean {
    if (!this.#ledger.mayTimeOut) return false;
    const { need } = this.#request;
    const tried = [...this.#tried, { candidate }];
    const route = this.#ledger.mayRetry(provider) ? need.route : untriedRoute(need, tried);
    return this.#deps.balancer.hasOther({ ...need, route }, tried, this.#deps.timing.now());
  }

  #commitAt({ commitMs }: TimeoutsConfig): number {
    return this.#request.receivedAt + commitMs;
  }
}

// Refusals that blame a key are rotated and cost nothing.
function isFault({ verdict }: Tried): boolean {
  return verdict.next !== "rotate";
}

function untriedRoute({ route }: Need, tried: readonly { readonly candidate: Candidate }[]): Need["route"] {
  const known = new Set(tried.map(({ candidate }) => candidate.provider));
  return route.map((tier) => tier.filter(({ provider }) => !known.has(provider)));
}

function sentOrganization(headers: Headers): boolean {
  return headers.has("openai-organization") || headers.has("openai-project");
}
