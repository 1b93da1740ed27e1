// The scheduler of jobs in virtual time: intervals, reloads, clocks that jump, faults, and what operators ask.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JobResult } from "../../../src/admin/jobs-port.ts";
import { UserError } from "../../../src/core/user-error.ts";
import type { Job, Round } from "../../../src/daemon/jobs/job.ts";
import { HOUR, MINUTE, SECOND } from "../../balancer/fixtures.ts";
import { JobLab } from "./job-lab.ts";

const NOTHING: JobResult = { words: "nothing", counts: {} };

/** A job that says when it began, in seconds, and what it is given to do. */
class Work {
  readonly begun: number[] = [];
  readonly rounds: Round[] = [];
  intervalMs: number | undefined = HOUR;
  /** Runs that go on now, and the most that ever did. */
  atOnce = 0;
  most = 0;
  act: (round: Round) => JobResult | Promise<JobResult> = () => NOTHING;
  readonly lab: JobLab;

  constructor(fields: Partial<Job> = {}) {
    const job: Job = {
      name: "work",
      about: "Works",
      intervalMs: () => this.intervalMs,
      run: (round) => this.#run(round),
      ...fields,
    };
    this.lab = new JobLab([job]);
    const startedAt = this.lab.time.now();
    this.#seconds = () => (this.lab.time.now() - startedAt) / SECOND;
    this.lab.jobs.start();
  }

  readonly #seconds: () => number;

  async #run(round: Round): Promise<JobResult> {
    this.begun.push(this.#seconds());
    this.rounds.push(round);
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    try {
      return await this.act(round);
    } finally {
      this.atOnce -= 1;
    }
  }

  get report() {
    const [report] = this.lab.jobs.list();
    if (report === undefined) throw new Error("There is no job");
    return report;
  }

  /** A run goes on until it is told to end, or its signal aborts, where it heeds that at once. */
  hold(isQuick = true): PromiseWithResolvers<void> {
    const gate = Promise.withResolvers<void>();
    this.act = async ({ signal }) => {
      if (isQuick) signal.addEventListener("abort", () => gate.resolve(), { once: true });
      await gate.promise;
      return NOTHING;
    };
    return gate;
  }

  [Symbol.dispose](): void {
    this.lab[Symbol.dispose]();
  }
}

