// The keeper of request records: batches in time, bounded waiting, faults told once, and nothing counted twice.
import { describe, expect, test } from "bun:test";
import { Redactor } from "../../../src/core/redaction.ts";
import { RecordKeeper } from "../../../src/daemon/records/record-keeper.ts";
import type { Trace } from "../../../src/proxy/trace.ts";
import type { DatabaseJob, JobAnswer } from "../../../src/storage/database-jobs.ts";
import { DatabaseThread } from "../../../src/storage/database-thread.ts";
import { unpackRows } from "../../../src/storage/records/packed-rows.ts";
import type { RecordBatch } from "../../../src/storage/records/record-batch.ts";
import { loadValid } from "../../config/load.ts";
import { VirtualTime } from "../../proxy/fixtures.ts";
import { failedTrace, servedTrace } from "./trace-fixtures.ts";

/** A thread of which the test decides what comes of its jobs. */
class PlayedThread extends DatabaseThread {
  readonly jobs: DatabaseJob[] = [];
  fault: string | undefined;
  usedBytes = 0;
  /** Of each batch. */
  refused = 0;
  /** What each step of a clean-up takes away. */
  removals: number[] = [];
  /** While it is set, no job is answered. */
  hung: Promise<void> | undefined;

  override async ask(job: DatabaseJob): Promise<JobAnswer> {
    this.jobs.push(job);
    await this.hung;
    const removed = this.removals.shift() ?? 0;
    const result =
      job.kind === "retain" ? { removed, isDone: removed === 0 } : { usedBytes: this.usedBytes, refused: this.refused };
    return { number: 0, fault: this.fault, result };
  }

  get batches(): readonly RecordBatch[] {
    return this.jobs.flatMap((job) => (job.kind === "records" ? [job.batch] : []));
  }

  /** The ids of the requests of each batch. */
  get ids(): readonly (readonly (string | null | undefined)[])[] {
    const shape = { texts: 15, numbers: 16 };
    return this.batches.map(({ requests }) => [...unpackRows(requests, shape)].map((row) => row?.texts[0]));
  }

  /** All requests that were counted, by the rows of `total`. */
  counted(batches = this.batches): number {
    const rows = batches.flatMap(({ rollUps }) => [...unpackRows(rollUps, { texts: 3, numbers: 65 })]);
    return rows.filter((row) => row?.texts[0] === "total").reduce((sum, row) => sum + (row?.numbers[2] ?? 0), 0);
  }
}

interface Said {
  readonly level: string;
  readonly text: string;
  readonly reason?: string | undefined;
  readonly lost?: number | undefined;
}

function keeperOf(settings: object = {}, lockFault?: string, redactor = new Redactor()) {
  const time = new VirtualTime();
  const thread = new PlayedThread();
  const clock = { backMs: 0 };
  const said: Said[] = [];
  const say = (level: string) => (fields: object, text: string) => void said.push({ level, text, ...fields });
  const logger = { info: say("info"), warn: say("warn"), error: say("error") } as never;
  const keeper = new RecordKeeper({
    folder: { path: "/data", fault: undefined, notes: [] },
    lock: { fault: lockFault },
    thread,
    redactor,
    logger,
    now: () => time.now() - clock.backMs,
    schedule: time.schedule,
    config: configOf(settings),
    offsetOf: () => 0,
  });
  return { keeper, time, thread, said, clock };
}

function configOf(settings: object) {
  const providers = [{ name: "main", base_url: "https://a.example/v1", api_keys: ["sk-fake-key-1"] }];
  return loadValid({ yaml: JSON.stringify({ providers, requests: settings }) }).config;
}

function tracesAt(at: number, count: number, id = "r"): readonly Trace[] {
  return Array.from({ length: count }, (_, index) => servedTrace(at, { id: `${id}${index}` } as object));
}

