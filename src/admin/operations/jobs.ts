// `jobs.list`, `jobs.run`, `jobs.start` and `jobs.stop`.
import { z } from "zod";
import { nameForMessage } from "../../config/name-for-message.ts";
import { nearestName } from "../../config/nearest-name.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import { jobRow, jobRowOf, jobRun, jobRunOf } from "../job-rows.ts";
import type { JobReport } from "../jobs-port.ts";
import { call } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";

const job = z.string().min(1).describe("The job, by its name.");

export const jobsList = call({
  name: "jobs.list",
  kind: "read",
  who: "admin",
  summary: "Lists the daemon's jobs: how often each runs, its last run, its next one, and whether it is stopped.",
  input: z.strictObject({}),
  output: z.object({ jobs: z.array(jobRow).describe("Every job.") }),
  run: (_input, { jobs }) => ({ jobs: jobs.list().map(jobRowOf) }),
});

export const jobsRun = call({
  name: "jobs.run",
  kind: "change",
  who: "admin",
  summary:
    "Lets a job run now, also one that is stopped or that the configuration has off; where a run goes on it joins that. In a daemon the run goes on when its caller leaves: `jobs.stop` ends it.",
  input: z.strictObject({
    job,
    wait: z.boolean().default(true).describe("Answers at its end; false answers at once."),
  }),
  output: z.object({
    job: z.string().describe("Its name."),
    joined: z.boolean().describe("A run went on already, and no other was begun."),
    run: jobRun.optional().describe("How the run ended; absent with `wait: false`."),
  }),
  async run({ job: name, wait }, ports, signal) {
    const { needsDaemon } = reportOf(name, ports);
    if (needsDaemon && ports.daemon === undefined)
      throw new UserError(`Only a daemon has a use for ${name}, and none runs`, EXIT.unreachable);
    const { isJoined: joined, ended } = ports.jobs.run(name);
    if (!wait) return { job: name, joined };
    return { job: name, joined, run: jobRunOf(await orGone(ended, signal)) };
  },
});

export const jobsStop = setting(
  "jobs.stop",
  "Stops a job until `jobs.start`, also over restarts, and breaks off its run. `status` and `health` show it.",
  true,
);

export const jobsStart = setting(
  "jobs.start",
  "Takes a job up again that was stopped; its next run is one interval later.",
  false,
);

/** An operation that stops or starts a job. */
function setting<Name extends string>(name: Name, summary: string, isStopped: boolean) {
  return call({
    name,
    kind: "change",
    who: "admin",
    summary,
    input: z.strictObject({ job }),
    output: z.object({
      changed: z.boolean().describe("False where it was so before."),
      broke_off: z.boolean().describe("A run was broken off."),
      job: jobRow.describe("How it is now."),
    }),
    async run({ job: meant }, ports) {
      const before = reportOf(meant, ports);
      await ports.jobs.setStopped(meant, isStopped);
      const after = reportOf(meant, ports);
      const changed = (before.stoppedAt === undefined) !== (after.stoppedAt === undefined);
      return { changed, broke_off: isStopped && before.running !== undefined, job: jobRowOf(after) };
    },
  });
}

/** @throws UserError with the nearest name when there is no such job. */
function reportOf(name: string, { jobs }: ControlPorts): JobReport {
  const all = jobs.list();
  const found = all.find((report) => report.name === name);
  if (found !== undefined) return found;
  const names = all.map((report) => report.name);
  const near = nearestName(name, names);
  const words = near === undefined ? `there are ${names.join(", ")}` : `did you mean ${near}`;
  throw new UserError(`There is no job ${nameForMessage(name)}: ${words}`);
}

/** The caller may leave before the end. */
function orGone<T>(ended: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    ended.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
