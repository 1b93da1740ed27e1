// Traffic of a month as a large installation sees it: random, the same for the same seed, as request records.
import { keyIdOf } from "../../src/core/ids.ts";
import type { OutcomeCode } from "../../src/core/verdict.ts";
import type { AttemptRecord, RequestDetail } from "../../src/records/record.ts";
import { SEQS_OF_MS } from "../../src/records/seq-range.ts";

export interface TrafficOptions {
  readonly requests: number;
  readonly days: number;
  /** Wall-clock milliseconds of its end. */
  readonly until: number;
  readonly seed?: number;
}

const DAY_MS = 86_400_000;
const PROVIDERS = ["openai", "groq", "openrouter", "azure"] as const;
const MODELS = [
  "gpt-4o",
  "gpt-4o-mini",
  "gpt-5",
  "gpt-5-mini",
  "o4-mini",
  "text-embedding-3-small",
  "text-embedding-3-large",
  "llama-3.3-70b",
  "qwen-3-235b",
  "deepseek-r2",
  "mistral-large",
  "whisper-large-v3",
] as const;
const TOKENS = Array.from({ length: 10 }, (_, at) => `team-${at}`);
const FAULTS: readonly (readonly [outcome: OutcomeCode, status: number | undefined, reason: string])[] = [
  ["rate_limited", 429, "rate_limit_exceeded"],
  ["rate_limited", 429, "rate_limit_exceeded"],
  ["server_error", 500, "server_error"],
  ["overloaded", 503, "overloaded"],
  ["invalid_key", 401, "invalid_api_key"],
  ["timeout", undefined, "timeout"],
];
const HEADERS = "content-type: application/json\nx-request-id: req_5e7f0000000000000000";
const TEXT =
  '{"error":{"message":"Rate limit reached for requests in organization. Please try again later.","code":"rate_limit_exceeded"}}';

interface Key {
  readonly provider: string;
  readonly id: string;
  readonly name: string;
}

/** 50 keys, unevenly used, as some of many keys always are. */
export const KEYS: readonly Key[] = Array.from({ length: 50 }, (_, at) => {
  const provider = PROVIDERS[at % PROVIDERS.length] ?? "openai";
  return { provider, id: keyIdOf(provider, `sk-fake-traffic-${at}`), name: `sk-f…${String(at).padStart(4, "0")}` };
});

/** In the order of their ends. */
export function* randomTraffic({ requests, days, until, seed = 1 }: TrafficOptions): Generator<RequestDetail> {
  const dice = new Dice(seed);
  const from = until - days * DAY_MS;
  let lastSeq = 0;
  for (let at = 0; at < requests; at++) {
    const endedAt = Math.floor(from + ((at + dice.next()) / requests) * days * DAY_MS);
    const seq = Math.max(lastSeq + 1, endedAt * SEQS_OF_MS);
    lastSeq = seq;
    yield request(seq, endedAt, dice);
  }
}

function request(seq: number, endedAt: number, dice: Dice): RequestDetail {
  const durationMs = Math.floor(80 * Math.exp(dice.next() * 5));
  const receivedAt = endedAt - durationMs;
  const model = dice.skewed(MODELS);
  const failures = dice.next() < 0.05 ? dice.below(3) + 1 : 0;
  const isLost = failures > 0 && dice.next() < 0.3;
  const isRefused = failures === 0 && dice.next() < 0.01;
  const place = { receivedAt, endedAt, model, durationMs };
  const tries = failures === 0 ? [] : triesOf(place, { failures, isLost }, dice);
  const last = tries.at(-1);
  const key = last === undefined ? dice.skewed(KEYS) : { id: last.keyId, name: last.keyName, provider: last.provider };
  const isServed = !isLost && !isRefused;
  const random = dice.hex();
  return {
    seq,
    id: `req_${receivedAt.toString(16).padStart(12, "0")}${random}`,
    traceId: dice.next() < 0.2 ? `${random}${random}${random}`.slice(0, 32) : undefined,
    receivedAt,
    endedAt,
    client: dice.skewed(TOKENS),
    method: "POST",
    route: "/v1/chat/completions",
    operation: model.startsWith("text-") ? "embeddings" : "chat/completions",
    model,
    ...served(key, model),
    status: isServed ? 200 : isRefused ? 400 : (last?.status ?? 504),
    end: isServed ? "ok" : "error",
    outcome: isServed ? "ok" : isRefused ? "client_error" : last?.outcome,
    errorCode: isLost ? "no_usable_key" : undefined,
    isFailure: isLost,
    attempts: Math.max(1, tries.length),
    ...sizes(isServed, durationMs, dice),
    repaired: undefined,
    weight: 1,
    tries,
    body: undefined,
  };
}

function served({ provider, id, name }: Key, model: string) {
  const upstreamModel = provider === "azure" ? `deployment-${model}` : undefined;
  return { upstreamModel, provider, keyId: id, keyName: name };
}

function sizes(isServed: boolean, durationMs: number, dice: Dice) {
  return {
    waitedMs: dice.next() < 0.02 ? dice.below(2_000) : 0,
    bodyMs: dice.below(3),
    firstByteMs: Math.min(durationMs, 40 + dice.below(400)),
    bytesIn: 400 + dice.below(8_000),
    bytesOut: 300 + dice.below(12_000),
    promptTokens: isServed ? 50 + dice.below(3_000) : undefined,
    completionTokens: isServed ? 5 + dice.below(900) : undefined,
    cachedTokens: isServed && dice.next() < 0.3 ? dice.below(1_000) : undefined,
    reasoningTokens: undefined,
    costNanos: isServed ? 10_000 + dice.below(5_000_000) : undefined,
    isStream: dice.next() < 0.6,
  };
}

interface Place {
  readonly receivedAt: number;
  readonly endedAt: number;
  readonly model: string;
  readonly durationMs: number;
}

interface Fate {
  readonly failures: number;
  readonly isLost: boolean;
}

function triesOf({ receivedAt, model, durationMs }: Place, { failures, isLost }: Fate, dice: Dice): AttemptRecord[] {
  const count = failures + (isLost ? 0 : 1);
  return Array.from({ length: count }, (_, at) => {
    const key = dice.skewed(KEYS);
    const isOk = !isLost && at === count - 1;
    const [outcome, status, reason] = isOk ? (["ok", 200, undefined] as const) : (dice.any(FAULTS) ?? FAULTS[0]);
    return {
      number: at + 1,
      provider: key.provider,
      keyId: key.id,
      keyName: key.name,
      model,
      startedAt: receivedAt + Math.floor((durationMs * at) / count),
      endedAt: receivedAt + Math.floor((durationMs * (at + 1)) / count),
      waitedMs: 0,
      backoffMs: 0,
      sentMs: dice.below(90),
      headMs: isOk ? undefined : 100 + dice.below(300),
      proxy: undefined,
      outcome,
      blame: isOk ? ("none" as const) : ("key" as const),
      status,
      reason,
      message: isOk ? undefined : "Rate limit reached for requests",
      text: isOk ? undefined : TEXT,
      headers: isOk ? undefined : HEADERS,
    };
  });
}

/** Small and quick, and always the same (Mulberry32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  any<Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** The first ones far more often than the last. */
  skewed<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.next() ** 2.5 * items.length)] as Item;
  }

  hex(): string {
    return (
      this.below(2 ** 32)
        .toString(16)
        .padStart(8, "0") +
      this.below(2 ** 16)
        .toString(16)
        .padStart(4, "0")
    );
  }
}
