// What the thread of the database writes in one transaction: requests, and what was counted.
import type { Database, Statement } from "bun:sqlite";
import { HOUR_MS, MINUTE_MS } from "../../records/period-span.ts";
import { ROW_LENGTH } from "../../records/roll-up-row.ts";
import { MOST_AHEAD_MS, SEQS_OF_MS } from "../../records/seq-range.ts";
import { ATTEMPT_NUMBERS, ATTEMPT_TEXTS, REQUEST_NUMBERS, REQUEST_TEXTS } from "./columns.ts";
import { newestSeq } from "./newest.ts";
import { type PackedRow, type PackedRows, unpackRows } from "./packed-rows.ts";
import { COUNTERS, DURATION_CLASSES, FIRST_BYTE_CLASSES } from "./tables.ts";

/** All of it is written, or nothing. No text has a secret. */
export interface RecordBatch {
  /** Columns as in columns.ts. */
  readonly requests: PackedRows;
  /** Before its own numbers each has the place of its request in this batch. */
  readonly attempts: PackedRows;
  /** The text; the place of its request, and the size. */
  readonly bodies: PackedRows;
  /** Dimension, value, label; the begins of minute and hour, and the counts. */
  readonly rollUps: PackedRows;
  /** Key id, key name, provider, outcome; the begins of minute and hour, the status, failures, and the time of the last. */
  readonly faults: PackedRows;
}

/** `usedBytes`: of the whole database. `refused`: requests that its tables do not take, or whose texts are no texts. */
export interface WrittenRecords {
  readonly usedBytes: number;
  readonly refused: number;
}

const ENDED_AT = REQUEST_NUMBERS.indexOf("ended_at");
const ADDED = [...COUNTERS, ...DURATION_CLASSES, ...FIRST_BYTE_CLASSES];

// A row that the table does not take must not keep all others from being written, again and again.
const INSERT_REQUEST = insertInto("requests", ["seq", ...REQUEST_TEXTS, ...REQUEST_NUMBERS]);
const INSERT_ATTEMPT = insertInto("attempts", ["seq", ...ATTEMPT_TEXTS, ...ATTEMPT_NUMBERS]);
const INSERT_BODY = insertInto("request_bodies", ["seq", "body", "size"]);
/** Which names a key had: so that records are found by a name, which has no index of its own. */
const NOTE_NAMES = ["requests", "attempts"].map(
  (table) => `INSERT OR IGNORE INTO key_names (key_name, key_id)
  SELECT DISTINCT key_name, key_id FROM ${table} WHERE seq BETWEEN ? AND ? AND key_id IS NOT NULL AND key_name IS NOT NULL`,
);
const ADD_COUNTS = `INSERT INTO roll_ups (width, bucket, dimension, value, label, ${ADDED.join(", ")})
  VALUES (?, ?, ?, ?, ?, ${ADDED.map(() => "?").join(", ")})
  ON CONFLICT DO UPDATE SET label = coalesce(excluded.label, label), ${ADDED.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`;
const ADD_FAULTS = `INSERT OR IGNORE INTO key_faults (width, bucket, key_id, key_name, provider, outcome, status, failures, last_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET key_name = excluded.key_name, provider = excluded.provider,
  failures = failures + excluded.failures, last_at = max(last_at, excluded.last_at)`;

/** How many requests were refused. @throws the error of SQLite; nothing is written then. */
export function writeRecords(database: Database, batch: RecordBatch): number {
  return database.transaction(() => {
    const places = writeRequests(database, batch.requests);
    writeParts(database.query(INSERT_ATTEMPT), unpackRows(batch.attempts, ATTEMPT_SHAPE), places);
    writeParts(database.query(INSERT_BODY), unpackRows(batch.bodies, BODY_SHAPE), places);
    noteNames(database, places);
    addRollUps(database.query(ADD_COUNTS), batch.rollUps);
    addFaults(database.query(ADD_FAULTS), batch.faults);
    return places.filter((place) => place === undefined).length;
  })();
}

const REQUEST_SHAPE = { texts: REQUEST_TEXTS.length, numbers: REQUEST_NUMBERS.length };
const ATTEMPT_SHAPE = { texts: ATTEMPT_TEXTS.length, numbers: ATTEMPT_NUMBERS.length + 1 };
const BODY_SHAPE = { texts: 1, numbers: 2 };
const ROLL_UP_SHAPE = { texts: 3, numbers: ROW_LENGTH + 2 };
const FAULT_SHAPE = { texts: 4, numbers: 5 };

/** The place of each request, undefined where it was not written. */
function writeRequests(database: Database, requests: PackedRows): readonly (number | undefined)[] {
  const insert = database.query(INSERT_REQUEST);
  let last: number | undefined;
  return Array.from(unpackRows(requests, REQUEST_SHAPE), (row) => {
    if (row === undefined) return undefined;
    const endedAt = row.numbers[ENDED_AT] ?? 0;
    const write = (place: number) => (insert.run(place, ...row.texts, ...row.numbers).changes > 0 ? place : undefined);
    // Where the clock went to and fro there may be one already.
    const place = write(placeAfter(database, last, endedAt)) ?? write(placeAfter(database, undefined, endedAt));
    last = place ?? last;
    return place;
  });
}

/**
 * Places grow over restarts too, and when the clock went back a little. What was written while the clock was farther
 * ahead stays where it is: all that follows would else be found, and kept, as if it were as late. `last`: the last place
 * that was given, where it is known.
 */
function placeAfter(database: Database, last: number | undefined, endedAt: number): number {
  const most = (endedAt + MOST_AHEAD_MS) * SEQS_OF_MS;
  const before = last === undefined || last >= most ? newestSeq(database, most) : last;
  return Math.max(before + 1, endedAt * SEQS_OF_MS);
}

function noteNames(database: Database, places: readonly (number | undefined)[]): void {
  const written = places.filter((place) => place !== undefined);
  if (written.length === 0) return;
  for (const sql of NOTE_NAMES) database.query(sql).run(Math.min(...written), Math.max(...written));
}

function writeParts(
  insert: Statement,
  rows: Iterable<PackedRow | undefined>,
  places: readonly (number | undefined)[],
): void {
  for (const row of rows) {
    const [request, ...numbers] = row?.numbers ?? [];
    const place = places[request ?? -1];
    if (row !== undefined && place !== undefined) insert.run(place, ...row.texts, ...numbers);
  }
}

function addRollUps(add: Statement, rollUps: PackedRows): void {
  for (const row of unpackRows(rollUps, ROLL_UP_SHAPE)) {
    if (row === undefined) continue;
    const [dimension = null, value, label = null] = row.texts;
    const [minute = null, hour = null, ...counts] = row.numbers;
    add.run(MINUTE_MS, minute, dimension, value ?? "", label, ...counts);
    add.run(HOUR_MS, hour, dimension, value ?? "", label, ...counts);
  }
}

function addFaults(add: Statement, faults: PackedRows): void {
  for (const row of unpackRows(faults, FAULT_SHAPE)) {
    if (row === undefined) continue;
    const [minute = null, hour = null, ...numbers] = row.numbers;
    const texts = row.texts.map((text) => text ?? "");
    add.run(MINUTE_MS, minute, ...texts, ...numbers);
    add.run(HOUR_MS, hour, ...texts, ...numbers);
  }
}

function insertInto(table: string, columns: readonly string[]): string {
  return `INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
}
