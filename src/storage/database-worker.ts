// The thread of the database: no query, lock or slow disk holds up a stream of the main one.
import type { Database } from "bun:sqlite";
import { fileStamp } from "../core/file-stamp.ts";
import { StuckFile } from "../core/generations.ts";
import { faultOfDatabase, isDamage, openDatabase, setDatabaseAside } from "./database.ts";
import type { DatabaseJob, JobAnswer, NumberedJob } from "./database-jobs.ts";
import { dropExpired, writeOwners } from "./owner-table.ts";
import { type RecordBatch, type WrittenRecords, writeRecords } from "./records/record-batch.ts";
import { remove } from "./records/removal.ts";
import { retain, usedBytes } from "./records/retention.ts";
import { type FileChange, WatchedFile } from "./watched-file.ts";

interface OpenFile {
  readonly path: string;
  readonly database: Database;
  readonly file: WatchedFile;
}

let open: OpenFile | undefined;

addEventListener("message", ({ data }: MessageEvent<NumberedJob>) => {
  const answer: JobAnswer = { number: data.number, ...answerTo(data.job) };
  postMessage(answer);
});

function answerTo(job: DatabaseJob): Omit<JobAnswer, "number"> {
  let begunAnew: string | undefined;
  try {
    begunAnew = look();
    const result = run(job);
    keep();
    return { fault: undefined, result, begunAnew };
  } catch (error: unknown) {
    return faultOf(error, job, begunAnew);
  }
}

/** Whatever it was, the next job begins with a file that is opened anew. */
function faultOf(error: unknown, job: DatabaseJob, begunAnew: string | undefined): Omit<JobAnswer, "number"> {
  const path = open?.path ?? (job.kind === "close" ? undefined : job.path);
  tryToClose();
  const fault = error instanceof StuckFile ? error.message : faultOfDatabase(error);
  if (path === undefined || !isDamage(error)) return { fault, begunAnew };
  try {
    return { fault, begunAnew: setDatabaseAside(path, fileStamp(Date.now()), fault) };
  } catch (stuck: unknown) {
    return { fault: stuck instanceof StuckFile ? stuck.message : fault, begunAnew };
  }
}

/** What happened to the file since the last job, where nothing of it can be used any more. */
function look(): string | undefined {
  const change = open?.file.look() ?? "none";
  if (open === undefined || change === "none") return undefined;
  const { path, file } = open;
  tryToClose();
  if (change !== "cut off") file.removeOwn();
  return CHANGES[change](path);
}

const CHANGES: Readonly<Record<Exclude<FileChange, "none">, (path: string) => string>> = {
  deleted: (path) => `${path} was deleted, and begins anew`,
  replaced: (path) => `${path} was replaced by another file, which is used now`,
  "cut off": (path) => setDatabaseAside(path, fileStamp(Date.now()), "it was cut off"),
};

function run(job: DatabaseJob): unknown {
  switch (job.kind) {
    case "owners":
      return writeOwners(databaseAt(job.path), job.changes);
    case "expire":
      return dropExpired(databaseAt(job.path), job.now);
    case "records":
      return writtenIn(databaseAt(job.path), job.batch);
    case "retain":
      return retain(databaseAt(job.path), job.step);
    case "remove":
      return remove(databaseAt(job.path), job.step);
    case "close":
      return close();
    default:
      return job satisfies never;
  }
}

/** What is written must not be called a failure for what comes after it: it would be written again. */
function writtenIn(database: Database, batch: RecordBatch): WrittenRecords {
  const refused = writeRecords(database, batch);
  try {
    return { usedBytes: usedBytes(database), refused };
  } catch {
    // The next job says what is wrong.
    return { usedBytes: 0, refused };
  }
}

function keep(): void {
  try {
    open?.file.keep();
  } catch {
    // As above.
  }
}

function databaseAt(path: string): Database {
  open ??= openAt(path);
  return open.database;
}

function openAt(path: string): OpenFile {
  const database = openDatabase(path);
  return { path, database, file: new WatchedFile(path) };
}

function close(): void {
  const closing = open;
  open = undefined;
  closing?.database.close();
}

/** A database that is damaged may refuse that too. */
function tryToClose(): void {
  try {
    close();
  } catch {
    // It is not used any more.
  }
}
