// Counts finished requests and their attempts: everything that metrics say about them.
import type { Config } from "../config/config.ts";
import type { Usage } from "../core/usage.ts";
import { overheadMs } from "../proxy/overhead.ts";
import type { AttemptTrace, Trace } from "../proxy/trace.ts";
import { FirstNames, ModelNames, type ModelNamesOptions, NONE, OTHER } from "./bounded-names.ts";
import { Buckets, CALL_SECONDS, OWN_SECONDS, TOKENS } from "./buckets.ts";
import { genAiOperation, genAiProvider } from "./gen-ai-names.ts";
import { SeriesBook } from "./series-book.ts";

export type RequestCountsOptions = Pick<ModelNamesOptions, "redact"> & {
  /** Whether a provider's list has the name. */
  readonly isListed: (provider: string, model: string) => boolean;
};

/** More label sets than these are counted together; a histogram shows some 20 lines for each. */
const MAX_REQUEST_SETS = 600;
const MAX_HISTOGRAM_SETS = 400;
const MAX_COUNTER_SETS = 1_000;
const MAX_ROUTES = 300;
const STATUS_CLASSES = [NONE, "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

const callSeconds = () => new Buckets(CALL_SECONDS);
const ownSeconds = () => new Buckets(OWN_SECONDS);
const callLabels = ["operation", "provider", "model"] as const;

/** Tokens as the answers of providers state them; `cached` is a part of `input`, `reasoning` one of `output`. */
export interface TokenSums {
  input: number;
  output: number;
  cached: number;
  reasoning: number;
}

/** One instance counts for as long as the process lives; a trace takes it about 1 µs. */
export class RequestCounts {
  readonly requests = new SeriesBook({
    labels: ["route", "provider", "model", "status_class", "end"],
    make: callSeconds,
    max: MAX_REQUEST_SETS,
    folded: ["route", "model"],
  });
  readonly firstBytes = new SeriesBook({
    labels: ["route", "provider", "model"],
    make: callSeconds,
    max: MAX_HISTOGRAM_SETS,
    folded: ["route", "model"],
  });
  readonly overheads = new SeriesBook({ labels: ["provider"], make: ownSeconds, max: MAX_HISTOGRAM_SETS, folded: [] });
  readonly waits = new SeriesBook({ labels: ["provider"], make: callSeconds, max: MAX_HISTOGRAM_SETS, folded: [] });
  readonly attempts = new SeriesBook({
    labels: ["provider", "model", "outcome"],
    make: () => ({ count: 0 }),
    max: MAX_COUNTER_SETS,
    folded: ["model"],
  });
  /** `error`: as `error.type`; empty for none. */
  readonly calls = new SeriesBook({
    labels: [...callLabels, "error"],
    make: callSeconds,
    max: MAX_HISTOGRAM_SETS,
    folded: ["operation", "model"],
  });
  readonly firstChunks = new SeriesBook({
    labels: callLabels,
    make: callSeconds,
    max: MAX_HISTOGRAM_SETS,
    folded: ["operation", "model"],
  });
  readonly usages = new SeriesBook({
    labels: [...callLabels, "type"],
    make: () => new Buckets(TOKENS),
    max: MAX_HISTOGRAM_SETS,
    folded: ["operation", "model"],
  });
  readonly tokens = new SeriesBook<"provider" | "model", TokenSums>({
    labels: ["provider", "model"],
    make: () => ({ input: 0, output: 0, cached: 0, reasoning: 0 }),
    max: MAX_COUNTER_SETS,
    folded: ["model"],
  });
  /** Of each single key, with `metrics.per_key`; as many as are configured. */
  readonly keyAttempts = new SeriesBook({
    labels: ["provider", "key_id", "outcome"],
    make: () => ({ count: 0 }),
    max: Number.POSITIVE_INFINITY,
    folded: [],
  });
  readonly #models: ModelNames;
  readonly #routes = new FirstNames(MAX_ROUTES);
  #repaired = 0;
  #isOn = true;
  #countsKeys = false;
  /** The names of the conventions, by those of the configuration. */
  #providers: ReadonlyMap<string, string> = new Map();
  #keys: ReadonlySet<string> = new Set();
  #named: ReadonlySet<string> = new Set();

  constructor(config: Config, { redact, isListed }: RequestCountsOptions) {
    const isInList = (name: string) => this.#providers.keys().some((provider) => isListed(provider, name));
    this.#models = new ModelNames({ redact, isKnown: (name) => this.#named.has(name) || isInList(name) });
    this.use(config);
  }

  get repaired(): number {
    return this.#repaired;
  }

  /** Whether each single key is counted. */
  get countsKeys(): boolean {
    return this.#countsKeys;
  }

  /** The name of a provider in the conventions. */
  genAiProvider(provider: string): string {
    return this.#providers.get(provider) ?? provider;
  }

  /** Goes on with another configuration: what was counted of providers and keys that are gone vanishes. */
  use({ metrics, providers, models }: Config): void {
    this.#isOn = metrics.enabled;
    this.#countsKeys = metrics.perKey;
    this.#providers = new Map(providers.map((provider) => [provider.name, genAiProvider(provider)]));
    this.#keys = new Set(metrics.perKey ? providers.flatMap(({ keys }) => keys.map(({ id }) => id)) : []);
    this.#named = new Set([...models].flatMap(([name, route]) => [name, ...route.flat().map(({ model }) => model)]));
    const isThere = ({ provider }: { readonly provider: string }) =>
      provider === NONE || provider === OTHER || this.#providers.has(provider);
    const { requests, firstBytes, overheads, waits, attempts, calls, firstChunks, usages, tokens } = this;
    for (const book of [requests, firstBytes, overheads, waits, attempts, calls, firstChunks, usages, tokens])
      book.retain(isThere);
    this.keyAttempts.retain(({ key_id }) => this.#keys.has(key_id));
  }

  /** Counts some requests. */
  note(traces: readonly Trace[]): void {
    if (!this.#isOn) return;
    for (const trace of traces) {
      this.#noteRequest(trace);
      for (const attempt of trace.attempts) this.#noteAttempt(attempt, trace);
      if (trace.attempts.length > 0) this.#noteCommit(trace);
    }
  }

  #noteRequest(trace: Trace): void {
    const { status, end, receivedAt, endedAt, waitedMs } = trace;
    const provider = this.#provider(trace.provider);
    const model = this.#models.label(trace.model, isServed(trace));
    const route = this.#routes.label(trace.route);
    const status_class = STATUS_CLASSES[Math.floor((status ?? 0) / 100)] ?? NONE;
    this.requests.of({ route, provider, model, status_class, end }).observe(seconds(endedAt - receivedAt));
    if (trace.committedAt !== undefined && isServedStream(trace))
      this.firstBytes.of({ route, provider, model }).observe(seconds(trace.committedAt - receivedAt));
    if (waitedMs > 0) this.waits.of({ provider }).observe(seconds(waitedMs));
    if (trace.repaired !== undefined) this.#repaired += 1;
  }

  #noteAttempt(attempt: AttemptTrace, trace: Trace): void {
    const { keyId, model: asked, startedAt, endedAt } = attempt;
    const provider = this.#provider(attempt.provider);
    const outcome: string = attempt.outcome ?? NONE;
    const model = this.#models.label(asked, outcome === "ok");
    this.attempts.of({ provider, model, outcome }).count += 1;
    if (this.#countsKeys && this.#keys.has(keyId)) this.keyAttempts.of({ provider, key_id: keyId, outcome }).count += 1;
    // How long a session lasts is no measure of a model, and what names no model is no call of one.
    if (asked === undefined || trace.status === SWITCHED) return;
    const operation = genAiOperation(trace.operation);
    const error = outcome === "ok" ? "" : outcome;
    this.calls.of({ operation, provider, model, error }).observe(seconds(endedAt - startedAt));
  }

  /** What only the attempt did that served the request, or was the last one. */
  #noteCommit(trace: Trace): void {
    const { committedAt, status } = trace;
    const last = trace.attempts.at(-1);
    if (last === undefined) return;
    const provider = this.#provider(last.provider);
    if (status !== SWITCHED) this.overheads.of({ provider }).observe(seconds(overheadMs(trace)));
    if (committedAt !== undefined && isServedStream(trace)) {
      const model = this.#models.label(last.model, true);
      const call = { operation: genAiOperation(trace.operation), provider, model };
      this.firstChunks.of(call).observe(seconds(committedAt - last.startedAt));
    }
    if (trace.usage !== undefined) this.#noteUsage(trace, trace.usage, provider);
  }

  #noteUsage(trace: Trace, usage: Usage, provider: string): void {
    const { promptTokens, completionTokens, cachedTokens = 0, reasoningTokens = 0 } = usage;
    // Not that of the attempt: what is told later was spent by an earlier request, and a session may name it late.
    const model = this.#models.label(trace.upstreamModel ?? trace.attempts.at(-1)?.model, isServed(trace));
    if (trace.status !== SWITCHED) {
      const call = { operation: genAiOperation(trace.operation), provider, model };
      if (promptTokens !== undefined) this.usages.of({ ...call, type: "input" }).observe(promptTokens);
      if (completionTokens !== undefined) this.usages.of({ ...call, type: "output" }).observe(completionTokens);
    }
    const sums = this.tokens.of({ provider, model });
    sums.input += promptTokens ?? 0;
    sums.output += completionTokens ?? 0;
    sums.cached += cachedTokens;
    sums.reasoning += reasoningTokens;
  }

  /** A request may end after its provider was taken out of the configuration. */
  #provider(name: string | undefined): string {
    if (name === undefined) return NONE;
    return this.#providers.has(name) ? name : OTHER;
  }
}

/** The status of a WebSocket's beginning. */
const SWITCHED = 101;

function isServed({ status }: Trace): boolean {
  return status !== undefined && status < 400;
}

/** The beginning of a session is none of its output. */
function isServedStream(trace: Trace): boolean {
  return trace.isStream && isServed(trace) && trace.status !== SWITCHED;
}

/** A clock that was set back makes no time negative. */
function seconds(ms: number): number {
  return Math.max(0, ms) / 1000;
}
