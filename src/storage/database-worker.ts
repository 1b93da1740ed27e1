// The thread of the database: no query, lock or slow disk holds up a stream of the main one.
import type { Database } from "bun:sqlite";
import { faultOfDatabase, openDatabase } from "./database.ts";
import type { DatabaseJob, JobAnswer, NumberedJob } from "./database-jobs.ts";
import { dropExpired, writeOwners } from "./owner-table.ts";

let open: Database | undefined;

addEventListener("message", ({ data }: MessageEvent<NumberedJob>) => {
  const answer: JobAnswer = { number: data.number, fault: faultIn(data.job) };
  postMessage(answer);
});

function faultIn(job: DatabaseJob): string | undefined {
  try {
    run(job);
    return undefined;
  } catch (error: unknown) {
    // Whatever it was, the next job begins with a file that is opened anew.
    close();
    return faultOfDatabase(error);
  }
}

function run(job: DatabaseJob): void {
  switch (job.kind) {
    case "owners":
      open ??= openDatabase(job.path);
      writeOwners(open, job.changes);
      return;
    case "expire":
      open ??= openDatabase(job.path);
      dropExpired(open, job.now);
      return;
    case "close":
      close();
      return;
    default:
      job satisfies never;
  }
}

function close(): void {
  const database = open;
  open = undefined;
  database?.close();
}
