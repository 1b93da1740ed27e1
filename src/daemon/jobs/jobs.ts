// The jobs of an instance: one timer for all of them, and what operators ask of them.
import type { JobReport, JobRun, JobsPort } from "../../admin/jobs-port.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { Schedule } from "../../proxy/timing.ts";
import type { Job } from "./job.ts";
import { ScheduledJob, type ScheduledJobDeps } from "./scheduled-job.ts";
import type { StoppedJobs } from "./stopped-jobs.ts";

export interface JobsDeps extends Pick<ScheduledJobDeps, "now" | "monotonic"> {
  readonly schedule: Schedule;
  readonly stopped: StoppedJobs;
  /** Brings to the disk what was stopped. @throws UserError. */
  readonly save: () => Promise<void>;
  /** A run of a job has ended; `error`: what it threw. */
  readonly onEnd: (name: string, run: JobRun, error?: unknown) => void;
  /** A run has begun or ended, or a job was stopped or taken up again. */
  readonly onChange?: () => void;
}

/** The settings are looked at this often: a reload may have changed them. */
const LOOK_MS = 10_000;

export class Jobs implements JobsPort {
  readonly #deps: JobsDeps;
  readonly #jobs: ReadonlyMap<string, ScheduledJob>;
  #stopTimer = () => {};
  #phase: "new" | "started" | "ended" = "new";

  constructor(jobs: readonly Job[], deps: JobsDeps) {
    this.#deps = deps;
    const { now, monotonic, stopped } = deps;
    const onBegin = () => deps.onChange?.();
    this.#jobs = new Map(
      jobs.map((job) => {
        const stoppedAt = () => stopped.since(job.name);
        const onEnd = (run: JobRun, error?: unknown) => this.#noteEnd(job.name, run, error);
        return [job.name, new ScheduledJob(job, { stoppedAt, now, monotonic, onBegin, onEnd })];
      }),
    );
  }

  /** From now on they run by themselves. */
  start(): void {
    this.#phase = "started";
    this.#look();
  }

  /** Breaks off every run, and none begins any more. */
  end(): void {
    this.#phase = "ended";
    this.#stopTimer();
    for (const job of this.#jobs.values()) job.end();
  }

  /** See `ScheduledJob.hurry`. */
  hurry(name: string): void {
    this.#of(name).hurry();
    this.#look();
  }

  list(): readonly JobReport[] {
    const isWaiting = this.#phase === "started";
    return Array.from(this.#jobs.values(), (job) => {
      const report = job.report();
      return isWaiting ? report : { ...report, nextAt: undefined };
    });
  }

  run(name: string): { readonly isJoined: boolean; readonly ended: Promise<JobRun> } {
    if (this.#phase === "ended") throw new UserError("The daemon stops, no job begins any more", EXIT.failed);
    return this.#of(name).run();
  }

  async setStopped(name: string, isStopped: boolean): Promise<void> {
    const { stopped, now, save } = this.#deps;
    const job = this.#of(name);
    // Its wait begins now, not when it was stopped.
    if (stopped.since(name) !== undefined) job.look();
    stopped.set(name, isStopped ? now() : undefined);
    if (isStopped) job.breakOff();
    this.#deps.onChange?.();
    this.#look();
    await save();
  }

  /** Begins what is due, and comes back when the next is. */
  #look(): void {
    this.#stopTimer();
    if (this.#phase !== "started") return;
    for (const job of this.#jobs.values()) job.look();
    const dues = Array.from(this.#jobs.values(), ({ dueInMs = LOOK_MS }) => dueInMs);
    this.#stopTimer = this.#deps.schedule(Math.min(LOOK_MS, ...dues), () => this.#look());
  }

  #noteEnd(name: string, run: JobRun, error: unknown): void {
    this.#deps.onEnd(name, run, error);
    this.#deps.onChange?.();
    this.#look();
  }

  /** @throws Error: operations look whether there is one of this name. */
  #of(name: string): ScheduledJob {
    const job = this.#jobs.get(name);
    if (job === undefined) throw new Error(`There is no job ${name}`);
    return job;
  }
}
