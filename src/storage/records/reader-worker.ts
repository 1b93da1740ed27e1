// The thread that reads request records: no question holds up a stream, or the writing of what happens meanwhile.
import type { Database } from "bun:sqlite";
import { faultOfDatabase } from "../database.ts";
import { ANSWERS } from "./answers.ts";
import { fileIdOf, type OpenedDatabase, openForReading } from "./open-for-reading.ts";
import type { NumberedResult, ReaderJob, ReaderResult } from "./reader-job.ts";

let open: OpenedDatabase | undefined;

addEventListener("message", ({ data }: MessageEvent<ReaderJob>) => {
  const answer: NumberedResult = { number: data.number, result: resultOf(data) };
  postMessage(answer);
});

function resultOf(job: ReaderJob): ReaderResult {
  try {
    const database = databaseAt(job.path);
    return database === undefined ? { kind: "nothing" } : { kind: "answer", answer: answer(database, job) };
  } catch (error: unknown) {
    // Whatever it was, the next question begins with a file that is opened anew.
    close();
    return { kind: "fault", fault: faultOfDatabase(error) };
  }
}

function answer(database: Database, { name, question }: ReaderJob) {
  const run = ANSWERS[name] as (database: Database, question: unknown) => ReturnType<(typeof ANSWERS)[typeof name]>;
  return run(database, question);
}

/** A file that was set aside stays readable to who has it open, and says nothing of the one in its place. */
function databaseAt(path: string): Database | undefined {
  if (open !== undefined && open.fileId !== fileIdOf(path)) close();
  open ??= openForReading(path);
  return open?.database;
}

function close(): void {
  const database = open?.database;
  open = undefined;
  database?.close();
}
