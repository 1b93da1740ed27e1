// Batches in the database: places that grow, counts that add up, and rows that come back as they were.
import type { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { SEQS_OF_MS } from "../../../src/records/seq-range.ts";
import { openDatabase } from "../../../src/storage/database.ts";
import { REQUEST_NUMBERS } from "../../../src/storage/records/columns.ts";
import { NO_ROWS, type PackedRows, unpackRows } from "../../../src/storage/records/packed-rows.ts";
import { type RecordBatch, writeRecords } from "../../../src/storage/records/record-batch.ts";
import { type ScratchFolder, scratchFolder } from "../../core/scratch-folder.ts";
import { attemptRow, batchOf, EMPTY, requestRow } from "./batches.ts";

function open(folder: ScratchFolder): Database {
  return openDatabase(folder.at("requests.sqlite"));
}

function places(database: Database): readonly number[] {
  return database
    .query<{ seq: number }, []>("SELECT seq FROM requests ORDER BY seq")
    .all()
    .map(({ seq }) => seq);
}

const batch = (...times: readonly number[]): RecordBatch =>
  batchOf(times.map((endedAt) => requestRow(`req_${endedAt}`, endedAt)));

describe("writeRecords", () => {
  test("gives places by the time of the end, and grows within a millisecond", () => {
    using folder = scratchFolder();
    using database = open(folder);
    writeRecords(database, batch(1_000, 1_000, 1_001));
    expect(places(database)).toEqual([1_000 * SEQS_OF_MS, 1_000 * SEQS_OF_MS + 1, 1_001 * SEQS_OF_MS]);
  });

  test("goes on growing after a restart, and when the clock went back", () => {
    using folder = scratchFolder();
    const before = open(folder);
    writeRecords(before, batch(5_000));
    before.close();
    using database = open(folder);
    writeRecords(database, batch(3_000, 3_001, 6_000));
    const first = 5_000 * SEQS_OF_MS;
    expect(places(database)).toEqual([first, first + 1, first + 2, 6_000 * SEQS_OF_MS]);
  });

  test("leaves what was written while the clock was far ahead where it is, and goes on by the clock", () => {
    using folder = scratchFolder();
    using database = open(folder);
    const hour = 3_600_000;
    const year = 365 * 24 * hour;
    writeRecords(database, batch(1_000, 2_000, year));
    writeRecords(database, batch(3_000, 3_000));
    writeRecords(database, batch(3_000, year, 3_000, 2_999));
    const at = 3_000 * SEQS_OF_MS;
    expect(places(database)).toEqual([
      1_000 * SEQS_OF_MS,
      2_000 * SEQS_OF_MS,
      ...[0, 1, 2, 3, 4].map((more) => at + more),
      year * SEQS_OF_MS,
      year * SEQS_OF_MS + 1,
    ]);
    expect(database.query("SELECT count(*) AS names FROM key_names").get()).toEqual({ names: 1 });
    // It comes nearer, and then the places grow behind it.
    writeRecords(database, batch(year - hour / 2));
    expect(places(database).at(-1)).toBe(year * SEQS_OF_MS + 2);
  });

  test("writes attempts and bodies beside their request", () => {
    using folder = scratchFolder();
    using database = open(folder);
    const begun = { number: 1, provider: "main", key_id: "k", key_name: "name", started_at: 900, ended_at: 1_000 };
    const met = { outcome: "timeout", text: "said", blame: "provider", headers: "via: x", sent_ms: 3, waited_ms: 0 };
    const attempt = attemptRow(1, { ...begun, ...met });
    writeRecords(database, {
      ...batch(1_000, 2_000),
      attempts: packed([attempt]),
      bodies: packed([{ texts: ["{}"], numbers: [1, 2] }]),
    });
    const seq = 2_000 * SEQS_OF_MS;
    expect(database.query("SELECT * FROM attempts").all()).toEqual([
      {
        seq,
        ...begun,
        ...met,
        ...{ model: null, proxy: null, status: null, reason: null, message: null, backoff_ms: null, head_ms: null },
      },
    ]);
    expect(database.query("SELECT * FROM request_bodies").all()).toEqual([{ seq, body: "{}", size: 2 }]);
    expect(database.query("SELECT * FROM key_names ORDER BY key_id").all()).toEqual([
      { key_id: "0123456789ab", key_name: "first" },
      { key_id: "k", key_name: "name" },
    ]);
  });

  test("says how many rows its tables do not take, and leaves out what belongs to them", () => {
    using folder = scratchFolder();
    using database = open(folder);
    const good = batch(1_000, 2_000, 3_000);
    const numbers = good.requests.numbers.with(REQUEST_NUMBERS.indexOf("received_at"), Number.NaN);
    const bodies = packed([0, 1].map((request) => ({ texts: ["{}"], numbers: [request, 2] })));
    expect(writeRecords(database, { ...good, requests: { ...good.requests, numbers }, bodies })).toBe(1);
    expect(places(database)).toEqual([2_000 * SEQS_OF_MS, 3_000 * SEQS_OF_MS]);
    expect(database.query("SELECT seq FROM request_bodies").all()).toEqual([{ seq: 2_000 * SEQS_OF_MS }]);
  });

  test("leaves out a row that redaction broke, and what belongs to it", () => {
    using folder = scratchFolder();
    using database = open(folder);
    const good = batch(1_000, 2_000);
    const [first, second] = good.requests.texts.split("\n");
    const requests = { ...good.requests, texts: `${first?.replace('","', "****")}\n${second}` };
    expect(writeRecords(database, { ...good, requests, bodies: packed([{ texts: ["{}"], numbers: [0, 2] }]) })).toBe(1);
    expect(places(database)).toEqual([2_000 * SEQS_OF_MS]);
    expect(database.query("SELECT * FROM request_bodies").all()).toEqual([]);
  });

  test("adds counts to those that are there, in the minute and in the hour", () => {
    using folder = scratchFolder();
    using database = open(folder);
    const counts = (requests: number, label: string, minute: number): RecordBatch => ({
      ...EMPTY,
      rollUps: packed([{ texts: ["key", "k", label], numbers: [minute, 0, requests, ...new Array(62).fill(1)] }]),
      faults: packed([{ texts: ["k", label, "main", "timeout"], numbers: [minute, 0, 0, requests, minute + 5] }]),
    });
    writeRecords(database, counts(2, "old", 60_000));
    writeRecords(database, counts(3, "", 60_000));
    writeRecords(database, counts(4, "new", 120_000));
    const rows = "SELECT width, bucket, label, requests, served, first_byte_23 FROM roll_ups ORDER BY width, bucket";
    expect(database.query(rows).all()).toEqual([
      { width: 60_000, bucket: 60_000, label: "old", requests: 5, served: 2, first_byte_23: 2 },
      { width: 60_000, bucket: 120_000, label: "new", requests: 4, served: 1, first_byte_23: 1 },
      { width: 3_600_000, bucket: 0, label: "new", requests: 9, served: 3, first_byte_23: 3 },
    ]);
    const faults = "SELECT width, bucket, key_name, status, failures, last_at FROM key_faults ORDER BY width, bucket";
    expect(database.query(faults).all()).toMatchObject([
      { width: 60_000, bucket: 60_000, failures: 5, last_at: 60_005 },
      { width: 60_000, bucket: 120_000, failures: 4 },
      { width: 3_600_000, bucket: 0, status: 0, failures: 9, last_at: 120_005 },
    ]);
  });

  test("is all or nothing", () => {
    using folder = scratchFolder();
    using database = open(folder);
    database.run("CREATE TRIGGER t BEFORE INSERT ON roll_ups BEGIN SELECT raise(ABORT, 'no'); END");
    const counts = packed([{ texts: ["total", "", ""], numbers: [0, 0, ...new Array(63).fill(1)] }]);
    expect(() => writeRecords(database, { ...batch(1_000), rollUps: counts })).toThrow();
    expect(places(database)).toEqual([]);
  });
});

describe("unpackRows", () => {
  test("gives what was packed, empty and missing ones as null", () => {
    const rows = packed([
      { texts: ['a "quoted"\nline', ""], numbers: [1.5, Number.NaN] },
      { texts: ["", "b"], numbers: [0, -1] },
    ]);
    expect([...unpackRows(rows, { texts: 2, numbers: 2 })]).toEqual([
      { texts: ['a "quoted"\nline', null], numbers: [1.5, null] },
      { texts: [null, "b"], numbers: [0, -1] },
    ]);
    expect([...unpackRows(NO_ROWS, { texts: 2, numbers: 2 })]).toEqual([]);
  });

  test.each(["", "{}", '["a"]', '["a","b","c"]', "[1"])("keeps a row in its place where its line is %p", (line) => {
    const good = packed([{ texts: ["a", "b"], numbers: [1, 2] }]);
    const rows: PackedRows = {
      texts: `${good.texts}\n${line}\n${good.texts}`,
      numbers: new Float64Array([1, 2, 3, 4, 5, 6]),
    };
    const [first, broken, last] = [...unpackRows(rows, { texts: 2, numbers: 2 })];
    expect([first?.numbers, broken, last?.numbers]).toEqual([[1, 2], undefined, [5, 6]]);
  });
});

function packed(
  rows: readonly { readonly texts: readonly string[]; readonly numbers: readonly number[] }[],
): PackedRows {
  return {
    texts: rows.map(({ texts }) => JSON.stringify(texts)).join("\n"),
    numbers: Float64Array.from(rows.flatMap(({ numbers }) => numbers)),
  };
}
