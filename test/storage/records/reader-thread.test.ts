// The thread that reads request records: what it says of files that are missing, replaced, locked, damaged or foreign.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RequestWriter } from "../../../bench/records/fill-database.ts";
import { randomTraffic } from "../../../bench/records/random-traffic.ts";
import { EXIT } from "../../../src/core/exit-codes.ts";
import { UserError } from "../../../src/core/user-error.ts";
import { schedule } from "../../../src/daemon/schedule.ts";
import { rangeOfTimes } from "../../../src/records/seq-range.ts";
import { openDatabase } from "../../../src/storage/database.ts";
import type { ReaderJob } from "../../../src/storage/records/reader-job.ts";
import { ReaderThread, type ReadingThread } from "../../../src/storage/records/reader-thread.ts";
import { START } from "../../balancer/fixtures.ts";
import { scratchFolder } from "../../core/scratch-folder.ts";

const never = new AbortController().signal;
const PAGE = { filter: {}, range: rangeOfTimes({}), isDescending: true, limit: 1_000, step: 9 };

function fill(path: string, requests: number): void {
  using database = openDatabase(path);
  const writer = new RequestWriter(database);
  for (const request of randomTraffic({ requests, days: 1, until: START })) writer.write(request);
}

async function count(reader: ReaderThread): Promise<number | undefined> {
  return (await reader.ask("page", PAGE, never))?.records.length;
}

