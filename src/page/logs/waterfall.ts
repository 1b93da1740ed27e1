// The time of a request as spans from its arrival: what it waited for, and what each attempt did.
import type { Attempt, RecordDetail } from "./record-words.ts";

/** `body`: the client sends. `wait`: for a key. `backoff`: before another try. The others are parts of an attempt. */
export type SpanKind = "body" | "wait" | "backoff" | "connect" | "think" | "answer" | "attempt";

/** From `from` to `to`, in milliseconds since the request came. */
export interface Span {
  readonly kind: SpanKind;
  readonly from: number;
  readonly to: number;
}

/** A line of the waterfall; `attempt`: the one that it tells of. */
export interface WaterfallRow {
  readonly attempt: Attempt | undefined;
  readonly spans: readonly Span[];
}

export interface Waterfall {
  /** How long all of it took; at least 1. */
  readonly totalMs: number;
  /** When the first byte of the answer went to the client. */
  readonly firstByteMs: number | undefined;
  readonly rows: readonly WaterfallRow[];
}

/** What of a record tells where its time went; of one that is not kept there is no more. */
export type TimedRecord = Omit<RecordDetail, "seq" | "body">;

/** Clocks may be set back meanwhile: nothing lies outside of the request. */
export function waterfallOf(record: TimedRecord): Waterfall {
  const totalMs = Math.max(1, record.ms);
  const clamped = (spans: readonly Span[]) =>
    spans.map((span) => clamp(span, totalMs)).filter(({ from, to }) => to > from);
  const bodyMs = record.body_ms ?? 0;
  const body: WaterfallRow = { attempt: undefined, spans: clamped([{ kind: "body", from: 0, to: bodyMs }]) };
  const tries = record.tries.map((attempt) => ({ attempt, spans: clamped(spansOf(attempt, record)) }));
  const rows = [body, ...(tries.length > 0 ? tries : [servedAtOnce(record, clamped)])];
  return {
    totalMs,
    firstByteMs: record.first_byte_ms === undefined ? undefined : Math.min(record.first_byte_ms, totalMs),
    rows: rows.filter(({ attempt, spans }) => attempt !== undefined || spans.length > 0),
  };
}

function spansOf(attempt: Attempt, record: TimedRecord): readonly Span[] {
  const begin = Date.parse(attempt.started_at) - Date.parse(record.received_at);
  const end = begin + attempt.ms;
  const { waited_ms: waited = 0, backoff_ms: backoff = 0, sent_ms: sent, head_ms: head } = attempt;
  const before: readonly Span[] = [
    { kind: "wait", from: begin - waited - backoff, to: begin - backoff },
    { kind: "backoff", from: begin - backoff, to: begin },
  ];
  if (sent === undefined) return [...before, { kind: "attempt", from: begin, to: end }];
  const sentAt = begin + sent;
  const headAt = head === undefined ? end : begin + head;
  return [
    ...before,
    { kind: "connect", from: begin, to: sentAt },
    { kind: "think", from: sentAt, to: headAt },
    { kind: "answer", from: headAt, to: end },
  ];
}

/** Of a request that its first attempt served no attempt is kept: what is left of its time was that one's. */
function servedAtOnce(record: TimedRecord, clamped: (spans: readonly Span[]) => readonly Span[]): WaterfallRow {
  if (record.attempts === 0) return { attempt: undefined, spans: [] };
  const begin = (record.body_ms ?? 0) + record.waited_ms;
  const first = record.first_byte_ms ?? record.ms;
  return {
    attempt: undefined,
    spans: clamped([
      { kind: "wait", from: begin - record.waited_ms, to: begin },
      { kind: "think", from: begin, to: first },
      { kind: "answer", from: first, to: record.ms },
    ]),
  };
}

function clamp({ kind, from, to }: Span, totalMs: number): Span {
  const within = (at: number) => Math.min(totalMs, Math.max(0, at));
  return { kind, from: within(from), to: within(to) };
}
