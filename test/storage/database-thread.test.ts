// The thread of the database: jobs in order, faults in words, and an end that loses nothing.
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../src/storage/database.ts";
import type { NumberedJob } from "../../src/storage/database-jobs.ts";
import { DatabaseThread, type Thread } from "../../src/storage/database-thread.ts";
import { readOwners } from "../../src/storage/owner-table.ts";
import { scratchFolder } from "../core/scratch-folder.ts";

const row = (id: string) => ({ id, provider: "p", keyId: "k", account: undefined, expiresAt: 1_000 });
const job = (path: string, id: string) => ({ kind: "owners", path, changes: { kept: [row(id)], gone: [] } }) as const;

test("writes in another thread, and is done when it is closed", async () => {
  using folder = scratchFolder();
  const path = join(folder.path, "requests.sqlite");
  const thread = new DatabaseThread();
  const first = thread.run(job(path, "file-1"));
  const second = thread.run(job(path, "file-2"));
  await thread.close();
  expect(await Promise.all([first, second])).toEqual([undefined, undefined]);
  using database = openDatabase(path);
  expect([...readOwners(database, 0)].map(({ id }) => id)).toEqual(["file-1", "file-2"]);
});

test("tells a fault in words, and goes on once it is over", async () => {
  using folder = scratchFolder();
  const inside = join(folder.path, "later");
  const path = join(inside, "requests.sqlite");
  const thread = new DatabaseThread();
  expect(await thread.run(job(path, "file-1"))).toBe("it does not exist");
  mkdirSync(inside);
  expect(await thread.run(job(path, "file-1"))).toBeUndefined();
  await thread.close();
});

test("waits while another program has the database locked, and then says so", async () => {
  using folder = scratchFolder();
  const path = join(folder.path, "requests.sqlite");
  using other = openDatabase(path);
  other.run("BEGIN IMMEDIATE");
  const thread = new DatabaseThread();
  expect(await thread.run(job(path, "file-1"))).toBe("another program has it locked");
  other.run("COMMIT");
  expect(await thread.run(job(path, "file-1"))).toBeUndefined();
  await thread.close();
});

/** A thread that answers nothing. */
function deafThread() {
  const jobs: NumberedJob[] = [];
  const thread: Thread = {
    onmessage: null,
    onerror: null,
    postMessage: (sent) => void jobs.push(sent),
    terminate: () => {},
    ref: () => {},
    unref: () => {},
  };
  return { thread, jobs };
}

test("a thread that breaks fails what it had, and another one begins", async () => {
  const threads: ReturnType<typeof deafThread>[] = [];
  const database = new DatabaseThread(() => {
    const started = deafThread();
    threads.push(started);
    return started.thread;
  });
  const lost = database.run({ kind: "expire", path: "x", now: 0 });
  threads[0]?.thread.onerror?.({});
  expect(await lost).toBe("the thread of the database ended");
  const next = database.run({ kind: "expire", path: "x", now: 0 });
  threads[0]?.thread.onerror?.({});
  threads[1]?.thread.onmessage?.({ data: { number: threads[1].jobs[0]?.number ?? 0, fault: undefined } });
  expect([await next, threads.length]).toEqual([undefined, 2]);
});

test("a thread that cannot be started is a fault", async () => {
  const database = new DatabaseThread(() => {
    throw new Error("no threads");
  });
  expect(await database.run({ kind: "expire", path: "x", now: 0 })).toBe("the thread of the database ended");
  await database.close();
});