describe("batches", () => {
  test("are written half a second after a request was noted, in the order of their ends", async () => {
    const { keeper, time, thread } = keeperOf();
    keeper.note(tracesAt(time.now(), 2, "a"));
    await time.advance(300);
    keeper.note(tracesAt(time.now(), 1, "b"));
    expect(thread.batches).toEqual([]);
    await time.advance(200);
    expect(thread.ids).toEqual([["a0", "a1", "b0"]]);
    expect(keeper.status()).toMatchObject({ isOn: true, pending: 0, dropped: 0, writtenAt: time.now() });
    await time.advance(60_000);
    expect([thread.batches.length, time.pending]).toEqual([1, 0]);
  });

  test("are of 1,000 requests at most", async () => {
    const { keeper, time, thread } = keeperOf({ max_rate: 10_000 });
    keeper.note(tracesAt(time.now(), 2_500));
    await time.advance(500);
    await keeper.settle();
    expect(thread.ids.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  });

  test("with bodies are of 8 MiB at most, and lose none", async () => {
    const { keeper, time, thread } = keeperOf();
    const body = { bytes: new Uint8Array(65_536), size: 65_536 };
    keeper.note(Array.from({ length: 200 }, () => failedTrace(time.now(), { body })));
    await time.advance(500);
    await keeper.settle();
    expect(thread.ids.map(({ length }) => length)).toEqual([123, 77]);
  });

  test("come with counts of all requests, also of those that get no record", async () => {
    const { keeper, time, thread } = keeperOf({ max_rate: 10 });
    keeper.note(tracesAt(time.now(), 1_000));
    keeper.note([failedTrace(time.now())]);
    await time.advance(500);
    await keeper.settle();
    expect([thread.ids.flat().length, thread.counted()]).toEqual([11, 1_001]);
    expect(keeper.status().sampledOut).toBe(990);
  });

  test("of counts are less frequent with thousands of keys, and lose none", async () => {
    const { keeper, time, thread } = keeperOf({ max_rate: 0 });
    const note = () =>
      keeper.note(
        Array.from({ length: 2_500 }, (_, index) =>
          servedTrace(time.now(), { keyId: `k${index}`, keyName: `n${index}` }),
        ),
      );
    note();
    await time.advance(500);
    await keeper.settle();
    const first = thread.counted();
    note();
    await time.advance(2_000);
    expect(thread.counted()).toBe(first);
    await time.advance(10_000);
    await keeper.settle();
    expect(thread.counted()).toBe(5_000);
  });

  test("of counts do not wait for a clock that went back", async () => {
    const { keeper, time, thread, clock } = keeperOf({ max_rate: 0 });
    keeper.note(tracesAt(time.now(), 1));
    await time.advance(500);
    clock.backMs = 3_600_000;
    keeper.note(tracesAt(time.now(), 1));
    await time.advance(1_000);
    expect(thread.counted()).toBe(2);
  });

  test("do not come where nothing was asked for", async () => {
    const { keeper, time, thread } = keeperOf({ enabled: false });
    keeper.note(tracesAt(time.now(), 3));
    expect([time.pending, keeper.status().isOn]).toEqual([0, false]);
    keeper.use(configOf({}));
    keeper.note(tracesAt(time.now(), 2));
    await time.advance(500);
    expect([thread.ids.flat().length, keeper.status().isOn]).toEqual([2, true]);
  });
});

describe("faults", () => {
  test("are told once, and what waits is written once when they are over", async () => {
    const { keeper, time, thread, said } = keeperOf();
    thread.fault = "another program has it locked";
    keeper.note(tracesAt(time.now(), 2, "a"));
    await time.advance(30_000);
    keeper.note(tracesAt(time.now(), 1, "b"));
    await time.advance(30_000);
    expect(keeper.status()).toMatchObject({ fault: "another program has it locked", pending: 3, dropped: 0 });
    const tried = thread.batches.length;
    expect(tried).toBeGreaterThan(30);
    thread.fault = undefined;
    await time.advance(2_000);
    expect(thread.ids.slice(tried)).toEqual([["a0", "a1"], ["b0"]]);
    expect(thread.counted(thread.batches.slice(tried))).toBe(3);
    expect(keeper.status()).toMatchObject({ fault: undefined, pending: 0 });
    expect(said.map(({ level, text }) => [level, text])).toEqual([
      ["error", "Request records cannot be written, they wait; trying on"],
      ["info", "Request records are written again"],
    ]);
  });

  test("let a bounded number wait; what is lost is counted and told once, counts are kept", async () => {
    const { keeper, time, thread, said } = keeperOf({ max_rate: 100_000 });
    thread.fault = "no space left on the disk";
    for (let round = 0; round < 8; round += 1) {
      keeper.note(tracesAt(time.now(), 5_000));
      await time.advance(1_000);
    }
    const { dropped, pending } = keeper.status();
    expect([dropped + pending, pending <= 31_000]).toEqual([40_000, true]);
    const tried = thread.batches.length;
    thread.fault = undefined;
    await time.advance(2_000);
    await keeper.settle();
    expect(thread.counted(thread.batches.slice(tried))).toBe(40_000);
    expect(said.map(({ level, reason, lost }) => [level, reason ?? lost])).toEqual([
      ["error", "no space left on the disk"],
      ["warn", "no space left on the disk"],
      ["info", dropped],
    ]);
  });

  test("keep a body of each failure within bounds of memory", async () => {
    const { keeper, time, thread } = keeperOf({ max_rate: 100_000 });
    thread.fault = "no space left on the disk";
    const body = { bytes: new Uint8Array(65_536), size: 65_536 };
    for (let second = 0; second < 20; second += 1) {
      keeper.note(Array.from({ length: 200 }, () => failedTrace(time.now(), { body })));
      await time.advance(1_000);
    }
    const { pending, dropped } = keeper.status();
    expect(pending).toBeLessThan(2_100);
    expect(pending + dropped).toBe(4_000);
  });

  test("of the folder keep everything in memory until it is usable", async () => {
    const { keeper, time, thread } = keeperOf({}, "the data folder was deleted");
    keeper.note(tracesAt(time.now(), 1));
    await time.advance(500);
    expect([thread.jobs, keeper.status().fault]).toEqual([[], "the data folder was deleted"]);
  });
});

describe("close", () => {
  test("writes what waits, and leaves no timer", async () => {
    const { keeper, time, thread } = keeperOf();
    keeper.note(tracesAt(time.now(), 3));
    await keeper.close();
    expect([thread.ids.flat().length, thread.counted(), time.pending]).toEqual([3, 3, 0]);
  });

  test("writes nothing where nothing was noted", async () => {
    const { keeper, thread } = keeperOf();
    await keeper.close();
    expect(thread.jobs).toEqual([]);
  });

  test("tries on for 5 s where the file is locked", async () => {
    const { keeper, time, thread, said } = keeperOf();
    thread.fault = "another program has it locked";
    keeper.note(tracesAt(time.now(), 3));
    const closed = keeper.close();
    await time.advance(2_500);
    thread.fault = undefined;
    await time.advance(1_000);
    await closed;
    expect([thread.ids.at(-1)?.length, keeper.status().dropped, time.pending]).toEqual([3, 0, 0]);
    expect(said.map(({ text }) => text)).toEqual([
      "Request records cannot be written, they wait; trying on",
      "Request records are written again",
    ]);
  });

  test.each([
    ["gives up on a fault then", "no space left on the disk"],
    ["does not wait for a disk that does not answer", undefined],
  ])("%s, says what is lost, and tries no more", async (_name, fault) => {
    const { keeper, time, thread, said } = keeperOf();
    thread.fault = fault;
    const { promise: hung, resolve: answer } = Promise.withResolvers<void>();
    if (fault === undefined) thread.hung = hung;
    keeper.note(tracesAt(time.now(), 3));
    const closed = keeper.close();
    await time.advance(5_000);
    await closed;
    thread.fault = "the thread of the database ended";
    answer();
    await time.advance(0);
    expect(said.at(-1)).toMatchObject({
      level: "error",
      text: "Request records are lost",
      lost: 3,
      reason: fault ?? "the database did not answer",
    });
    expect([keeper.status().dropped, time.pending]).toEqual([3, 0]);
    const tried = thread.jobs.length;
    keeper.note(tracesAt(time.now(), 1));
    await time.advance(60_000);
    await keeper.close();
    expect(thread.jobs).toHaveLength(tried);
  });
});

describe("a bug of ours", () => {
  class BrokenRedactor extends Redactor {
    override redactLines(lines: string): string {
      if (lines.includes("poison")) throw new Error("a bug");
      return super.redactLines(lines);
    }
  }
  const told = ["Internal error", "Request records are lost"];

  test("in packing costs the rows of that batch, not what was counted, and is told", async () => {
    const { keeper, time, thread, said } = keeperOf({}, undefined, new BrokenRedactor());
    keeper.note([...tracesAt(time.now(), 2), servedTrace(time.now(), { id: "poison" })]);
    await time.advance(500);
    expect(keeper.status()).toMatchObject({ dropped: 3, pending: 0 });
    keeper.note(tracesAt(time.now(), 1, "later"));
    await keeper.close();
    expect([thread.ids.flat(), thread.counted()]).toEqual([["later0"], 4]);
    expect(said.map(({ text, lost }) => lost ?? text)).toEqual(["Internal error", 3]);
  });

  test("in packing counts costs those, and an end that comes then ends", async () => {
    const { keeper, time, thread, said } = keeperOf({}, undefined, new BrokenRedactor());
    keeper.note([servedTrace(time.now(), { model: "poison", upstreamModel: "poison" })]);
    await keeper.close();
    expect([thread.jobs, keeper.status().dropped]).toEqual([[], 2]);
    expect(said.map(({ text }) => text)).toEqual([...told, ...told]);
  });

  test("in writing does not keep an end from ending", async () => {
    const { keeper, time, thread, said } = keeperOf();
    thread.ask = () => Promise.reject(new Error("a bug"));
    keeper.note(tracesAt(time.now(), 2));
    await keeper.close();
    expect([keeper.status().dropped, time.pending]).toEqual([2, 0]);
    expect(said.map(({ text }) => text)).toEqual(told);
  });

  test("in one trace costs its record alone", async () => {
    const { keeper, time, thread, said } = keeperOf();
    const broken = { ...servedTrace(time.now()), attempts: undefined } as never;
    keeper.note([broken, ...tracesAt(time.now(), 2), broken]);
    await time.advance(500);
    expect([thread.ids.flat(), keeper.status().dropped]).toEqual([["r0", "r1"], 2]);
    expect(said.map(({ text }) => text)).toEqual(told);
  });

  test("is not what the database refuses: that is counted and told too", async () => {
    const { keeper, time, thread, said } = keeperOf();
    thread.refused = 2;
    keeper.note(tracesAt(time.now(), 3));
    await time.advance(500);
    expect([keeper.status().dropped, said]).toMatchObject([
      2,
      [{ text: "Request records are lost", lost: 2, reason: "the database does not take them" }],
    ]);
  });
});

describe("cleanUp", () => {
  test("goes on step by step until nothing is left, and says how much went", async () => {
    const { keeper, time, thread } = keeperOf({ retention: { errors: "1d", requests: "2d", rollups: "3d" } });
    thread.removals = [500, 120];
    expect(await keeper.cleanUp(new AbortController().signal)).toBe(620);
    const day = 86_400_000;
    expect(thread.jobs).toHaveLength(3);
    expect(thread.jobs[0]).toMatchObject({
      kind: "retain",
      step: {
        attemptsBefore: time.now() - day,
        requestsBefore: time.now() - 2 * day,
        minutesBefore: time.now() - 2 * day,
        hoursBefore: time.now() - 3 * day,
        maxBytes: 2 ** 30,
      },
    });
  });

  test("ends when it is asked to, and says why it cannot", async () => {
    const { keeper, thread } = keeperOf();
    expect(await keeper.cleanUp(AbortSignal.abort())).toBe(0);
    thread.fault = "it cannot be written";
    await expect(keeper.cleanUp(new AbortController().signal)).rejects.toThrow(
      "Cannot take old records out of /data/requests.sqlite: it cannot be written",
    );
  });

  test("begins by itself where the database is too large", async () => {
    const { keeper, time, thread } = keeperOf({ max_size: "16MiB" });
    thread.usedBytes = 17 * 1024 * 1024;
    keeper.note(tracesAt(time.now(), 1));
    await time.advance(500);
    expect(thread.jobs.map(({ kind }) => kind)).toEqual(["records", "retain"]);
  });
});
