// What was kept long enough goes, in steps of bounded size, and the file does not outgrow its limit.
import type { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { SEQS_OF_MS } from "../../../src/records/seq-range.ts";
import { openDatabase } from "../../../src/storage/database.ts";
import type { PackedRows } from "../../../src/storage/records/packed-rows.ts";
import { writeRecords } from "../../../src/storage/records/record-batch.ts";
import { type RetentionStep, retain, usedBytes } from "../../../src/storage/records/retention.ts";
import { type ScratchFolder, scratchFolder } from "../../core/scratch-folder.ts";
import { attemptRow, batchOf, EMPTY, requestRow } from "./batches.ts";

const NOTHING: RetentionStep = {
  attemptsBefore: 0,
  requestsBefore: 0,
  minutesBefore: 0,
  hoursBefore: 0,
  maxBytes: Number.MAX_SAFE_INTEGER,
  rows: 10,
};
const HOUR = 3_600_000;
const ATTEMPT = { number: 1, provider: "main", key_id: "k", key_name: "name", started_at: 0, ended_at: 1, status: 500 };

function open(folder: ScratchFolder): Database {
  return openDatabase(folder.at("requests.sqlite"));
}

function count(database: Database, table: string, where = "TRUE"): number {
  return database.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).get()?.n ?? 0;
}

/** The rows that each step took away, until there is nothing left to take. */
function steps(database: Database, step: Partial<RetentionStep>): readonly number[] {
  const removed: number[] = [];
  for (;;) {
    const answer = retain(database, { ...NOTHING, ...step });
    if (answer.isDone) return removed;
    if (answer.removed > 0) removed.push(answer.removed);
  }
}

/** Requests that ended at 1, 2, 3 … with an attempt and a body each. */
function fill(database: Database, requests: number, text = "said"): void {
  const rows = Array.from({ length: requests }, (_, index) => requestRow(`req_${index}`, index + 1));
  const parts = rows.map((_, place) => place);
  writeRecords(database, {
    ...batchOf(rows),
    attempts: packed(parts.map((place) => attemptRow(place, { ...ATTEMPT, text }))),
    bodies: packed(parts.map((place) => ({ texts: [text], numbers: [place, 4] }))),
  });
}

function fillCounts(database: Database, hours: readonly number[]): void {
  for (const hour of hours) {
    const own = [hour * HOUR, hour * HOUR];
    writeRecords(database, {
      ...EMPTY,
      rollUps: packed(
        ["total", "key", "model"].map((name) => ({
          texts: [name, "v", ""],
          numbers: [...own, ...new Array(63).fill(1)],
        })),
      ),
      faults: packed([{ texts: ["k", "name", "main", "timeout"], numbers: [...own, 0, 1, 1] }]),
    });
  }
}

describe("retain", () => {
  test("takes attempts and bodies before requests, a few at a time", () => {
    using folder = scratchFolder();
    using database = open(folder);
    fill(database, 25);
    expect(steps(database, { attemptsBefore: 16 })).toEqual([20, 10]);
    expect(["requests", "attempts", "request_bodies"].map((table) => count(database, table))).toEqual([25, 10, 10]);
    expect(steps(database, { requestsBefore: 21 })).toEqual([10, 20]);
    expect(["requests", "attempts", "request_bodies"].map((table) => count(database, table))).toEqual([5, 5, 5]);
  });

  test("takes minutes and hours, each by its own time", () => {
    using folder = scratchFolder();
    using database = open(folder);
    fillCounts(database, [1, 2, 3]);
    expect(steps(database, { minutesBefore: 3 * HOUR, hoursBefore: 2 * HOUR })).toEqual([8, 4]);
    expect([count(database, "roll_ups", "width = 60000"), count(database, "roll_ups", "width = 3600000")]).toEqual([
      3, 6,
    ]);
    expect([count(database, "key_faults", "width = 60000"), count(database, "key_faults", "width = 3600000")]).toEqual([
      1, 2,
    ]);
  });

  test("leaves alone what is young enough", () => {
    using folder = scratchFolder();
    using database = open(folder);
    fill(database, 3);
    fillCounts(database, [1]);
    expect(steps(database, {})).toEqual([]);
  });

  test("takes the oldest requests, then the oldest counts, while the database is too large, and gives the disk its room back", () => {
    using folder = scratchFolder();
    using database = open(folder);
    const before = usedBytes(database);
    fill(database, 400, "x".repeat(4_000));
    fillCounts(database, [1]);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    const full = statSync(folder.at("requests.sqlite")).size;
    const maxBytes = before + (full - before) / 2;
    const removed = steps(database, { maxBytes, rows: 50 });
    expect(Math.max(...removed)).toBeLessThanOrEqual(150);
    expect(usedBytes(database)).toBeLessThanOrEqual(maxBytes);
    expect(count(database, "requests", `seq < ${SEQS_OF_MS * 50}`)).toBe(0);
    expect(count(database, "requests")).toBeGreaterThan(100);
    expect(count(database, "roll_ups")).toBe(6);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    expect(statSync(folder.at("requests.sqlite")).size).toBeLessThanOrEqual(maxBytes);
    steps(database, { maxBytes: 1 });
    expect([count(database, "requests"), count(database, "roll_ups")]).toEqual([0, 0]);
  });

  test("keeps the newest requests where counts alone are too large, and takes the oldest of these", () => {
    using folder = scratchFolder();
    using database = open(folder);
    fill(database, 40);
    database.run(`INSERT INTO roll_ups (width, dimension, bucket, value)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT 60000, 'key', i, i FROM n`);
    const maxBytes = 4 * 512 * 1024;
    expect(usedBytes(database)).toBeGreaterThan(maxBytes);
    steps(database, { maxBytes, rows: 500 });
    expect(usedBytes(database)).toBeLessThanOrEqual(maxBytes);
    expect([count(database, "requests"), count(database, "requests", `seq >= ${SEQS_OF_MS * 36}`)]).toEqual([4, 4]);
    expect([count(database, "roll_ups", "bucket = 1"), count(database, "roll_ups", "bucket = 30000")]).toEqual([0, 1]);
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
