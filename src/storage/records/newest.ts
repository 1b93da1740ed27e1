// The place of the last request record.
import type { Database } from "bun:sqlite";

/** Zero where there is none. */
export function newestSeq(database: Database): number {
  const row = database.query<{ seq: number | null }, []>("SELECT max(seq) AS seq FROM requests").get();
  return row?.seq ?? 0;
}
