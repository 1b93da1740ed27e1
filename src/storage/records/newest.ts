// The place of the last request record.
import type { Database } from "bun:sqlite";

/** Zero where there is none; `before`: of those before that place. */
export function newestSeq(database: Database, before: number | undefined): number {
  const sql = "SELECT max(seq) AS seq FROM requests WHERE seq < ?";
  const row = database.query<{ seq: number | null }, [number]>(sql).get(before ?? Number.MAX_SAFE_INTEGER);
  return row?.seq ?? 0;
}
