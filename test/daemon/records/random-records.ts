// Request records of few names, so that filters meet many of them, and what a filter means without a database.
import type { AttemptRecord, RequestDetail, RequestRecord } from "../../../src/records/record.ts";
import type { RecordFilter, RecordQuestion } from "../../../src/records/record-filter.ts";
import { SEQS_OF_MS } from "../../../src/records/seq-range.ts";
import { START } from "../../balancer/fixtures.ts";

const STATUSES = [200, 200, 200, 201, 400, 404, 429, 500, 503, undefined] as const;
/** Two keys have the same name, and one changed its own. */
const KEYS = [
  { provider: "a", id: "id-1", name: "one" },
  { provider: "a", id: "id-2", name: "two" },
  { provider: "b", id: "id-3", name: "two" },
  { provider: "b", id: "id-1", name: "renamed" },
] as const;

/** Each of these may match something or nothing. */
export const FILTERS: { readonly [Name in keyof RecordFilter]-?: readonly RecordFilter[Name][] } = {
  errors: [true, false],
  sinceMs: [START, START + 90, START + 100_000],
  afterSeq: [0, (START + 20) * SEQS_OF_MS, Number.MAX_SAFE_INTEGER],
  untilMs: [START, START + 150, START + 100_000],
  status: ["200", "2xx", "4xx", "429", "5xx", "201", "1xx", "nonsense"],
  provider: ["a", "b", "none"],
  key: ["id-1", "one", "two", "renamed", "id-3", "none"],
  model: ["m1", "m2", "up-m1", "none"],
  token: ["t1", "t2", "none"],
  operation: ["chat/completions", "embeddings", "none"],
  id: ["req-7", "trace-3", "none"],
  end: ["ok", "error", "client_gone"],
  outcome: ["ok", "server_error", "upstream_error", "none"],
  minMs: [0, 1, 50, 10_000],
  minAttempts: [1, 2, 3],
  text: ["REQ-1", "says no", "up-m1", "100%", "_", "renamed", "trace-2", "\\"],
};

/** In the order of their places; many end in the same millisecond. */
export function randomRecords(count: number, random: () => number): readonly RequestDetail[] {
  let seq = START * SEQS_OF_MS;
  return Array.from({ length: count }, (_, at) => {
    seq = Math.max(seq + 1, (START + Math.floor(at / 3)) * SEQS_OF_MS);
    return randomRecord(at, seq, (items) => items[Math.floor(random() * items.length)] as never);
  });
}

type PickOne = <Item>(items: readonly Item[]) => Item;

function randomRecord(at: number, seq: number, pick: PickOne): RequestDetail {
  const endedAt = Math.floor(seq / SEQS_OF_MS);
  const key = pick(KEYS);
  const status = pick(STATUSES);
  const isBad = status === undefined || status >= 400;
  const tries = isBad || pick([true, false, false]) ? [1, 2].slice(0, pick([1, 2])).map((n) => attempt(n, pick)) : [];
  const model = pick(["m1", "m2", undefined]);
  return {
    seq,
    id: `req-${at}`,
    traceId: pick([undefined, undefined, `trace-${at % 5}`]),
    receivedAt: endedAt - pick([0, 1, 1, 50, 700]),
    endedAt,
    client: pick(["t1", "t2", undefined]),
    method: "POST",
    route: "/v1/chat/completions",
    operation: pick(["chat/completions", "embeddings"]),
    model,
    upstreamModel: pick([undefined, "up-m1"]),
    provider: key.provider,
    keyId: key.id,
    keyName: key.name,
    status,
    end: isBad ? "error" : "ok",
    outcome: isBad ? "server_error" : "ok",
    errorCode: isBad ? pick([undefined, "upstream_error", "100%_\\"]) : undefined,
    isFailure: status === undefined || status >= 500,
    attempts: Math.max(1, tries.length),
    waitedMs: 0,
    bodyMs: 0,
    firstByteMs: pick([undefined, 5]),
    bytesIn: 1,
    bytesOut: 2,
    promptTokens: pick([undefined, 0, 7]),
    completionTokens: pick([undefined, 3]),
    cachedTokens: undefined,
    reasoningTokens: undefined,
    costNanos: pick([undefined, 0, 5, 5, 9]),
    isStream: pick([true, false]),
    repaired: undefined,
    weight: 1,
    tries,
    body: isBad && pick([true, false]) ? { text: "{}", size: 2 } : undefined,
  };
}

