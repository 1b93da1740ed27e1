// `jobs list`, `run`, `start` and `stop`.
import type { ChalkInstance } from "chalk";
import type { OutputOf } from "../admin/operation-table.ts";
import { roughDuration } from "../core/durations.ts";
import { EXIT } from "../core/exit-codes.ts";
import { type CliContext, Interrupted, type JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printedJson } from "./print-json.ts";
import { hint, note, say } from "./say.ts";
import { withSpinner } from "./spinner.ts";
import { type Column, renderTable } from "./table.ts";
import { timeAgo, timeLeft } from "./words.ts";

export interface JobsOptions extends TargetOptions, JsonOption {}

export interface JobsRunOptions extends JobsOptions {
  /** False with `--no-wait`. */
  readonly wait: boolean;
}

type Row = OutputOf<"jobs.list">["jobs"][number];
type Run = NonNullable<Row["last_run"]>;

/** One line for each job. */
export async function jobsList(context: CliContext, options: JobsOptions): Promise<number> {
  await using connection = await connect(context, options, "read");
  const found = await connection.control.call("jobs.list", {});
  if (printedJson(context, options, found)) return EXIT.ok;
  const paint = paintFor(context.out, context, options);
  context.out.write(renderTable(columns(paint, context.now()), found.jobs, { width: widthOf(context), paint }));
  if (connection.control.kind === "offline") hint(context, options, "No daemon runs, so that no job does by itself");
  return EXIT.ok;
}

/** Without a daemon it runs in this process. `EXIT.failed` when it fails, or is broken off. */
export async function jobsRun(context: CliContext, job: string, options: JobsRunOptions): Promise<number> {
  await using connection = await connect(context, options, options.wait ? "write" : "daemon");
  const { control } = connection;
  const signal = context.interruption();
  const found = await withSpinner(`Running ${job}`, context, options, () =>
    control.call("jobs.run", { job, wait: options.wait }, signal),
  ).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    if (control.kind !== "offline") note(context, `The run goes on; to end it:`, `  openai-balance jobs stop ${job}`);
    throw new Interrupted("Ctrl-C");
  });
  const { run } = found;
  const isFailed = run !== undefined && (run.fault !== undefined || run.broken_off);
  if (!printedJson(context, options, found)) {
    const words = run === undefined ? (found.joined ? "runs already" : "runs") : runText(run);
    if (isFailed) note(context, `${job}: ${words}`);
    else say(context, options, `${job}: ${words}`);
  }
  return isFailed ? EXIT.failed : EXIT.ok;
}

/** Takes a job up again. */
export async function jobsStart(context: CliContext, job: string, options: JobsOptions): Promise<number> {
  await using connection = await connect(context, options, "daemon");
  const found = await connection.control.call("jobs.start", { job });
  if (printedJson(context, options, found)) return EXIT.ok;
  const { name, next_run, off_by } = found.job;
  const next = next_run === undefined ? "" : `, its next run is in ${timeLeft(next_run, context.now())}`;
  const off = off_by === undefined ? "" : `, but it is off by ${off_by}`;
  say(context, options, `${found.changed ? `Started ${name}` : `${name} was not stopped`}${next}${off}`);
  return EXIT.ok;
}

/** Keeps a job from running by itself, until it is started. */
export async function jobsStop(context: CliContext, job: string, options: JobsOptions): Promise<number> {
  await using connection = await connect(context, options, "daemon");
  const found = await connection.control.call("jobs.stop", { job });
  if (printedJson(context, options, found)) return EXIT.ok;
  const { name } = found.job;
  const head = found.changed ? `Stopped ${name}` : `${name} was stopped already`;
  const brokeOff = found.broke_off ? ", and broke off its run" : "";
  say(context, options, `${head}${brokeOff}. It stays so over restarts, until:`, `  openai-balance jobs start ${name}`);
  return EXIT.ok;
}

function columns(paint: ChalkInstance, now: number): readonly Column<Row>[] {
  return [
    { title: "JOB", text: ({ name }) => name },
    { title: "STATUS", text: statusText, paint: (text, row) => statusColor(row, paint)(text) },
    {
      title: "EVERY",
      text: ({ interval_ms }) => (interval_ms === undefined ? "" : roughDuration(interval_ms)),
      dropRank: 2,
    },
    { title: "NEXT IN", text: ({ next_run }) => timeLeft(next_run, now), dropRank: 1 },
    { title: "LAST RUN", text: (row) => lastText(row, now), dropRank: 0 },
    { title: "TOOK", text: (row) => tookText(row, now), align: "right", dropRank: 3 },
    { title: "RESULT", text: resultText, least: 36 },
  ];
}

/** One that is stopped may run all the same: an operator asked for that. */
function statusText({ running, stopped_at, interval_ms }: Row): string {
  if (running !== undefined) return "running";
  if (stopped_at !== undefined) return "stopped";
  return interval_ms === undefined ? "off" : "on";
}

function statusColor(row: Row, paint: ChalkInstance): ChalkInstance {
  const status = statusText(row);
  if (status === "on") return paint.green;
  return status === "off" ? paint.gray : paint.yellow;
}

function lastText({ last_run, running }: Row, now: number): string {
  if (running !== undefined) return "now";
  return last_run === undefined ? "" : timeAgo(last_run.started_at, now);
}

function tookText({ last_run, running }: Row, now: number): string {
  if (running !== undefined) return roughDuration(Math.max(0, now - Date.parse(running.started_at)));
  return last_run === undefined ? "" : roughDuration(last_run.ms);
}

/** Where nothing ran, why it does not. */
function resultText({ running, last_run, stopped_at, off_by }: Row): string {
  if (running !== undefined) return running.result === undefined ? "" : `${running.result} so far`;
  if (last_run !== undefined) return runText(last_run);
  return stopped_at === undefined && off_by !== undefined ? `off by ${off_by}` : "";
}

/** `3 keys asked: 2 work again, 1 still fails`. */
function runText({ result, fault, broken_off }: Run): string {
  const parts = [
    ...(broken_off ? ["broken off"] : []),
    ...(fault === undefined ? [] : [`failed: ${fault}`]),
    ...(result === undefined ? [] : [result]),
  ];
  return parts.length === 0 ? "done" : parts.join("; ");
}
