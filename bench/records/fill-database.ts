// Writes request records, and the roll-ups that they come to, into a database.
import type { Database } from "bun:sqlite";
import { endingOf, isFailedAttempt } from "../../src/records/ending.ts";
import { classOf } from "../../src/records/histogram.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/records/period-span.ts";
import type { RequestDetail } from "../../src/records/record.ts";
import { NONE } from "../../src/records/roll-up-book.ts";
import { COUNTERS, DURATION_CLASSES, FIRST_BYTE_CLASSES } from "../../src/storage/records/tables.ts";

export interface FillOptions {
  /** The end of the traffic; minutes are kept for two days before it. */
  readonly until: number;
  /** How far the clock, by whose hours is counted, is ahead of UTC, in milliseconds. @default none */
  readonly offsetOf?: (at: number) => number;
}

type Cell = string | number | null;

const MINUTES_KEPT_MS = 48 * HOUR_MS;
const AT_ONCE = 20_000;
const ADDED = [...COUNTERS, ...DURATION_CLASSES, ...FIRST_BYTE_CLASSES];
const ATTEMPTS = ADDED.indexOf("attempts");
const FAILED_ATTEMPTS = ADDED.indexOf("failed_attempts");

/** The database must have no roll-ups yet. */
export function fillDatabase(database: Database, traffic: Iterable<RequestDetail>, options: FillOptions): void {
  const writer = new RequestWriter(database);
  const book = new Book(options);
  database.run("BEGIN");
  let count = 0;
  for (const request of traffic) {
    writer.write(request);
    book.count(request);
    count++;
    if (count % AT_ONCE === 0) database.run("COMMIT; BEGIN");
  }
  book.write(database);
  database.run("COMMIT");
}

/** Writes only the records. */
export class RequestWriter {
  readonly #request;
  readonly #attempt;
  readonly #body;
  readonly #name;
  readonly #names = new Set<string>();

  constructor(database: Database) {
    this.#request = database.query(`INSERT INTO requests VALUES (${marks(33)})`);
    this.#attempt = database.query(`INSERT INTO attempts VALUES (${marks(20)})`);
    this.#body = database.query("INSERT INTO request_bodies VALUES (?, ?, ?)");
    this.#name = database.query("INSERT OR IGNORE INTO key_names (key_name, key_id) VALUES (?, ?)");
  }

  write(request: RequestDetail): void {
    const { seq, tries, body } = request;
    this.#request.run(...requestRow(request));
    for (const attempt of tries) {
      const { number, provider, keyId, keyName, model, startedAt, endedAt, proxy, ...end } = attempt;
      const cells = [seq, number, provider, keyId, keyName, model, startedAt, endedAt, proxy];
      const said = [end.outcome, end.status, end.reason, end.message, end.text];
      const times = [end.waitedMs, end.backoffMs, end.sentMs, end.headMs];
      this.#attempt.run(...[...cells, ...said, ...times, end.blame, end.headers].map((cell) => cell ?? null));
    }
    if (body !== undefined) this.#body.run(seq, body.text, body.size);
    for (const key of [request, ...tries]) this.#writeName(key);
  }

  #writeName({ keyId, keyName }: { readonly keyId: string | undefined; readonly keyName: string | undefined }): void {
    if (keyId === undefined || keyName === undefined || this.#names.has(`${keyId} ${keyName}`)) return;
    this.#names.add(`${keyId} ${keyName}`);
    this.#name.run(keyName, keyId);
  }
}

/** Adds up what goes into roll-ups. */
class Book {
  readonly #minutesFrom: number;
  readonly #offsetOf: (at: number) => number;
  readonly #rows = new Map<string, { readonly place: readonly Cell[]; readonly counts: number[] }>();
  readonly #faults = new Map<string, Cell[]>();

  constructor({ until, offsetOf = () => 0 }: FillOptions) {
    this.#minutesFrom = until - MINUTES_KEPT_MS;
    this.#offsetOf = offsetOf;
  }