function attempt(number: number, pick: PickOne): AttemptRecord {
  const key = pick(KEYS);
  const isOk = pick([true, false, false]);
  return {
    number,
    provider: key.provider,
    keyId: key.id,
    keyName: key.name,
    model: undefined,
    startedAt: START,
    endedAt: START,
    waitedMs: 0,
    backoffMs: 0,
    sentMs: 1,
    headMs: isOk ? undefined : 3,
    proxy: undefined,
    outcome: isOk ? "ok" : "server_error",
    blame: isOk ? "none" : "provider",
    status: isOk ? 200 : 500,
    reason: undefined,
    message: undefined,
    text: isOk ? undefined : "upstream says no",
    headers: isOk ? undefined : "retry-after: 1",
  };
}

/** What a filter means. */
export function matches(record: RequestDetail, filter: RecordFilter): boolean {
  const { errors, sinceMs, untilMs, status, provider, key, model, token, operation, id } = filter;
  const { end, outcome, minMs, minAttempts, text, afterSeq } = filter;
  const all = [record, ...record.tries];
  return (
    (errors !== true || record.isFailure || (record.status ?? 0) >= 400) &&
    (afterSeq === undefined || record.seq > afterSeq) &&
    (sinceMs === undefined || record.endedAt >= sinceMs) &&
    (untilMs === undefined || record.endedAt < untilMs) &&
    (status === undefined || statusMatches(record.status, status)) &&
    (provider === undefined || all.some((one) => one.provider === provider)) &&
    (key === undefined || all.some(({ keyId, keyName }) => keyId === key || keyName === key)) &&
    (model === undefined || record.model === model || record.upstreamModel === model) &&
    (token === undefined || record.client === token) &&
    (operation === undefined || record.operation === operation) &&
    (id === undefined || record.id === id || record.traceId === id) &&
    (end === undefined || record.end === end) &&
    (outcome === undefined || record.errorCode === outcome || all.some((one) => one.outcome === outcome)) &&
    (minMs === undefined || record.endedAt - record.receivedAt >= minMs) &&
    (minAttempts === undefined || record.attempts >= minAttempts) &&
    (text === undefined || hasText(record, text))
  );
}

function hasText(record: RequestDetail, text: string): boolean {
  const { id, traceId, client, route, operation, model, upstreamModel, outcome, errorCode } = record;
  const own = [id, traceId, client, route, operation, model, upstreamModel, outcome, errorCode];
  const named = [record, ...record.tries].flatMap(({ provider, keyId, keyName }) => [provider, keyId, keyName]);
  const said = record.tries.flatMap((attempt) => [attempt.outcome, attempt.reason, attempt.message, attempt.text]);
  return [...own, ...named, ...said].some((one) => one?.toLowerCase().includes(text.toLowerCase()));
}

/** Those that match, in the order of the question. */
export function listed(records: readonly RequestDetail[], question: RecordQuestion): readonly RequestDetail[] {
  const direction = question.order === "asc" ? 1 : -1;
  const value = (record: RequestRecord) => valueFor(record, question.sort);
  return records
    .filter((record) => matches(record, question))
    .sort((a, b) => direction * (value(a) - value(b) || a.seq - b.seq));
}

function statusMatches(status: number | undefined, pattern: string): boolean {
  if (status === undefined) return false;
  return pattern.endsWith("xx") ? String(status)[0] === pattern[0] : String(status) === pattern;
}

function valueFor(record: RequestRecord, sort: RecordQuestion["sort"]): number {
  const { promptTokens, completionTokens } = record;
  const isUnknown = promptTokens === undefined && completionTokens === undefined;
  const values = {
    time: record.seq,
    duration: record.endedAt - record.receivedAt,
    tokens: isUnknown ? -1 : (promptTokens ?? 0) + (completionTokens ?? 0),
    cost: record.costNanos ?? -1,
  };
  return values[sort];
}
