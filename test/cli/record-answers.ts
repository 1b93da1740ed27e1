// What a daemon answers that has recorded a night with some trouble, as a person would meet it.
import type { OutputOf } from "../../src/admin/operation-table.ts";
import { SEQS_OF_MS } from "../../src/records/seq-range.ts";

type RecordRow = OutputOf<"logs.follow">;
type UsageRow = OutputOf<"stats">["total"];

const ENDED = "2026-03-01T02:14:05.250Z";

/** One that was served at once, unless something else is said. */
export function recordRow(given: Partial<RecordRow> & Pick<RecordRow, "id">): RecordRow {
  return {
    seq: Date.parse(given.ended_at ?? ENDED) * SEQS_OF_MS,
    received_at: "2026-03-01T02:14:04.339Z",
    ended_at: ENDED,
    ms: 911,
    waited_ms: 0,
    first_byte_ms: 240,
    token: "ci",
    method: "POST",
    route: "/v1/chat/completions",
    operation: "chat/completions",
    model: "fast",
    upstream_model: "gpt-4o-mini",
    provider: "openai",
    key: "team-a",
    key_id: "d213f9976aa2",
    status: 200,
    end: "ok",
    outcome: "ok",
    failed: false,
    attempts: 1,
    bytes_in: 60,
    bytes_out: 222,
    prompt_tokens: 1_312,
    completion_tokens: 34,
    cost: 0.00123,
    stream: false,
    weight: 1,
    ...given,
  };
}

/** The whole of one that failed with two keys. */
export const FAILED: OutputOf<"logs.get">["record"] = {
  ...recordRow({
    id: "req_01jn8failed",
    trace_id: "0af7651916cd43dd8448eb211c80319c",
    ended_at: "2026-03-01T02:15:10.000Z",
    received_at: "2026-03-01T02:14:57.900Z",
    ms: 12_100,
    waited_ms: 1_200,
    status: 502,
    end: "error",
    outcome: "server_error",
    error_code: "upstream_error",
    failed: true,
    attempts: 2,
    stream: true,
    cached_tokens: 1_024,
    reasoning_tokens: 12,
  }),
  tries: [
    {
      number: 1,
      provider: "openai",
      key: "team-b",
      key_id: "0b6e1c55f0d1",
      model: "gpt-4o-mini",
      started_at: "2026-03-01T02:14:59.100Z",
      ended_at: "2026-03-01T02:14:59.300Z",
      ms: 200,
      outcome: "invalid_key",
      status: 401,
      reason: "invalid_api_key",
      message: "Incorrect API key provided: sk-f...0002.",
      text: '{\n  "error": { "message": "Incorrect API key provided: sk-f...0002." }\n}\n',
    },
    {
      number: 2,
      provider: "openai",
      key: "team-a",
      key_id: "d213f9976aa2",
      model: "gpt-4o-mini",
      started_at: "2026-03-01T02:14:59.320Z",
      ended_at: "2026-03-01T02:15:10.000Z",
      ms: 10_680,
      proxy: "1f0a9c3d77be",
      outcome: "server_error",
      reason: "ECONNRESET",
      message: "The connection was reset",
    },
  ],
  body: { text: '{"model":"fast","messages":[]}', size: 90_000 },
};

const { tries: _tries, body: _body, ...failedRow } = FAILED;

/** Oldest first. */
export const RECORDS: readonly RecordRow[] = [
  recordRow({ id: "req_01jn8served" }),
  recordRow({ id: "req_01jn8tried2", status: 429, end: "error", outcome: "rate_limited", attempts: 3, weight: 10 }),
  recordRow({ id: "req_01jn8left", end: "client_gone", outcome: "client_gone", stream: true, waited_ms: 700 }),
  failedRow,
];

function usageRow(given: Partial<UsageRow>): UsageRow {
  return {
    requests: 0,
    served: 0,
    refused: 0,
    failed: 0,
    left: 0,
    attempts: 0,
    failed_attempts: 0,
    prompt_tokens: 0,
    completion_tokens: 0,
    cached_tokens: 0,
    reasoning_tokens: 0,
    cost: 0,
    unpriced: 0,
    bytes_in: 0,
    bytes_out: 0,
    duration_ms: {},
    first_byte_ms: {},
    ...given,
  };
}

const OPENAI = usageRow({
  value: "openai",
  requests: 27_617,
  served: 27_362,
  refused: 200,
  failed: 5,
  left: 50,
  attempts: 27_900,
  failed_attempts: 283,
  prompt_tokens: 12_345_678,
  completion_tokens: 456_789,
  cost: 12.3456,
  duration_ms: { p50: 911, p95: 4_200, p99: 12_000 },
  first_byte_ms: { p50: 240, p95: 900 },
});
const DEEPSEEK = usageRow({ value: "deepseek", requests: 88, served: 88, attempts: 88, unpriced: 88 });

const COUNTED = { from: "2026-02-28T12:00:00.000Z", to: "2026-03-01T12:00:00.000Z", recording: true } as const;

export const USAGE: OutputOf<"stats"> = {
  ...COUNTED,
  total: usageRow({ ...OPENAI, value: undefined, requests: 27_705, served: 27_450, unpriced: 88 }),
  groups: [OPENAI, DEEPSEEK],
  more: 3,
  series: Array.from({ length: 96 }, (_, at) => ({
    at: new Date(Date.parse("2026-02-28T12:00:00.000Z") + at * 900_000).toISOString(),
    requests: at * 6,
    served: at * 6 - (at % 7 === 3 ? 1 : 0),
    refused: 0,
    failed: at % 7 === 3 ? 1 : 0,
    prompt_tokens: at,
    completion_tokens: at,
    cost: at / 100,
  })),
};

const COMMON = { provider: "openai", last_at: "2026-03-01T11:53:00.000Z", attempts: 412 } as const;

const FAULTY: OutputOf<"stats.attention">["keys"] = [
  {
    ...{ ...COMMON, key_id: "0b6e1c55f0d1", key: "team-b", status: 401, outcome: "invalid_key", failures: 240 },
    state: "invalid",
  },
  {
    ...{ ...COMMON, key_id: "e4019c7a5532", key: "main", provider: "deepseek", status: 402, outcome: "no_credit" },
    ...{ failures: 88, state: "exhausted" },
  },
  { ...COMMON, key_id: "77aa21d3c9fe", key: "sk-f...0003", outcome: "timeout", failures: 12, state: "ready" },
  { ...COMMON, key_id: "ffffffffffff", key: "removed", status: 500, outcome: "server_error", failures: 1 },
];

export const ATTENTION: OutputOf<"stats.attention"> = { ...COUNTED, keys: FAULTY };
