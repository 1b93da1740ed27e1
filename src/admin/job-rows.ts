// What operators get to see of the daemon's jobs.
import { z } from "zod";
import { isoTime, time } from "./iso-time.ts";
import type { JobReport, JobResult, JobRun } from "./jobs-port.ts";
import type { ControlPorts } from "./ports.ts";

const resultFields = {
  result: z.string().optional().describe("What it came to, in words."),
  counts: z.record(z.string(), z.int()).optional().describe("The same as numbers, by what is counted."),
};

/** A run that has ended. */
export const jobRun = z.object({
  started_at: time.describe("When it began."),
  ms: z.number().describe("How long it took, in milliseconds."),
  asked: z.boolean().describe("An operator asked for it; else the clock did."),
  broken_off: z.boolean().describe("It was broken off before its end."),
  ...resultFields,
  fault: z.string().optional().describe("Why it failed, or could not do all of it."),
});

export const jobRow = z.object({
  name: z.string().describe("Names it in commands."),
  about: z.string().describe("What it does."),
  setting: z.string().optional().describe("The setting that says how often; absent where that is fixed."),
  interval_ms: z
    .number()
    .optional()
    .describe("From the end of a run to the next one; absent where the configuration has it off."),
  off_by: z.string().optional().describe("The setting that has it off."),
  stopped_at: time.optional().describe("Since when an operator has it stopped."),
  running: z
    .object({ started_at: time.describe("When it began."), ...resultFields })
    .optional()
    .describe("The run that goes on, with what it has come to so far."),
  next_run: time.optional().describe("When it runs next; absent while it runs, and where it does not by itself."),
  last_run: jobRun.optional().describe("Since the daemon was started."),
});

/** Jobs that an operator must know of, for answers about the daemon as a whole. */
export const jobNotes = {
  jobs: z
    .array(
      z.object({
        name: z.string().describe("The job."),
        stopped_at: time.optional().describe("Since when an operator has it stopped."),
        fault: z.string().optional().describe("Why its last run failed."),
      }),
    )
    .optional()
    .describe("Jobs that are stopped, or whose last run failed; absent where there are none."),
};

export function jobRowOf(report: JobReport): z.output<typeof jobRow> {
  const { name, about, setting, intervalMs, offBy, stoppedAt, running, nextAt, last } = report;
  return {
    name,
    about,
    ...(setting !== undefined && { setting }),
    ...(intervalMs !== undefined && { interval_ms: intervalMs }),
    ...(offBy !== undefined && { off_by: offBy }),
    ...(stoppedAt !== undefined && { stopped_at: isoTime(stoppedAt) }),
    ...(running && { running: { started_at: isoTime(running.startedAt), ...resultOf(running.soFar) } }),
    ...(nextAt !== undefined && { next_run: isoTime(nextAt) }),
    ...(last && { last_run: jobRunOf(last) }),
  };
}

export function jobRunOf({ startedAt, tookMs, isAsked, isBrokenOff, result, fault }: JobRun): z.output<typeof jobRun> {
  return {
    started_at: isoTime(startedAt),
    ms: Math.round(tookMs),
    asked: isAsked,
    broken_off: isBrokenOff,
    ...resultOf(result),
    ...(fault !== undefined && { fault }),
  };
}

/** What `jobNotes` describes. */
export function jobNotesOf({ jobs }: Pick<ControlPorts, "jobs">): z.output<z.ZodObject<typeof jobNotes>> {
  const notes = jobs.list().flatMap(({ name, stoppedAt, last }) => {
    const fault = last?.fault;
    if (stoppedAt === undefined && fault === undefined) return [];
    return [
      {
        name,
        ...(stoppedAt !== undefined && { stopped_at: isoTime(stoppedAt) }),
        ...(fault !== undefined && { fault }),
      },
    ];
  });
  return notes.length === 0 ? {} : { jobs: notes };
}

/** One that was stopped is no fault but somebody's will, as a key that was disabled is. */
export function hasJobFault({ jobs = [] }: z.output<z.ZodObject<typeof jobNotes>>): boolean {
  return jobs.some(({ fault }) => fault !== undefined);
}

function resultOf(result: JobResult | undefined) {
  return result === undefined ? {} : { result: result.words, counts: { ...result.counts } };
}
