// One call with one key to learn whether it works: what commands and checks ask, without any client.
import type { Balancer } from "../../balancer/balancer.ts";
import type { Attempt, Change, Need } from "../../balancer/contract.ts";
import type { TimeoutsConfig } from "../../config/config.ts";
import type { Verdict } from "../../core/verdict.ts";
import { classify } from "../../upstream/classify.ts";
import type { Dialect } from "../../upstream/dialect.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { Provider, UpstreamKey } from "../../upstream/provider.ts";
import type { LiveAnswer, LiveEnd } from "../answer/live-answer.ts";
import { NO_FACTS } from "../body/body-facts.ts";
import type { ClientRequest } from "../client-request.ts";
import { operationOf } from "../paths/operations.ts";
import type { Timing } from "../timing.ts";
import { runAttempt } from "./attempt.ts";
import { outcomeOf } from "./attempt-outcome.ts";
import type { AttemptResult } from "./attempt-result.ts";
import { type EndDeps, endAttempt, spentBy } from "./end-attempt.ts";
import { upstreamCall } from "./upstream-call.ts";

/** `model`: a short chat with it; undefined: the free call at `probePath`. */
export interface Probe {
  readonly provider: Provider;
  readonly key: UpstreamKey;
  readonly model: string | undefined;
  readonly signal: AbortSignal;
}

export interface ProbeDeps {
  /** Takes note of what the call meets; without one nobody does. */
  readonly balancer: Balancer | undefined;
  readonly timing: Timing;
  readonly timeoutsOf: (provider: Provider, model: string | undefined) => TimeoutsConfig;
  readonly redact: (text: string) => string;
  readonly onChanges: (changes: readonly Change[]) => void;
  /** Where requests may wait for the slot that the call takes. */
  readonly waiting?: EndDeps["waiting"];
}

/** `latencyMs`: to the end of the answer, `firstTokenMs`: to the first output of a chat. */
export interface ProbeEnd {
  readonly verdict: Verdict;
  /** The key works, as far as this call can tell. */
  readonly isOk: boolean;
  readonly latencyMs: number;
  readonly firstTokenMs: number | undefined;
}

/** Health takes one vote of a client at a time; these calls are ours. */
const CLIENT = "probe";
/** Short, and enough for every model to begin. */
const MAX_TOKENS = 16;
/** Some models know the limit by another name only (platform.openai.com/docs/api-reference/chat/create). */
const LIMIT_FIELDS = ["max_tokens", "max_completion_tokens"] as const;

/** The operation of a short chat. */
export function chatOperation({ nativeVendor }: Pick<Dialect, "nativeVendor">): "messages" | "chat/completions" {
  return nativeVendor === "anthropic" ? "messages" : "chat/completions";
}

/** Makes the call, and a second one where the provider wants the other name of the limit. Never rejects for its faults. */
export async function runProbe(probe: Probe, deps: ProbeDeps): Promise<ProbeEnd> {
  if (probe.model === undefined) return (await new ProbeRun(probe, deps, undefined).run()).end;
  const [first, second] = LIMIT_FIELDS;
  const { end, answer } = await new ProbeRun(probe, deps, first).run();
  if (end.verdict.status !== 400 || !answer.includes(second)) return end;
  return (await new ProbeRun(probe, deps, second).run()).end;
}

class ProbeRun {
  readonly #probe: Probe;
  readonly #deps: ProbeDeps;
  readonly #limitField: string | undefined;
  readonly #startedAt: number;

  constructor(probe: Probe, deps: ProbeDeps, limitField: string | undefined) {
    this.#probe = probe;
    this.#deps = deps;
    this.#limitField = limitField;
    this.#startedAt = deps.timing.now();
  }