describe("a job runs", () => {
  test("first after its interval, then one interval after the end of each run", async () => {
    using work = new Work();
    const gate = work.hold();
    await work.lab.time.advance(HOUR + 10 * MINUTE);
    expect(work.begun).toEqual([3_600]);
    gate.resolve();
    await work.lab.time.advance(HOUR);
    expect(work.begun).toEqual([3_600, 7_800]);
  });

  test("at the start where it says so", async () => {
    using work = new Work({ firstMs: 0 });
    await work.lab.time.advance(HOUR);
    expect(work.begun).toEqual([0, 3_600]);
  });

  test("not by itself before it is started, nor does it say when", async () => {
    using lab = new JobLab([{ name: "work", about: "Works", intervalMs: () => SECOND, run: async () => NOTHING }]);
    await lab.time.advance(HOUR);
    expect([lab.ended, lab.jobs.list()[0]?.nextAt]).toEqual([[], undefined]);
    await lab.jobs.run("work").ended;
    expect(lab.ended).toHaveLength(1);
  });

  test("never beside itself, whatever is asked, stopped and started meanwhile", async () => {
    const deed = fc.oneof(
      fc.constantFrom("run" as const, "stop" as const, "start" as const, "hurry" as const),
      fc.integer({ min: 1, max: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 25 }), fc.integer({ min: 1, max: 60 }), async (deeds, seconds) => {
        using work = new Work();
        work.intervalMs = 30 * SECOND;
        const { time, jobs } = work.lab;
        // It does not heed its signal.
        work.act = () => new Promise((resolve) => time.schedule(seconds * SECOND, () => resolve(NOTHING)));
        for (const each of deeds) {
          if (each === "run") jobs.run("work");
          else if (each === "hurry") jobs.hurry("work");
          else if (typeof each === "string") await jobs.setStopped("work", each === "stop");
          else await time.advance(each * SECOND);
        }
        expect(work.most).toBeLessThanOrEqual(1);
        // It comes again, whatever happened.
        await jobs.setStopped("work", false);
        const before = work.begun.length;
        await time.advance(30 * SECOND + seconds * SECOND + 10 * SECOND + 30 * SECOND);
        expect(work.begun.length).toBeGreaterThan(before);
        jobs.end();
        await time.advance(MINUTE);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a reload", () => {
  test("is heeded within ten seconds, whichever way the interval changes", async () => {
    using work = new Work();
    const { time } = work.lab;
    await time.advance(30 * MINUTE);
    work.intervalMs = 5 * MINUTE;
    await time.advance(10 * SECOND);
    expect(work.begun).toHaveLength(1);
    work.intervalMs = HOUR;
    await time.advance(59 * MINUTE);
    expect(work.begun).toHaveLength(1);
    work.intervalMs = undefined;
    await time.advance(5 * HOUR);
    expect([work.begun.length, work.report.nextAt, work.report.intervalMs]).toEqual([1, undefined, undefined]);
    work.intervalMs = HOUR;
    await time.advance(HOUR - SECOND);
    expect(work.begun).toHaveLength(1);
    await time.advance(11 * SECOND);
    expect(work.begun).toHaveLength(2);
  });

  test("that changes what a job works on lets it run at once, and gives up a run for that", async () => {
    using work = new Work();
    work.lab.jobs.hurry("work");
    await work.lab.time.advance(0);
    expect(work.begun).toEqual([0]);
    await work.lab.time.advance(SECOND);
    work.hold();
    work.lab.jobs.hurry("work");
    await work.lab.time.advance(SECOND);
    work.lab.jobs.hurry("work");
    await work.lab.time.advance(SECOND);
    expect(work.begun).toEqual([0, 1, 2]);
    expect(work.rounds.map(({ signal }) => signal.aborted)).toEqual([false, true, false]);
  });
});

describe("a wall clock that", () => {
  test.each<[string, number]>([
    ["goes back by a day", -24 * HOUR],
    ["goes forward by a day", 24 * HOUR],
    ["is put back an hour for winter, where it tells local time", -HOUR],
    ["is put forward an hour for summer", HOUR],
  ])("%s moves no run, and the next one is told by it", async (_what, jumpMs) => {
    using work = new Work();
    const { time } = work.lab;
    await time.advance(HOUR + 30 * MINUTE);
    work.lab.wallOffsetMs = jumpMs;
    expect(work.report.nextAt).toBe(time.now() + jumpMs + 30 * MINUTE);
    await time.advance(2 * HOUR);
    expect(work.begun).toEqual([3_600, 7_200, 10_800]);
  });

  test("jumps within a run makes it neither longer nor shorter", async () => {
    using work = new Work();
    const gate = work.hold();
    await work.lab.time.advance(HOUR);
    work.lab.wallOffsetMs = -24 * HOUR;
    await work.lab.time.advance(MINUTE);
    gate.resolve();
    await work.lab.time.advance(0);
    expect(work.report.last?.tookMs).toBe(MINUTE);
  });
});

describe("a run that fails", () => {
  test.each<[string, () => Error, string]>([
    ["in a way that an operator can mend", () => new UserError("The disk is full"), "The disk is full"],
    ["for the system", () => Object.assign(new Error("x"), { code: "ENOSPC" }), "no space left on the disk"],
    ["by a mistake of ours, of which nothing is told", () => new Error("secret of ours"), "an internal error"],
  ])("%s says so, and the next one comes", async (_what, error, fault) => {
    using work = new Work();
    work.act = () => {
      throw error();
    };
    await work.lab.time.advance(HOUR);
    expect(work.report.last).toMatchObject({ fault, result: undefined, isBrokenOff: false, isAsked: false });
    expect(work.lab.ended[0]?.error).toEqual(error());
    work.act = () => NOTHING;
    await work.lab.time.advance(HOUR);
    expect(work.report.last).toMatchObject({ fault: undefined, result: NOTHING });
  });

  test("in part tells what it did and why not all", async () => {
    using work = new Work();
    work.act = () => ({ words: "3 of 5 done", counts: { done: 3 }, fault: "the database is locked" });
    const { ended } = work.lab.jobs.run("work");
    expect(await ended).toMatchObject({ fault: "the database is locked", result: { words: "3 of 5 done" } });
  });

  test("halfway keeps how far it came", async () => {
    using work = new Work();
    work.act = ({ note }) => {
      note({ words: "1 done", counts: { done: 1 } });
      throw new UserError("No more");
    };
    expect(await work.lab.jobs.run("work").ended).toMatchObject({ fault: "No more", result: { words: "1 done" } });
  });
});

describe("a run that is asked for", () => {
  test("begins at once, and the next comes an interval after its end", async () => {
    using work = new Work();
    const { time, jobs } = work.lab;
    await time.advance(50 * MINUTE);
    const { isJoined, ended } = jobs.run("work");
    expect(isJoined).toBe(false);
    expect(work.report).toMatchObject({ running: { startedAt: time.now() }, nextAt: undefined });
    expect(await ended).toMatchObject({ isAsked: true, startedAt: time.now(), tookMs: 0 });
    expect(work.report).toMatchObject({ running: undefined, nextAt: time.now() + HOUR });
    await time.advance(HOUR);
    expect(work.begun).toEqual([3_000, 6_600]);
  });

  test("while one goes on joins that", async () => {
    using work = new Work();
    const gate = work.hold();
    const first = work.lab.jobs.run("work");
    await work.lab.time.advance(0);
    const second = work.lab.jobs.run("work");
    expect([first.isJoined, second.isJoined]).toEqual([false, true]);
    gate.resolve();
    expect(await first.ended).toBe(await second.ended);
    expect(work.begun).toHaveLength(1);
  });

  test("while one is being broken off begins at its end, and is not that one", async () => {
    using work = new Work();
    const gate = work.hold(false);
    const first = work.lab.jobs.run("work");
    await work.lab.time.advance(0);
    await work.lab.jobs.setStopped("work", true);
    const [second, third] = [work.lab.jobs.run("work"), work.lab.jobs.run("work")];
    expect([second.isJoined, work.begun.length]).toEqual([false, 1]);
    gate.resolve();
    expect(await first.ended).toMatchObject({ isBrokenOff: true });
    expect(await second.ended).toMatchObject({ isBrokenOff: false, isAsked: true });
    expect(await third.ended).toBe(await second.ended);
    expect(work.begun).toHaveLength(2);
  });

  test("while one is being broken off begins no more once the daemon ends", async () => {
    using work = new Work();
    const gate = work.hold(false);
    work.lab.jobs.run("work");
    await work.lab.time.advance(0);
    await work.lab.jobs.setStopped("work", true);
    const { ended } = work.lab.jobs.run("work");
    work.lab.jobs.end();
    gate.resolve();
    expect(await ended).toMatchObject({ isBrokenOff: true });
    expect(work.begun).toHaveLength(1);
  });

  test("is made though the job is off, or stopped", async () => {
    using work = new Work();
    work.intervalMs = undefined;
    await work.lab.jobs.run("work").ended;
    work.intervalMs = HOUR;
    await work.lab.jobs.setStopped("work", true);
    await work.lab.jobs.run("work").ended;
    expect([work.begun.length, work.report.stoppedAt]).toEqual([2, work.lab.time.now()]);
  });

  test("after the end is refused", async () => {
    using work = new Work();
    work.lab.jobs.end();
    expect(() => work.lab.jobs.run("work")).toThrow("The daemon stops");
  });
});

describe("a job that is stopped", () => {
  test("does not run, is on the disk as stopped, and begins a whole interval once it is started", async () => {
    using work = new Work();
    const { time, jobs, stopped } = work.lab;
    await time.advance(50 * MINUTE);
    const stoppedAt = time.now();
    await jobs.setStopped("work", true);
    expect([work.lab.saves, stopped.entries()]).toEqual([
      1,
      [{ kind: "job", name: "work", state: { stopped: stoppedAt } }],
    ]);
    await time.advance(5 * HOUR);
    await jobs.setStopped("work", true);
    expect([work.begun, work.report.stoppedAt, work.report.nextAt]).toEqual([[], stoppedAt, undefined]);
    await jobs.setStopped("work", false);
    expect([work.report.nextAt, stopped.entries()]).toEqual([time.now() + HOUR, []]);
    await time.advance(HOUR);
    expect(work.begun).toHaveLength(1);
  });

  test("breaks off its run, which counts as far as it came, also where that throws", async () => {
    using work = new Work();
    work.act = ({ note, signal }) => {
      note({ words: "1 done", counts: { done: 1 } });
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const { ended } = work.lab.jobs.run("work");
    await work.lab.time.advance(0);
    await work.lab.jobs.setStopped("work", true);
    expect(await ended).toMatchObject({ isBrokenOff: true, fault: undefined, result: { words: "1 done" } });
  });

  test("where that cannot be saved is stopped all the same, and says so", async () => {
    using work = new Work();
    work.lab.saveFault = new UserError("It is in effect, but cannot be saved");
    await expect(work.lab.jobs.setStopped("work", true)).rejects.toThrow("cannot be saved");
    await work.lab.time.advance(2 * HOUR);
    expect(work.begun).toEqual([]);
  });

  test("stays so from an earlier process, also one of a name that this version does not know", async () => {
    using work = new Work();
    const { stopped, time } = work.lab;
    stopped.restore([
      { kind: "job", name: "work", state: { stopped: 5 } },
      { kind: "job", name: "of-later", state: { stopped: 6 } },
    ]);
    await time.advance(3 * HOUR);
    expect([work.begun, work.report.stoppedAt, stopped.entries().length, stopped.revision.lasting]).toEqual([
      [],
      5,
      2,
      0,
    ]);
  });
});

test("the end breaks off what runs, and leaves no timer", async () => {
  using work = new Work();
  work.hold();
  await work.lab.time.advance(HOUR);
  work.lab.jobs.end();
  expect([work.rounds[0]?.signal.aborted, work.lab.time.pending]).toEqual([true, 0]);
  await work.lab.time.advance(3 * HOUR);
  expect([work.begun.length, work.lab.time.pending]).toEqual([1, 0]);
});
