// What the control operations need of the jobs: the daemon's work in the background.

/** What a run came to: for people, and as counts for programs. */
export interface JobResult {
  /** `3 keys asked: 2 work again, 1 still fails`. */
  readonly words: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Why it could not do all of it. */
  readonly fault?: string | undefined;
}

/** A run that has ended. */
export interface JobRun {
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  readonly tookMs: number;
  /** An operator asked for it. */
  readonly isAsked: boolean;
  /** It was broken off. */
  readonly isBrokenOff: boolean;
  /** As far as it came; undefined where it failed before. */
  readonly result: JobResult | undefined;
  /** Why it failed, in words. */
  readonly fault: string | undefined;
}

/** One job as it is now. Times are wall-clock milliseconds. */
export interface JobReport {
  readonly name: string;
  readonly about: string;
  /** The setting that says how often; undefined where nothing can be set. */
  readonly setting: string | undefined;
  /** It means nothing without a daemon. */
  readonly needsDaemon: boolean;
  /** From the end of a run to the next one; undefined: the configuration has turned it off. */
  readonly intervalMs: number | undefined;
  /** The setting by which that is so. */
  readonly offBy: string | undefined;
  /** Since when an operator has it stopped. */
  readonly stoppedAt: number | undefined;
  /** The run that goes on, and how far it has come. */
  readonly running: { readonly startedAt: number; readonly soFar: JobResult | undefined } | undefined;
  /** Undefined while it runs, and where it does not by itself. */
  readonly nextAt: number | undefined;
  /** Of this process. */
  readonly last: JobRun | undefined;
}

export interface JobsPort {
  list(): readonly JobReport[];
  /** Begins a run, or joins the one that goes on. @throws UserError where no run can begin any more. */
  run(name: string): { readonly isJoined: boolean; readonly ended: Promise<JobRun> };
  /**
   * Stops a job and breaks off its run, or takes it up again; on the disk when it resolves.
   * @throws UserError when it cannot be saved.
   */
  setStopped(name: string, isStopped: boolean): Promise<void>;
}