async function faultOf(reader: ReaderThread): Promise<unknown> {
  const error = await count(reader).then(
    (found) => `It found ${found}`,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(EXIT.failed);
  return (error as UserError).message;
}

interface Site extends Disposable {
  readonly path: string;
  readonly reader: ReaderThread;
}

function openSite(): Site {
  const folder = scratchFolder();
  const path = join(folder.path, "requests.sqlite");
  const reader = new ReaderThread({ path, schedule });
  const end = () => {
    reader.close();
    folder[Symbol.dispose]();
  };
  return { path, reader, [Symbol.dispose]: end };
}

describe("the reading thread", () => {
  test("answers nothing until there is a database, and then what is in it", async () => {
    using site = openSite();
    expect(await count(site.reader)).toBeUndefined();
    fill(site.path, 3);
    expect(await count(site.reader)).toBe(3);
    rmSync(site.path);
    expect(await count(site.reader)).toBeUndefined();
  });

  test("sees what is written while it has the file open", async () => {
    using site = openSite();
    using database = openDatabase(site.path);
    expect(await count(site.reader)).toBe(0);
    const writer = new RequestWriter(database);
    for (const request of randomTraffic({ requests: 5, days: 1, until: START })) writer.write(request);
    expect(await count(site.reader)).toBe(5);
  });

  test("takes up the file that stands in place of one that was set aside", async () => {
    using site = openSite();
    fill(site.path, 3);
    expect(await count(site.reader)).toBe(3);
    renameSync(site.path, `${site.path}.corrupt`);
    for (const suffix of ["-wal", "-shm"]) rmSync(site.path + suffix, { force: true });
    fill(site.path, 2);
    expect(await count(site.reader)).toBe(2);
  });

  test("answers nothing from a database that has no records yet", async () => {
    using site = openSite();
    using database = new Database(site.path, { create: true });
    database.run("PRAGMA user_version = 1");
    expect(await count(site.reader)).toBeUndefined();
  });

  test("says that a newer version wrote the database", async () => {
    using site = openSite();
    using database = openDatabase(site.path);
    database.run("PRAGMA user_version = 99");
    expect(await faultOf(site.reader)).toBe(`Cannot read ${site.path}: a newer version of openai-balance wrote it`);
  });

  test("says that a file is none of SQLite, and goes on once it is gone", async () => {
    using site = openSite();
    writeFileSync(site.path, "this is no database at all, and longer than the head of one ".repeat(40));
    expect(await faultOf(site.reader)).toBe(`Cannot read ${site.path}: it is no database of SQLite`);
    rmSync(site.path);
    fill(site.path, 1);
    expect(await count(site.reader)).toBe(1);
  });

  test("says that a file was cut off, or has bytes of something else in it", async () => {
    using site = openSite();
    fill(site.path, 900);
    const whole = readFileSync(site.path);
    truncateSync(site.path, Math.floor(whole.length / 2));
    expect(await faultOf(site.reader)).toBe(`Cannot read ${site.path}: it is no longer readable`);
    const spoiled = Buffer.from(whole);
    spoiled.fill(0xff, 4_096 * 2);
    writeFileSync(site.path, spoiled);
    expect(await faultOf(site.reader)).toBe(`Cannot read ${site.path}: it is no longer readable`);
    writeFileSync(site.path, whole);
    expect(await count(site.reader)).toBe(900);
  });

  test("says that another program has it locked, and goes on once it lets go", async () => {
    using site = openSite();
    fill(site.path, 2);
    const other = new Database(site.path);
    other.run("PRAGMA locking_mode = EXCLUSIVE");
    other.run("BEGIN EXCLUSIVE");
    expect(await faultOf(site.reader)).toBe(`Cannot read ${site.path}: another program has it locked`);
    other.run("COMMIT");
    other.close();
    expect(await count(site.reader)).toBe(2);
  });

  test.skipIf(process.geteuid?.() === 0)("reads a folder that it may not write", async () => {
    using site = openSite();
    fill(site.path, 4);
    chmodSync(join(site.path, ".."), 0o500);
    expect(await count(site.reader)).toBe(4);
    chmodSync(join(site.path, ".."), 0o700);
  });
});

/** A thread that answers nothing. */
function deafThreads() {
  const threads: { readonly thread: ReadingThread; readonly jobs: ReaderJob[]; isEnded: boolean }[] = [];
  const start = () => {
    const jobs: ReaderJob[] = [];
    const thread: ReadingThread = {
      onmessage: null,
      onerror: null,
      postMessage: (job) => void jobs.push(job),
      terminate: () => {
        started.isEnded = true;
      },
      ref: () => {},
      unref: () => {},
    };
    const started = { thread, jobs, isEnded: false };
    threads.push(started);
    return thread;
  };
  return { threads, start };
}

describe("a caller", () => {
  test("that leaves is not kept by a thread that does not answer", async () => {
    const { start } = deafThreads();
    const reader = new ReaderThread({ path: "x", schedule, start });
    const stop = new AbortController();
    const asked = reader.ask("newest", undefined, stop.signal);
    stop.abort(new Error("gone"));
    await expect(asked).rejects.toThrow("gone");
    reader.close();
  });

  test("that has left already does not start a thread", async () => {
    const { start, threads } = deafThreads();
    const reader = new ReaderThread({ path: "x", schedule, start });
    await expect(reader.ask("newest", undefined, AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
    expect(threads).toEqual([]);
  });

  test("is told when the disk does not answer, and the next one gets another thread", async () => {
    const { start, threads } = deafThreads();
    const timers: (() => void)[] = [];
    const at = (_delayMs: number, run: () => void) => {
      timers.push(run);
      return () => {};
    };
    const reader = new ReaderThread({ path: "x", schedule: at, start });
    const asked = Promise.allSettled([1, 2].map(() => reader.ask("newest", undefined, never)));
    timers[0]?.();
    const reasons = (await asked).map((result) => result.status === "rejected" && result.reason.message);
    expect(reasons).toEqual(Array(2).fill("Cannot read x: the disk did not answer for 30 s"));
    expect(threads.map(({ isEnded }) => isEnded)).toEqual([true]);
    const next = reader.ask("newest", undefined, never);
    threads[0]?.thread.onerror?.({});
    const number = threads[1]?.jobs[0]?.number ?? 0;
    threads[1]?.thread.onmessage?.({ data: { number, result: { kind: "answer", answer: 7 } } });
    expect(await next).toBe(7);
    reader.close();
  });

  test("is told when the thread breaks, or cannot be started", async () => {
    const { start, threads } = deafThreads();
    const reader = new ReaderThread({ path: "x", schedule, start });
    const asked = reader.ask("newest", undefined, never);
    threads[0]?.thread.onerror?.({});
    await expect(asked).rejects.toThrow("Cannot read x: the thread that reads it ended");
    const failing = () => {
      throw new Error("no threads");
    };
    const none = new ReaderThread({ path: "x", schedule, start: failing });
    await expect(none.ask("newest", undefined, never)).rejects.toThrow("Cannot read x: the thread that reads it ended");
  });
});
