// Writes request records, and the roll-ups that they come to, into a database.
import type { Database } from "bun:sqlite";
import { classOf } from "../../src/records/histogram.ts";
import type { RequestDetail } from "../../src/records/record.ts";
import { COUNTERS, DURATION_CLASSES, FIRST_BYTE_CLASSES } from "../../src/storage/records/tables.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const MINUTES_KEPT_MS = 48 * HOUR_MS;
const AT_ONCE = 20_000;
const ADDED = [...COUNTERS, ...DURATION_CLASSES, ...FIRST_BYTE_CLASSES];

/** `until`: the end of the traffic; minutes are kept for two days before it. */
export function fillDatabase(database: Database, traffic: Iterable<RequestDetail>, until: number): void {
  const filler = new Filler(database, until);
  database.run("BEGIN");
  let count = 0;
  for (const request of traffic) {
    filler.take(request);
    count++;
    if (count % AT_ONCE === 0) database.run("COMMIT; BEGIN");
  }
  filler.writeRollUps();
  database.run("COMMIT");
}

class Filler {
  readonly #database: Database;
  readonly #minutesFrom: number;
  readonly #request;
  readonly #attempt;
  readonly #rows = new Map<
    string,
    { readonly place: readonly (string | number | null)[]; readonly counts: number[] }
  >();
  readonly #faults = new Map<string, (string | number)[]>();

  constructor(database: Database, until: number) {
    this.#database = database;
    this.#minutesFrom = until - MINUTES_KEPT_MS;
    this.#request = database.query(`INSERT INTO requests VALUES (${marks(32)})`);
    this.#attempt = database.query(`INSERT INTO attempts VALUES (${marks(14)})`);
  }

  take(request: RequestDetail): void {
    this.#request.run(...requestRow(request));
    for (const attempt of request.tries) {
      const { number, provider, keyId, keyName, model, startedAt, endedAt, status, outcome, reason } = attempt;
      const said = [reason, attempt.message, attempt.text].map((text) => text ?? null);
      const place = [request.seq, number, provider, keyId, keyName, model ?? null, startedAt, endedAt, null];
      this.#attempt.run(...place, outcome ?? null, status ?? null, ...said);
    }
    this.#count(request);
  }

  writeRollUps(): void {
    const names = ADDED.join(", ");
    const insert = this.#database.query(
      `INSERT INTO roll_ups (width, dimension, bucket, value, label, ${names}) VALUES (${marks(5 + ADDED.length)})`,
    );
    for (const { place, counts } of this.#rows.values()) insert.run(...place, ...counts);
    const fault = this.#database.query(`INSERT INTO key_faults VALUES (${marks(9)})`);
    for (const row of this.#faults.values()) fault.run(...row);
  }

  #count(request: RequestDetail): void {
    const widths = request.endedAt >= this.#minutesFrom ? [MINUTE_MS, HOUR_MS] : [HOUR_MS];
    const values = [
      ["total", "", null],
      ["provider", request.provider, null],
      ["key", request.keyId, request.keyName ?? null],
      ["model", request.model, null],
      ["token", request.client, null],
      ["status", String(request.status), null],
    ] as const;
    const counts = countsOf(request);
    for (const width of widths) {
      const bucket = Math.floor(request.endedAt / width) * width;
      for (const [dimension, value = "", label] of values) this.#add([width, dimension, bucket, value, label], counts);
      for (const { keyId, keyName, provider, status, outcome, endedAt } of request.tries) {
        if (outcome === "ok") continue;
        const row = [width, bucket, keyId, status ?? 0, outcome ?? "", keyName, provider, 0, endedAt];
        const known = this.#faults.get(row.slice(0, 5).join(" ")) ?? row;
        known[7] = Number(known[7]) + 1;
        known[8] = endedAt;
        this.#faults.set(row.slice(0, 5).join(" "), known);
      }
    }
  }

  #add(place: readonly (string | number | null)[], counts: readonly (readonly [number, number])[]): void {
    const id = place.slice(0, 4).join(" ");
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = { place, counts: ADDED.map(() => 0) };
      this.#rows.set(id, row);
    }
    for (const [at, count] of counts) row.counts[at] = (row.counts[at] ?? 0) + count;
  }
}

function requestRow(request: RequestDetail): (string | number | null)[] {
  const { tries: _, body: __, isFailure, isStream, ...columns } = request;
  const { seq, id, traceId, receivedAt, endedAt, client, method, route, operation, model, upstreamModel } = columns;
  const { provider, keyId, keyName, status, end, outcome, errorCode, attempts, waitedMs, firstByteMs } = columns;
  const { bytesIn, bytesOut, promptTokens, completionTokens, cachedTokens, reasoningTokens, costNanos } = columns;
  const who = [seq, id, traceId, receivedAt, endedAt, client, method, route, operation, model, upstreamModel];
  const end_ = [provider, keyId, keyName, status, end, outcome, errorCode, Number(isFailure), attempts, waitedMs];
  const sizes = [firstByteMs, bytesIn, bytesOut, promptTokens, completionTokens, cachedTokens, reasoningTokens];
  const rest = [costNanos, Number(isStream), columns.repaired, columns.weight];
  return [...who, ...end_, ...sizes, ...rest].map((value) => value ?? null);
}

/** Which of the counts a request adds to, and how much. */
function countsOf(request: RequestDetail): readonly (readonly [number, number])[] {
  const { status = 0, end, tries, attempts } = request;
  const failedAttempts = tries.filter(({ outcome }) => outcome !== "ok").length;
  const added: Partial<Record<(typeof COUNTERS)[number], number>> = {
    requests: 1,
    served: Number(end === "ok" && status < 400),
    refused: Number(status >= 400 && status < 500),
    failed: Number(status >= 500),
    attempts,
    failed_attempts: failedAttempts,
    prompt_tokens: request.promptTokens ?? 0,
    completion_tokens: request.completionTokens ?? 0,
    cached_tokens: request.cachedTokens ?? 0,
    cost_nanos: request.costNanos ?? 0,
    bytes_in: request.bytesIn,
    bytes_out: request.bytesOut,
  };
  const counters = Object.entries(added).map(([name, count]) => [ADDED.indexOf(name), count] as const);
  const duration = COUNTERS.length + classOf(request.endedAt - request.receivedAt);
  const firstByte = COUNTERS.length + DURATION_CLASSES.length + classOf(request.firstByteMs ?? 0);
  return [...counters, [duration, 1], [firstByte, 1]];
}

function marks(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}