  /** `answer`: the text of an error. */
  async run(): Promise<{ readonly end: ProbeEnd; readonly answer: string }> {
    const { provider, key, model } = this.#probe;
    const { balancer, timing, waiting } = this.#deps;
    const request = this.#request();
    const candidate = { provider: provider.config.name, keyId: key.id, model };
    const attempt = balancer?.begin(candidate, request.need, this.#startedAt);
    let result: AttemptResult | undefined;
    try {
      result = await this.#attempt(request);
      const firstTokenMs = result.kind === "failed" || model === undefined ? undefined : this.#elapsedMs();
      const outcome = result.kind === "live" ? await this.#finish(result.answer, attempt) : outcomeOf(result);
      const verdict = this.#judge(outcome, attempt);
      const isOk = isWorking(verdict, model);
      return { end: { verdict, isOk, latencyMs: this.#elapsedMs(), firstTokenMs }, answer: errorText(result) };
    } finally {
      const deps = balancer && { balancer, timing, waiting };
      if (attempt !== undefined && deps !== undefined) endAttempt(attempt, spentBy(result), deps);
    }
  }

  async #attempt(request: ClientRequest): Promise<AttemptResult> {
    const { provider, key, model, signal } = this.#probe;
    const { timing, timeoutsOf } = this.#deps;
    const times = timeoutsOf(provider, model);
    const { connectMs } = times;
    const call = upstreamCall(request, { provider, key, model, body: request.body, connectMs });
    if (call === undefined) return NO_CALL;
    const wantsStream = model !== undefined;
    const clocks = {
      commitAt: this.#startedAt + times.commitMs,
      firstByteMs: times.firstByteMs,
      responseMs: times.responseMs,
      responseRetryMs: times.responseMs,
      idleMs: times.streamIdleMs,
      mayRetryElsewhere: () => false,
    };
    const { operation } = request;
    const { transport } = provider;
    // A page in place of a list proves nothing.
    return runAttempt({ transport, call, operation, judgesBody: true, wantsStream, clocks, signal }, timing);
  }

  #request(): ClientRequest {
    const { provider, key, model, signal } = this.#probe;
    const isChat = model !== undefined;
    const method = isChat ? "POST" : "GET";
    const { rest, query } = isChat ? chatOf(provider) : splitQuery(provider.config.probePath ?? "/models");
    const operation = operationOf(method, rest);
    const need: Need = {
      route: [[{ provider: provider.config.name, model }]],
      operation: operation.name,
      client: CLIENT,
      pinnedKey: key.id,
      ...(!isChat && { isFree: true }),
    };
    return {
      method,
      operation,
      computes: true,
      native: false,
      rest,
      query,
      headers: new Headers(isChat ? { "content-type": "application/json" } : { accept: "application/json" }),
      body: isChat ? this.#body(model) : null,
      facts: NO_FACTS,
      wantsStream: isChat,
      need,
      signal,
      receivedAt: this.#startedAt,
    };
  }

  #body(model: string): Uint8Array {
    const messages = [{ role: "user", content: "hi" }];
    const limit = { [this.#limitField ?? LIMIT_FIELDS[0]]: MAX_TOKENS };
    return new TextEncoder().encode(JSON.stringify({ model, messages, ...limit, stream: true }));
  }

  /** Reads a stream to its end, or as long as an answer may take, and answers how that looks. */
  async #finish(answer: LiveAnswer, attempt: Attempt | undefined): Promise<Outcome> {
    const { timing, timeoutsOf } = this.#deps;
    const { provider, model } = this.#probe;
    const late = Promise.withResolvers<undefined>();
    const stopTimer = timing.schedule(timeoutsOf(provider, model).responseMs, () => late.resolve(undefined));
    try {
      this.#judge(outcomeOf({ kind: "live", answer }), attempt);
      const ended = new Promise<LiveEnd>((resolve) => answer.attach({ write: () => {}, end: resolve }));
      const end = await Promise.race([ended, late.promise]);
      return end === undefined ? { kind: "timeout", phase: "response" } : answer.outcomeOf(end);
    } finally {
      stopTimer();
      // Over already, unless it took too long.
      answer.abort();
    }
  }

  #judge(outcome: Outcome, attempt: Attempt | undefined): Verdict {
    const { balancer, timing, redact, onChanges } = this.#deps;
    const { dialect, config } = this.#probe.provider;
    const now = timing.now();
    const verdict = classify(outcome, { dialect, clientSentOrganization: false, rules: config.rules, now, redact });
    if (attempt === undefined || balancer === undefined || outcome === NO_CALL.outcome) return verdict;
    onChanges(balancer.judge(attempt, verdict, now));
    return verdict;
  }

  #elapsedMs(): number {
    return this.#deps.timing.now() - this.#startedAt;
  }
}

/** Those who copy Anthropic's API have nothing of OpenAI's beside it; the body is the same. */
function chatOf({ dialect }: Provider) {
  return { rest: `/${chatOperation(dialect)}`, query: "" };
}

function splitQuery(path: string): { readonly rest: string; readonly query: string } {
  const at = path.indexOf("?");
  return at < 0 ? { rest: path, query: "" } : { rest: path.slice(0, at), query: path.slice(at) };
}

/** There is no such address: nothing was sent, and nobody is to blame. */
const NO_CALL = {
  kind: "failed",
  outcome: { kind: "refused", cause: "invalid_path" },
  answer: undefined,
} as const satisfies AttemptResult;

/** A free call that lacks a scope was recognised all the same. */
function isWorking({ outcome, effect }: Verdict, model: string | undefined): boolean {
  return outcome === "ok" || (model === undefined && effect.kind === "operation-blocked");
}

function errorText(result: AttemptResult): string {
  return result.kind === "failed" ? new TextDecoder().decode(result.answer?.body) : "";
}
