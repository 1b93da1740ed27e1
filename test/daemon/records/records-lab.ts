// A database of records in memory, asked as the reading thread asks it.
import { Database } from "bun:sqlite";
import { type FillOptions, fillDatabase, RequestWriter } from "../../../bench/records/fill-database.ts";
import type { Reader } from "../../../src/daemon/records/read-records.ts";
import type { RequestDetail } from "../../../src/records/record.ts";
import { ANSWERS } from "../../../src/storage/records/answers.ts";
import { RECORD_TABLES, RECORD_TIMES } from "../../../src/storage/records/tables.ts";
import { START } from "../../balancer/fixtures.ts";

export interface RecordsLab extends Disposable {
  readonly database: Database;
  readonly reader: Reader;
  readonly asked: string[];
  add(records: readonly RequestDetail[]): void;
}

export function openRecordsLab(records: readonly RequestDetail[], options: FillOptions = { until: START }): RecordsLab {
  const database = new Database(":memory:");
  database.run(RECORD_TABLES + RECORD_TIMES);
  const asked: string[] = [];
  const ask = async (name: keyof typeof ANSWERS, question: unknown, signal: AbortSignal) => {
    signal.throwIfAborted();
    asked.push(name);
    const answer = ANSWERS[name] as (database: Database, question: unknown) => unknown;
    return answer(database, question);
  };
  const add = (more: readonly RequestDetail[]) => {
    const writer = new RequestWriter(database);
    for (const record of more) writer.write(record);
  };
  fillDatabase(database, records, options);
  return { database, reader: { ask } as Reader, asked, add, [Symbol.dispose]: () => database.close() };
}
