// `logs`: what became of requests, whole or by filter, what is added, and the whole story of one.
import type { Control } from "../../admin/control-client.ts";
import type { OutputOf } from "../../admin/operation-table.ts";
import type { RecordRow } from "../../admin/record-rows.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { localTime } from "../../core/local-time.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { connect } from "../connect.ts";
import { paintFor, widthOf } from "../paint.ts";
import { printJsonLine } from "../print-json.ts";
import { hint } from "../say.ts";
import { daemonLog } from "./daemon-log.ts";
import { failureSummary } from "./failure-summary.ts";
import { recordLine } from "./record-line.ts";
import { type LogsOptions, limitOf, type Selection, selectionOf, wordForMessage } from "./record-options.ts";
import { recordStory } from "./record-story.ts";
import { severityOf } from "./record-words.ts";
import { hintRecording } from "./recording-hints.ts";

const LIMIT = { standard: 100, most: 100_000 } as const;
const PAGE = 10_000;

/** With `--follow` until Ctrl-C. `EXIT.failed` where an id is asked for that no record has. */
export async function logs(context: CliContext, options: LogsOptions): Promise<number> {
  const limit = limitOf(options.limit, LIMIT);
  if (options.daemon === true) return await daemonLog(context, options, limit);
  if (options.follow === true && options.sort !== undefined && options.sort !== "time")
    throw new UserError("Cannot use --sort with --follow: records follow one another by time");
  const selection = selectionOf(options, context.now());
  await using connection = await connect(context, options, "log");
  const { control } = connection;
  const newestSeq = options.follow === true ? await seqOfNewest(control) : 0;
  const page = await lastOnes(control, selection, { sort: options.sort ?? "time", limit });
  const [only] = page.records;
  if (options.id !== undefined && options.follow !== true && only !== undefined && page.records.length === 1)
    return await story(only.id, control, context, options);
  for (const row of page.records) show(row, context, options);
  if (options.follow === true) return await follow(control, { selection, page, newestSeq }, context, options);
  if (page.records.length > 0 || limit === 0) sayMore(selection, page, { context, options });
  else await sayWhyNone(control, selection, page, { context, options });
  return options.id !== undefined && page.records.length === 0 ? EXIT.failed : EXIT.ok;
}

type Page = OutputOf<"logs.list">;

interface Extent {
  readonly sort: NonNullable<LogsOptions["sort"]>;
  readonly limit: number;
}

/** The last ones come last, as in a log. */
async function lastOnes(control: Control, selection: Selection, { sort, limit }: Extent): Promise<Page> {
  const found: RecordRow[] = [];
  let page: OutputOf<"logs.list"> = { records: [], recording: true };
  let cursor: string | undefined;
  while (found.length < limit) {
    const input = { ...selection, sort, limit: Math.min(PAGE, limit - found.length) };
    page = await control.call("logs.list", { ...input, ...(cursor !== undefined && { cursor }) });
    found.push(...page.records);
    cursor = page.next;
    if (cursor === undefined) break;
  }
  return { ...page, records: found.toReversed() };
}

function show(row: RecordRow, context: CliContext, options: LogsOptions): void {
  if (options.json) printJsonLine(context, JSON.stringify(row));
  else context.out.write(recordLine(row, paintFor(context.out, context, options)));
}

async function story(id: string, control: Control, context: CliContext, options: LogsOptions): Promise<number> {
  const { record } = await control.call("logs.get", { id });
  if (options.json) printJsonLine(context, JSON.stringify(record));
  else {
    const paint = paintFor(context.out, context, options);
    context.out.write(recordStory(record, { width: widthOf(context), paint }));
  }
  return EXIT.ok;
}

interface Followed {
  readonly selection: Selection;
  readonly page: Page;
  readonly newestSeq: number;
}

async function seqOfNewest(control: Control): Promise<number> {
  const { records } = await control.call("logs.list", { limit: 1 });
  return records[0]?.seq ?? 0;
}

/**
 * What is written while the first ones are asked for is not missed: it comes behind the last of them, or where none
 * matched behind the newest that there was before.
 */
async function follow(
  control: Control,
  { selection, page, newestSeq }: Followed,
  context: CliContext,
  options: LogsOptions,
): Promise<number> {
  hintRecording(context, options, page);
  if (control.kind === "offline") hint(context, options, "No daemon runs: what one records will be shown here");
  const signal = context.interruption();
  const after = Math.max(newestSeq, page.records.at(-1)?.seq ?? 0);
  try {
    for await (const row of control.stream("logs.follow", { ...selection, after }, signal)) show(row, context, options);
  } catch (error: unknown) {
    if (!signal.aborted) throw error;
  }
  return signal.aborted ? EXIT.interrupted : EXIT.ok;
}

interface Shown {
  readonly context: CliContext;
  readonly options: LogsOptions;
}

/** What an operator may not think of: that none is written, or that there are others. */
async function sayWhyNone(
  control: Control,
  selection: Selection,
  page: Page,
  { context, options }: Shown,
): Promise<void> {
  hintRecording(context, options, page);
  if (options.quiet) return;
  const [first] = (await control.call("logs.list", { order: "asc", limit: 1 })).records;
  const [last] = (await control.call("logs.list", { order: "desc", limit: 1 })).records;
  if (first !== undefined && last !== undefined) {
    const [from, to] = [first, last].map(({ ended_at }) => localTime(Date.parse(ended_at)));
    hint(context, options, `No record matches; there are records from ${from} to ${to}`);
  } else if (page.recording) hint(context, options, "No request is recorded yet");
  if (selection.id !== undefined)
    hint(
      context,
      options,
      "The daemon's own log may know of it:",
      `  openai-balance logs --daemon --id ${wordForMessage(selection.id)}`,
    );
}

/** For a person: that more would match, what most failures have in common, and how to see why. */
function sayMore(selection: Selection, { records: rows, next }: Page, { context, options }: Shown): void {
  if (options.json === true || !context.out.isTerminal) return;
  const isFiltered = Object.keys(selection).length > 0;
  if (isFiltered && next !== undefined) hint(context, options, `More match than these ${rows.length}: -n shows more`);
  const failed =
    rows.findLast((row) => severityOf(row) === "bad") ?? rows.findLast((row) => severityOf(row) === "poor");
  if (failed === undefined) return;
  const story = ["What happened to the last one, attempt by attempt:", `  openai-balance logs --id ${failed.id}`];
  hint(context, options, ...failureSummary(rows), ...story);
}
