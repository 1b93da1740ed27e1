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
  const places = idsOfKey(database, key).map((id) => lastFailure(database, id, (at + 1) * SEQS_OF_MS));
  return database.query<RequestRow, [number]>("SELECT * FROM requests WHERE seq = ?").get(Math.max(0, ...places));
}

/** The place of the last request before another place in which a key failed; zero where it did not. */
function lastFailure(database: Database, keyId: string, before: number): number {
  const attempts = database.query<{ seq: number; outcome: OutcomeCode | null }, [string, number]>(
    `SELECT seq, outcome FROM attempts INDEXED BY attempts_key WHERE key_id = ? AND seq < ? ORDER BY seq DESC`,
  );
  for (const { seq, outcome } of attempts.iterate(keyId, before)) {
    if (isFailedAttempt(outcome ?? undefined)) return seq;
  }
  return 0;
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
