// One job through time: when it is due, the run that goes on, and how the last one ended.
import type { JobReport, JobResult, JobRun } from "../../admin/jobs-port.ts";
import { ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import type { Job } from "./job.ts";

export interface ScheduledJobDeps {
  /** Since when an operator has it stopped, by the wall clock. */
  readonly stoppedAt: () => number | undefined;
  readonly now: () => number;
  /** Milliseconds that only grow: a wall clock that jumps moves no run. */
  readonly monotonic: () => number;
  readonly onBegin: () => void;
  /** A run has ended; `error`: what it threw. */
  readonly onEnd: (run: JobRun, error?: unknown) => void;
}

interface Running {
  readonly startedAt: number;
  readonly stop: AbortController;
  readonly ended: Promise<JobRun>;
}

export class ScheduledJob {
  readonly job: Job;
  readonly #deps: ScheduledJobDeps;
  /** When the wait for the next run began, by the clock that only grows. */
  #waitsSince: number;
  #hasRun = false;
  /** Another run is to follow at once. */
  #isWanted = false;
  #isOver = false;
  #running: Running | undefined;
  #soFar: JobResult | undefined;
  #last: JobRun | undefined;

  constructor(job: Job, deps: ScheduledJobDeps) {
    this.job = job;
    this.#deps = deps;
    this.#waitsSince = deps.monotonic();
  }

  /** How long until it runs by itself; undefined where it does not, or runs. */
  get dueInMs(): number | undefined {
    const intervalMs = this.#isIdle() ? undefined : this.job.intervalMs();
    if (intervalMs === undefined || this.#running !== undefined) return undefined;
    if (this.#isWanted) return 0;
    const waitMs = this.#hasRun ? intervalMs : (this.job.firstMs ?? intervalMs);
    return Math.max(0, this.#waitsSince + waitMs - this.#deps.monotonic());
  }

  /** Begins a run that is due. */
  look(): void {
    if (this.#isIdle()) {
      this.#waitsSince = this.#deps.monotonic();
    } else if (this.dueInMs === 0) this.#begin(false);
  }

  /** Begins a run whatever the clock says, or joins the one that goes on; after one that is being broken off. */
  run(): { readonly isJoined: boolean; readonly ended: Promise<JobRun> } {
    if (this.#running === undefined) return { isJoined: false, ended: this.#begin(true) };
    const { stop, ended } = this.#running;
    if (!stop.signal.aborted) return { isJoined: true, ended };
    return { isJoined: false, ended: ended.then((run) => (this.#isOver ? run : this.run().ended)) };
  }

  /** What the next run works on has changed: it is due at once, and a run that goes on is given up for it. */
  hurry(): void {
    if (this.#isIdle()) return;
    this.#isWanted = true;
    this.breakOff();
  }

  breakOff(): void {
    this.#running?.stop.abort();
  }

  /** Breaks off the run that goes on, and none begins any more. */
  end(): void {
    this.#isOver = true;
    this.breakOff();
  }

  report(): JobReport {
    const { job } = this;
    const { dueInMs } = this;
    return {
      name: job.name,
      about: job.about,
      setting: job.setting,
      needsDaemon: job.needsDaemon === true,
      intervalMs: job.intervalMs(),
      offBy: job.offBy?.(),
      stoppedAt: this.#deps.stoppedAt(),
      running: this.#running && { startedAt: this.#running.startedAt, soFar: this.#soFar },
      nextAt: dueInMs === undefined ? undefined : this.#deps.now() + dueInMs,
      last: this.#last,
    };
  }

  #isIdle(): boolean {
    return this.#deps.stoppedAt() !== undefined || this.job.intervalMs() === undefined;
  }

  #begin(isAsked: boolean): Promise<JobRun> {
    const stop = new AbortController();
    this.#hasRun = true;
    this.#isWanted = false;
    this.#soFar = undefined;
    const startedAt = this.#deps.now();
    const ended = this.#runOnce(isAsked, startedAt, stop.signal);
    this.#running = { startedAt, stop, ended };
    this.#deps.onBegin();
    return ended;
  }

  /** Never rejects: a fault belongs to the run, and the next one comes. */
  async #runOnce(isAsked: boolean, startedAt: number, signal: AbortSignal): Promise<JobRun> {
    const { monotonic, onEnd } = this.#deps;
    const startedMs = monotonic();
    const note = (soFar: JobResult) => {
      this.#soFar = soFar;
    };
    let error: unknown;
    // The caller goes on first: whoever asks meanwhile must see that it runs.
    const result = await Promise.resolve()
      .then(() => this.job.run({ signal, isAsked, note }))
      .catch((met: unknown) => {
        // What a run that was broken off throws says nothing.
        if (!signal.aborted) error = met;
        return this.#soFar;
      });
    const fault = error === undefined ? result?.fault : faultOf(error);
    const tookMs = monotonic() - startedMs;
    const run: JobRun = { startedAt, tookMs, isAsked, isBrokenOff: signal.aborted, result, fault };
    this.#running = undefined;
    this.#last = run;
    this.#waitsSince = monotonic();
    onEnd(run, error);
    return run;
  }
}

/** Nothing of a bug but that it is one. */
function faultOf(error: unknown): string {
  return error instanceof UserError ? error.message : ioFault(error);
}
