// Jobs in virtual time, with a wall clock of their own that a test may move.
import { expect } from "bun:test";
import type { JobRun } from "../../../src/admin/jobs-port.ts";
import type { Job } from "../../../src/daemon/jobs/job.ts";
import { Jobs } from "../../../src/daemon/jobs/jobs.ts";
import { StoppedJobs } from "../../../src/daemon/jobs/stopped-jobs.ts";
import { VirtualTime } from "../../proxy/fixtures.ts";

/** At its end no timer may be left. */
export class JobLab implements Disposable {
  readonly time: VirtualTime;
  readonly stopped = new StoppedJobs();
  readonly jobs: Jobs;
  /** How often what is stopped was saved. */
  saves = 0;
  /** What the saving throws. */
  saveFault: Error | undefined;
  readonly ended: { readonly name: string; readonly run: JobRun; readonly error: unknown }[] = [];
  /** How far the wall clock is from the one that only grows. */
  wallOffsetMs = 0;

  constructor(jobs: readonly Job[], time = new VirtualTime()) {
    this.time = time;
    this.jobs = new Jobs(jobs, {
      now: () => this.time.now() + this.wallOffsetMs,
      monotonic: this.time.now,
      schedule: this.time.schedule,
      stopped: this.stopped,
      save: async () => {
        this.saves += 1;
        if (this.saveFault !== undefined) throw this.saveFault;
      },
      onEnd: (name, run, error) => void this.ended.push({ name, run, error }),
    });
  }

  [Symbol.dispose](): void {
    this.jobs.end();
    expect(this.time.pending).toBe(0);
  }
}