  count(request: RequestDetail): void {
    const { endedAt } = request;
    const offset = this.#offsetOf(endedAt);
    this.#countIn(request, HOUR_MS, Math.floor((endedAt + offset) / HOUR_MS) * HOUR_MS - offset);
    if (endedAt >= this.#minutesFrom) this.#countIn(request, MINUTE_MS, Math.floor(endedAt / MINUTE_MS) * MINUTE_MS);
  }

  write(database: Database): void {
    const names = ADDED.join(", ");
    const insert = database.query(
      `INSERT INTO roll_ups (width, dimension, bucket, value, label, ${names}) VALUES (${marks(5 + ADDED.length)})`,
    );
    for (const { place, counts } of this.#rows.values()) insert.run(...place, ...counts);
    const fault = database.query(`INSERT INTO key_faults VALUES (${marks(9)})`);
    for (const row of this.#faults.values()) fault.run(...row);
  }

  #countIn(request: RequestDetail, width: number, bucket: number): void {
    const counts = countsOf(request);
    for (const [dimension, value, label] of valuesOf(request)) {
      const own = isOfAttempts(dimension) && request.tries.length > 1 ? counts.filter(isNotOfAttempts) : counts;
      this.#add([width, dimension, bucket, value ?? NONE, label ?? null], own);
    }
    if (request.tries.length > 1) this.#countAttempts(request, width, bucket);
    for (const { keyId, keyName, provider, status, outcome, endedAt } of request.tries) {
      if (!isFailedAttempt(outcome)) continue;
      const row: Cell[] = [width, bucket, keyId, status ?? 0, outcome ?? "", keyName, provider, 0, endedAt];
      const id = row.slice(0, 5).join(" ");
      const known = this.#faults.get(id) ?? row;
      known[7] = Number(known[7]) + 1;
      known[8] = Math.max(Number(known[8]), endedAt);
      this.#faults.set(id, known);
    }
  }

  /** Providers and keys have the attempts that went to them. */
  #countAttempts({ tries }: RequestDetail, width: number, bucket: number): void {
    for (const { provider, keyId, keyName, outcome } of tries) {
      const counts = [[ATTEMPTS, 1] as const, [FAILED_ATTEMPTS, isFailedAttempt(outcome) ? 1 : 0] as const];
      this.#add([width, "provider", bucket, provider, null], counts);
      this.#add([width, "key", bucket, keyId, keyName], counts);
    }
  }

  #add(place: readonly Cell[], counts: readonly (readonly [number, number])[]): void {
    const id = place.slice(0, 4).join(" ");
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = { place, counts: ADDED.map(() => 0) };
      this.#rows.set(id, row);
    }
    for (const [at, count] of counts) row.counts[at] = (row.counts[at] ?? 0) + count;
  }
}

function valuesOf({ provider, keyId, keyName, model, upstreamModel, client, status }: RequestDetail) {
  return [
    ["total", "", undefined],
    ["provider", provider, undefined],
    ["key", keyId, keyName],
    ["model", upstreamModel ?? model, undefined],
    ["token", client, undefined],
    ["status", status === undefined ? undefined : String(status), undefined],
  ] as const;
}

function requestRow(request: RequestDetail): Cell[] {
  const { tries: _tries, body: _body, isFailure, isStream, ...columns } = request;
  const { seq, id, traceId, receivedAt, endedAt, client, method, route, operation, model, upstreamModel } = columns;
  const { provider, keyId, keyName, status, end, outcome, errorCode, attempts, waitedMs, firstByteMs } = columns;
  const { bytesIn, bytesOut, promptTokens, completionTokens, cachedTokens, reasoningTokens, costNanos } = columns;
  const who = [seq, id, traceId, receivedAt, endedAt, client, method, route, operation, model, upstreamModel];
  const how = [provider, keyId, keyName, status, end, outcome, errorCode, Number(isFailure), attempts, waitedMs];
  const sizes = [firstByteMs, bytesIn, bytesOut, promptTokens, completionTokens, cachedTokens, reasoningTokens];
  const rest = [costNanos, Number(isStream), columns.repaired, columns.weight, columns.bodyMs];
  return [...who, ...how, ...sizes, ...rest].map((value) => value ?? null);
}

/** Which of the counts a request adds to, and how much. */
function countsOf(request: RequestDetail): readonly (readonly [number, number])[] {
  const { tries, attempts } = request;
  const added: Partial<Record<(typeof COUNTERS)[number], number>> = {
    requests: 1,
    [endingOf(request)]: 1,
    attempts,
    failed_attempts: tries.filter(({ outcome }) => isFailedAttempt(outcome)).length,
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

function isOfAttempts(dimension: string): boolean {
  return dimension === "provider" || dimension === "key";
}

function isNotOfAttempts([at]: readonly [number, number]): boolean {
  return at !== ATTEMPTS && at !== FAILED_ATTEMPTS;
}

function marks(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}
