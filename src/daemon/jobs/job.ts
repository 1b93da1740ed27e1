// What a job is: work in the background that comes again by the clock.
import type { JobResult } from "../../admin/jobs-port.ts";

export interface Job {
  /** Names it in commands. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly about: string;
  /** The setting that says how often, where there is one. */
  readonly setting?: string;
  /** It means nothing without a daemon. */
  readonly needsDaemon?: true;
  /** From the start of the daemon to the first run. @default the interval */
  readonly firstMs?: number;
  /** From the end of a run to the next one; undefined while the configuration has it off. */
  readonly intervalMs: () => number | undefined;
  /** The setting by which that is so. */
  readonly offBy?: () => string | undefined;
  /** Works in slices, and ends soon after its signal aborts. Whatever it throws ends this run only. */
  readonly run: (round: Round) => Promise<JobResult>;
}

/** One run of a job. */
export interface Round {
  readonly signal: AbortSignal;
  /** An operator asked for it, so that it runs whatever the configuration says. */
  readonly isAsked: boolean;
  /** Says how far it has come. */
  readonly note: (soFar: JobResult) => void;
}
