// Request records as the control API tells of them.
import { z } from "zod";
import { type AttemptRecord, RECORD_ENDS, type RequestDetail, type RequestRecord } from "../records/record.ts";
import { amountOf } from "../tokens/budget-meter.ts";
import { isoTime, time } from "./iso-time.ts";

const text = z.string().optional();
const amount = z.int().optional();

export const recordRow = z.object({
  id: z.string().describe("The id of the request, as its client got it in `x-openai-balance-request-id`."),
  seq: z.int().describe("Its place among all: later ends have greater ones. `logs.follow` takes it as `after`."),
  trace_id: text.describe("The trace that its client says it belongs to (W3C Trace Context)."),
  received_at: time.describe("When it came."),
  ended_at: time.describe("When its answer ended."),
  ms: z.int().describe("How long that took, in milliseconds."),
  waited_ms: z.int().describe("How much of it it waited for a key that was free."),
  first_byte_ms: amount.describe("From its arrival to the first byte of its answer."),
  token: text.describe("The name of the client token."),
  method: z.string().describe("Its HTTP method."),
  route: z.string().describe("Its path, with placeholders for ids."),
  operation: z.string().describe("What was asked for, as `operations` of client tokens name it."),
  model: text.describe("The model as the client named it."),
  upstream_model: text.describe("The model as the provider names it, where that differs."),
  provider: text.describe("Who served it, or was tried last."),
  key: text.describe("The name of the key."),
  key_id: text.describe("Its id."),
  status: amount.describe("What the client saw; absent where it left before."),
  end: z.enum(RECORD_ENDS).describe("How it ended for its client. `interrupted`: the answer broke off."),
  outcome: text.describe("How its last attempt ended, such as `ok`, `rate_limited`, `timeout`."),
  error_code: text.describe("The error code, where the answer was made here."),
  failed: z
    .boolean()
    .describe("Its client got 500 or more, or a broken answer, or an error for which its provider or key is to blame."),
  attempts: z.int().describe("How many calls of providers it took."),
  body_ms: amount.describe("How long its client took to send the body."),
  bytes_in: z.int().describe("Bytes of the request's body."),
  bytes_out: z.int().describe("Bytes of the answer's body."),
  prompt_tokens: amount.describe("Tokens of the request, cached ones included."),
  completion_tokens: amount.describe("Tokens of the answer, those of reasoning included."),
  cached_tokens: amount.describe("Those of the request that the provider had in its cache."),
  reasoning_tokens: amount.describe("Those of the answer that are reasoning."),
  cost: z
    .number()
    .optional()
    .describe("What it cost, in the currency of `usage.prices`; absent where no price is known."),
  stream: z.boolean().describe("The answer was a stream."),
  repaired: text.describe("What of its path was put right."),
  weight: z.int().describe("How many requests it stands for: more than one above `requests.max_rate`."),
});

export type RecordRow = z.output<typeof recordRow>;

const attemptRow = z.object({
  number: z.int().describe("From 1."),
  provider: z.string().describe("Who was asked."),
  key: z.string().describe("The name of the key."),
  key_id: z.string().describe("Its id."),
  model: text.describe("The model as the provider names it."),
  started_at: time.describe("When it began."),
  ended_at: time.describe("When it ended."),
  ms: z.int().describe("How long it took, in milliseconds."),
  waited_ms: amount.describe("How long the request waited for a key since the attempt before."),
  backoff_ms: amount.describe("How long it held back since then before it tried again where it had failed."),
  sent_ms: amount.describe("From its begin until a connection was there and the call began to go out."),
  head_ms: amount.describe("From its begin until the head of the answer came."),
  proxy: text.describe("The id of the outbound proxy."),
  outcome: text.describe("How it ended."),
  blame: text.describe("Who is at fault: `client`, `key`, `provider` and the like, or `none`."),
  status: amount.describe("What the provider answered; absent where no answer came."),
  reason: text.describe("The provider's code of what was wrong, or ours."),
  message: text.describe("What the provider said, shortened."),
  text: text.describe("What the provider answered in place of an answer, at most 4 KiB, secrets masked."),
  headers: text.describe("Headers of that, such as its id at the provider: `name: value`, one a line."),
});

/** A request with everything that is kept of it. */
export const recordDetail = recordRow.extend({
  tries: z.array(attemptRow).describe("Its attempts; empty where the first one served it, or they are kept no longer."),
  body: z
    .object({
      text: z.string().describe("What the client sent, secrets masked, as much as is kept."),
      size: z.int().describe("How many bytes all of it had."),
    })
    .optional()
    .describe("Only of failed requests, with `requests.record_bodies: on_error`."),
});

export type RecordDetail = z.output<typeof recordDetail>;

export function toRecordRow(record: RequestRecord): RecordRow {
  const { seq, id, method, route, operation, end, attempts } = record;
  return known({
    id,
    seq,
    trace_id: record.traceId,
    received_at: isoTime(record.receivedAt),
    ended_at: isoTime(record.endedAt),
    ms: Math.max(0, record.endedAt - record.receivedAt),
    waited_ms: record.waitedMs,
    first_byte_ms: record.firstByteMs,
    token: record.client,
    method,
    route,
    operation,
    model: record.model,
    upstream_model: record.upstreamModel,
    provider: record.provider,
    key: record.keyName,
    key_id: record.keyId,
    status: record.status,
    end,
    outcome: record.outcome as string | undefined,
    error_code: record.errorCode,
    failed: record.isFailure,
    attempts,
    body_ms: record.bodyMs,
    bytes_in: record.bytesIn,
    bytes_out: record.bytesOut,
    prompt_tokens: record.promptTokens,
    completion_tokens: record.completionTokens,
    cached_tokens: record.cachedTokens,
    reasoning_tokens: record.reasoningTokens,
    cost: record.costNanos === undefined ? undefined : amountOf(record.costNanos),
    stream: record.isStream,
    repaired: record.repaired,
    weight: record.weight,
  });
}

export function toRecordDetail({ tries, body, ...record }: RequestDetail): RecordDetail {
  return {
    ...toRecordRow(record),
    tries: tries.map(toAttemptRow),
    ...(body !== undefined && { body: { text: body.text, size: body.size } }),
  };
}

function toAttemptRow(attempt: AttemptRecord): z.output<typeof attemptRow> {
  const { number, provider, keyId, keyName, model, startedAt, endedAt, proxy, status, reason, message } = attempt;
  return known({
    number,
    provider,
    key: keyName,
    key_id: keyId,
    model,
    started_at: isoTime(startedAt),
    ended_at: isoTime(endedAt),
    ms: Math.max(0, endedAt - startedAt),
    waited_ms: attempt.waitedMs,
    backoff_ms: attempt.backoffMs,
    sent_ms: attempt.sentMs,
    head_ms: attempt.headMs,
    proxy,
    outcome: attempt.outcome as string | undefined,
    blame: attempt.blame as string | undefined,
    status,
    reason,
    message,
    text: attempt.text,
    headers: attempt.headers,
  });
}

type Known<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the fields that are not known. */
export function known<T extends object>(fields: T): Known<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Known<T>;
}
