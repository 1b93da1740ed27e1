// One request with everything that is kept of it.
import type { Database } from "bun:sqlite";
import type { OutcomeCode } from "../../core/verdict.ts";
import { isFailedAttempt } from "../../records/ending.ts";
import type { RequestDetail, RequestRecord } from "../../records/record.ts";
import { SEQS_OF_MS } from "../../records/seq-range.ts";
import { idsOfKey } from "./filter-sql.ts";
import { type PageQuestion, pageOf } from "./page.ts";
import { type AttemptRow, attemptOf, type RequestRow, recordOf } from "./record-row.ts";

/** See `DetailQuestion` of the port. */
export type WhichRecord = { readonly id: string } | { readonly key: string; readonly at: number };

export interface DetailsAnswer {
  readonly details: readonly RequestDetail[];
  /** As that of a page. */
  readonly edge: number | undefined;
}

/** Texts and bodies that one answer has at most, in characters, but for the first record. */
const MOST_TEXT = 1_048_576;

export function detailOf(database: Database, which: WhichRecord): RequestDetail | undefined {
  const row = "id" in which ? rowOfId(database, which.id) : rowOfFailure(database, which);
  return row === null ? undefined : withDetails(database, recordOf(row));
}

/** A page with all details; it ends early where they are long. */
export function detailsOf(database: Database, question: PageQuestion): DetailsAnswer {
  const { records, edge } = pageOf(database, question);
  const details: RequestDetail[] = [];
  let text = 0;
  for (const record of records) {
    const detail = withDetails(database, record);
    text += sizeOf(detail);
    if (text > MOST_TEXT && details.length > 0) return { details, edge: details.at(-1)?.seq };
    details.push(detail);
  }
  return { details, edge };
}

function rowOfId(database: Database, id: string): RequestRow | null {
  return database.query<RequestRow, [string]>("SELECT * FROM requests INDEXED BY requests_id WHERE id = ?").get(id);
}

/** Of a name that several keys had, the one that failed last. */
function rowOfFailure(database: Database, { key, at }: { readonly key: string; readonly at: number }) {
  const failures = idsOfKey(database, key).map((id) => lastFailure(database, id, at));
  const { seq } = failures.reduce(later, NO_FAILURE);
  return database.query<RequestRow, [number]>("SELECT * FROM requests WHERE seq = ?").get(seq);
}

interface Failure {
  readonly seq: number;
  readonly ended_at: number;
}

interface AnyAttempt extends Failure {
  readonly outcome: OutcomeCode | null;
}

const NO_FAILURE: Failure = { seq: 0, ended_at: 0 };
/** Attempts of requests that went on after a time which are looked at: their own end may lie before it. */
const MOST_BEHIND = 1_000;
const ATTEMPTS_OF_KEY = "SELECT seq, ended_at, outcome FROM attempts INDEXED BY attempts_key WHERE key_id = ?";

/** The attempt with which a key failed last at that time or before. */
function lastFailure(database: Database, keyId: string, at: number): Failure {
  const place = (at + 1) * SEQS_OF_MS;
  const behind = database.query<AnyAttempt, [string, number, number]>(
    `${ATTEMPTS_OF_KEY} AND seq >= ? ORDER BY seq LIMIT ?`,
  );
  let last = behind
    .all(keyId, place, MOST_BEHIND)
    .filter((attempt) => attempt.ended_at <= at && isFailed(attempt))
    .reduce(later, NO_FAILURE);
  const before = database.query<AnyAttempt, [string, number]>(`${ATTEMPTS_OF_KEY} AND seq < ? ORDER BY seq DESC`);
  for (const attempt of before.iterate(keyId, place)) {
    // What ended before that has no later attempt.
    if (attempt.seq < last.ended_at * SEQS_OF_MS) break;
    if (isFailed(attempt)) last = later(last, attempt);
  }
  return last;
}

function isFailed({ outcome }: AnyAttempt): boolean {
  return isFailedAttempt(outcome ?? undefined);
}

function later(one: Failure, other: Failure): Failure {
  return other.ended_at > one.ended_at ? other : one;
}

function withDetails(database: Database, record: RequestRecord): RequestDetail {
  const tries = database.query<AttemptRow, [number]>("SELECT * FROM attempts WHERE seq = ? ORDER BY number");
  const body = database.query<{ body: string; size: number }, [number]>(
    "SELECT body, size FROM request_bodies WHERE seq = ?",
  );
  const kept = body.get(record.seq);
  return {
    ...record,
    tries: tries.all(record.seq).map(attemptOf),
    body: kept === null ? undefined : { text: kept.body, size: kept.size },
  };
}

function sizeOf({ tries, body }: RequestDetail): number {
  return tries.reduce((sum, { text }) => sum + (text?.length ?? 0), body?.text.length ?? 0);
}
