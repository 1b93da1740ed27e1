// Request records in memory, for what asks about them.
import type {
  AttentionQuestion,
  DetailQuestion,
  RecordsPort,
  RecordsStatus,
  RemoveQuestion,
} from "../../src/admin/records-port.ts";
import type { AttemptRecord, RequestDetail, RequestRecord } from "../../src/records/record.ts";
import type { RecordFilter, RecordQuestion, ValuesQuestion } from "../../src/records/record-filter.ts";
import { SEQS_OF_MS } from "../../src/records/seq-range.ts";
import type { AttentionRow, UsageQuestion, UsageReport, UsageRow } from "../../src/records/usage-report.ts";
import { NO_COUNTS } from "../../src/records/usage-sum.ts";
import { START } from "../balancer/fixtures.ts";

/** A request that one attempt served, unless something else is said. */
export function recordOf(given: Partial<RequestDetail> & Pick<RequestDetail, "id">): RequestDetail {
  const endedAt = given.endedAt ?? START;
  return {
    seq: endedAt * SEQS_OF_MS,
    traceId: undefined,
    receivedAt: endedAt - 900,
    endedAt,
    client: "ci",
    method: "POST",
    route: "/v1/chat/completions",
    operation: "chat/completions",
    model: "gpt-4o-mini",
    upstreamModel: undefined,
    provider: "openai",
    keyId: "d213f9976aa2",
    keyName: "team-a",
    status: 200,
    end: "ok",
    outcome: "ok",
    errorCode: undefined,
    isFailure: false,
    attempts: 1,
    waitedMs: 0,
    firstByteMs: 400,
    bodyMs: 1,
    bytesIn: 60,
    bytesOut: 222,
    promptTokens: 12,
    completionTokens: 34,
    cachedTokens: undefined,
    reasoningTokens: undefined,
    costNanos: 1_200_000,
    isStream: false,
    repaired: undefined,
    weight: 1,
    tries: [],
    body: undefined,
    ...given,
  };
}

/** An attempt that failed, unless something else is said. */
export function attemptOf(given: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    number: 1,
    provider: "openai",
    keyId: "0b6e1c55f0d1",
    keyName: "team-b",
    model: "gpt-4o-mini",
    startedAt: START - 800,
    endedAt: START - 700,
    waitedMs: 0,
    backoffMs: 0,
    sentMs: 10,
    headMs: 95,
    proxy: undefined,
    outcome: "invalid_key",
    blame: "key",
    status: 401,
    reason: "invalid_api_key",
    message: "Incorrect API key provided: sk-f...0002.",
    text: '{"error":{"message":"Incorrect API key provided: sk-f...0002."}}',
    headers: "x-request-id: req_upstream",
    ...given,
  };
}

/** What a row of a report counts; nothing, unless something else is said. */
export function usageOf(given: Partial<UsageRow> = {}): UsageRow {
  const none = { p50: undefined, p95: undefined, p99: undefined };
  return {
    value: undefined,
    label: undefined,
    ...NO_COUNTS,
    duration: none,
    firstByte: none,
    ...given,
  };
}

export class FakeRecords implements RecordsPort {
  records: readonly RequestDetail[];
  readonly asked: (RecordQuestion | UsageQuestion | AttentionQuestion | DetailQuestion | RecordFilter)[] = [];
  report: UsageReport = { from: START - 3_600_000, to: START, total: usageOf(), groups: [], more: 0, series: [] };
  /** False: counting is broken off. */
  isPatient = true;
  faulty: readonly AttentionRow[] = [];
  state: RecordsStatus = {
    isOn: true,
    fault: undefined,
    dropped: 0,
    sampledOut: 0,
    pending: 0,
    writtenAt: undefined,
  };

  constructor(records: readonly RequestDetail[] = []) {
    this.records = records;
  }

  status(): RecordsStatus {
    return this.state;
  }

  async list(question: RecordQuestion) {
    this.asked.push(question);
    const { afterSeq = -1 } = question;
    const ordered = this.#matching(question)
      .filter(({ seq }) => seq > afterSeq)
      .toSorted((a, b) => a.seq - b.seq);
    if (question.order === "desc") ordered.reverse();
    const start = Number(question.cursor ?? 0);
    const records: readonly RequestRecord[] = ordered.slice(start, start + question.limit);
    const end = start + records.length;
    const previous = start > 0 ? String(Math.max(0, start - question.limit)) : undefined;
    return { records, next: end < ordered.length ? String(end) : undefined, previous };
  }

  async newest() {
    return Math.max(0, ...this.records.map(({ seq }) => seq));
  }

  async count(filter: RecordFilter) {
    this.asked.push(filter);
    return { count: this.#matching(filter).length, isAll: this.isPatient };
  }

  async detail(which: DetailQuestion) {
    this.asked.push(which);
    if ("id" in which) return this.records.find(({ id }) => id === which.id);
    const { key, at } = which;
    return this.#matching({ key }).findLast(({ isFailure, endedAt }) => isFailure && endedAt <= at);
  }

  async *follow(filter: RecordFilter, after = Number.POSITIVE_INFINITY) {
    this.asked.push(filter);
    yield* this.#matching(filter).filter(({ seq }) => seq > after);
  }

  async *export(filter: RecordFilter) {
    this.asked.push(filter);
    yield* this.#matching(filter);
  }

  async remove(which: RemoveQuestion) {
    const gone =
      "ids" in which ? this.records.filter(({ id }) => which.ids.includes(id)) : this.#matching(which.filter);
    this.records = this.records.filter((record) => !gone.includes(record));
    return gone.length;
  }

  async usage(question: UsageQuestion) {
    this.asked.push(question);
    return this.report;
  }

  async attention(question: AttentionQuestion) {
    this.asked.push(question);
    return { from: START - 3_600_000, to: START, rows: this.faulty };
  }

  async values({ dimension, text, limit }: ValuesQuestion) {
    const names = { provider: "provider", model: "model", token: "client", key: "keyId", status: "status" } as const;
    const values = this.records.map((record) => String(record[names[dimension]] ?? ""));
    return [...new Set(values)].filter((value) => value.includes(text) && value !== "").slice(0, limit);
  }

  #matching({ errors, sinceMs = 0, untilMs = Infinity, ...filter }: RecordFilter): readonly RequestDetail[] {
    const { status, provider, key, model, token, operation, id } = filter;
    const isMeant = (wanted: string | undefined, ...values: readonly (string | undefined)[]) =>
      wanted === undefined || values.includes(wanted);
    return this.records.filter(
      (record) =>
        (errors !== true || record.isFailure || (record.status ?? 0) >= 400) &&
        record.endedAt >= sinceMs &&
        record.endedAt < untilMs &&
        isMeant(status, String(record.status), `${String(record.status)[0]}xx`) &&
        isMeant(provider, record.provider, ...record.tries.map((attempt) => attempt.provider)) &&
        isMeant(key, record.keyId, record.keyName, ...record.tries.flatMap(({ keyId, keyName }) => [keyId, keyName])) &&
        isMeant(model, record.model, record.upstreamModel) &&
        isMeant(token, record.client) &&
        isMeant(operation, record.operation) &&
        isMeant(id, record.id, record.traceId),
    );
  }
}
