// Takes away what was kept long enough, a little at a time, so that batches are written in between.
import type { Database } from "bun:sqlite";
import { HOUR_MS, MINUTE_MS } from "../../records/period-span.ts";
import { SEQS_OF_MS } from "../../records/seq-range.ts";
import { DIMENSIONS } from "../../records/usage-report.ts";

/** What goes, by the time before which it ended, or began. */
export interface RetentionStep {
  readonly attemptsBefore: number;
  readonly requestsBefore: number;
  readonly minutesBefore: number;
  readonly hoursBefore: number;
  /** Above it the oldest requests go too, but for the newest few, then the oldest counts. */
  readonly maxBytes: number;
  /** How many rows of a table one step takes away at most. */
  readonly rows: number;
}

/** `removed`: rows of all tables. `isDone`: another step would find nothing to do. */
export interface RetentionAnswer {
  readonly removed: number;
  readonly isDone: boolean;
}

/** What was above the limit goes until it is this share of it, so that not every batch takes something away. */
const ENOUGH = 0.98;
/**
 * Counts of thousands of keys fill any room and would leave none for requests. So many of the newest outlast old counts
 * as take an eighth of the room, each with a body of 64 KiB.
 */
const ROOM_OF_ONE = 512 * 1024;
const MOST_KEPT = 10_000;
/** Pages that go back to the file system in one step. */
const PAGES = 1_000;

/** One step. @throws the error of SQLite. */
export function retain(database: Database, step: RetentionStep): RetentionAnswer {
  const removed = database.transaction(() => removeOne(database, step))();
  return { removed, isDone: removed === 0 && !shrink(database, step.maxBytes) };
}

/** Bytes that hold something. */
export function usedBytes(database: Database): number {
  return (pragma(database, "page_count") - pragma(database, "freelist_count")) * pragma(database, "page_size");
}

/** The first of the tables that has something to take away. */
function removeOne(database: Database, step: RetentionStep): number {
  const { rows } = step;
  const parts = step.attemptsBefore * SEQS_OF_MS;
  return (
    removeParts(database, parts, rows) ||
    removeRequests(database, step.requestsBefore * SEQS_OF_MS, rows) ||
    removeCounts(database, { width: MINUTE_MS, before: step.minutesBefore, rows }) ||
    removeCounts(database, { width: HOUR_MS, before: step.hoursBefore, rows }) ||
    removeExcess(database, step)
  );
}

function removeParts(database: Database, before: number, rows: number): number {
  const last = nthPlace(database, { table: "attempts", before, rows });
  const lastBody = nthPlace(database, { table: "request_bodies", before, rows });
  return removeTo(database, "attempts", last) + removeTo(database, "request_bodies", lastBody);
}

function removeRequests(database: Database, before: number, rows: number): number {
  const last = nthPlace(database, { table: "requests", before, rows });
  if (last === undefined) return 0;
  // Of a request nothing is left behind.
  return ["attempts", "request_bodies", "requests"].reduce((sum, table) => sum + removeTo(database, table, last), 0);
}

interface Oldest {
  readonly table: string;
  readonly before: number;
  readonly rows: number;
}

/** The place of the last of its oldest rows. */
function nthPlace(database: Database, { table, before, rows }: Oldest): number | undefined {
  const found = database
    .query<{ last: number | null }, [number, number]>(
      `SELECT max(seq) AS last FROM (SELECT seq FROM ${table} WHERE seq < ? ORDER BY seq LIMIT ?)`,
    )
    .get(before, rows);
  return found?.last ?? undefined;
}

function removeTo(database: Database, table: string, last: number | undefined): number {
  return last === undefined ? 0 : database.query(`DELETE FROM ${table} WHERE seq <= ?`).run(last).changes;
}

interface OldCounts {
  readonly width: number;
  readonly before: number;
  readonly rows: number;
}

function removeCounts(database: Database, { width, before, rows }: OldCounts): number {
  const counts = database.query(
    `DELETE FROM roll_ups WHERE (width, dimension, bucket, value) IN
    (SELECT width, dimension, bucket, value FROM roll_ups WHERE width = ? AND dimension = ? AND bucket < ? LIMIT ?)`,
  );
  const faults = database.query(
    `DELETE FROM key_faults WHERE (width, bucket, key_id, status, outcome) IN
    (SELECT width, bucket, key_id, status, outcome FROM key_faults WHERE width = ? AND bucket < ? LIMIT ?)`,
  );
  let removed = faults.run(width, before, rows).changes;
  for (const dimension of ["total", ...DIMENSIONS]) removed += counts.run(width, dimension, before, rows).changes;
  return removed;
}

function removeExcess(database: Database, { maxBytes, rows }: RetentionStep): number {
  if (usedBytes(database) <= maxBytes * ENOUGH) return 0;
  const everything = Number.MAX_SAFE_INTEGER;
  return (
    removeRequests(database, placeBehindOld(database, maxBytes), rows) ||
    removeCounts(database, { width: MINUTE_MS, before: everything, rows }) ||
    removeCounts(database, { width: HOUR_MS, before: everything, rows }) ||
    removeRequests(database, everything, rows)
  );
}

/** Behind the requests that go before any counts; those are all but the newest. */
function placeBehindOld(database: Database, maxBytes: number): number {
  const kept = Math.min(MOST_KEPT, Math.floor(maxBytes / ROOM_OF_ONE));
  const place = database.query<{ seq: number }, [number]>(
    "SELECT seq FROM requests ORDER BY seq DESC LIMIT 1 OFFSET ?",
  );
  return (place.get(kept)?.seq ?? -1) + 1;
}

/** Whether some of what is free was given back. One that was made by an older version keeps its size, and fills it again. */
function shrink(database: Database, maxBytes: number): boolean {
  const pages = pragma(database, "page_count");
  const free = pragma(database, "freelist_count");
  const isTooLarge = pages * pragma(database, "page_size") > maxBytes;
  if (free === 0 || !(isTooLarge || free * 2 > pages)) return false;
  database.run(`PRAGMA incremental_vacuum(${PAGES})`);
  return pragma(database, "page_count") < pages;
}

function pragma(database: Database, name: "page_count" | "freelist_count" | "page_size"): number {
  const row = database.query<Record<string, number>, []>(`PRAGMA ${name}`).get();
  return row?.[name] ?? 0;
}
