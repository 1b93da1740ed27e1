// `logs --daemon`: the daemon's own log, whole or by filter, and what is added to it.
import { EXIT } from "../../core/exit-codes.ts";
import { formatRecord } from "../../core/format-record.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { connect } from "../connect.ts";
import { hasColor } from "../paint.ts";
import { printJsonLine } from "../print-json.ts";
import { hint } from "../say.ts";
import { type LogsOptions, selectionOf } from "./record-options.ts";

/** With `--follow` until Ctrl-C. `last`: how many at most, before those that follow. */
export async function daemonLog(context: CliContext, options: LogsOptions, last: number): Promise<number> {
  const query = { ...queryOf(options, context.now()), last, follow: options.follow === true };
  await using connection = await connect(context, options, "log");
  const signal = context.interruption();
  const isColored = hasColor(context.out, context, options);
  let isEmpty = true;
  try {
    for await (const { line } of connection.control.stream("daemon.log", query, signal)) {
      isEmpty = false;
      if (options.json) printJsonLine(context, line);
      else context.out.write(formatRecord(line, { isColored, isDated: true }));
    }
  } catch (error: unknown) {
    if (!signal.aborted) throw error;
  }
  if (signal.aborted) return EXIT.interrupted;
  if (isEmpty) hint(context, options, "The daemon's log has nothing that matches");
  return EXIT.ok;
}

/** What its lines do not say cannot be asked for. */
const UNKNOWN = ["token", "operation", "sort"] as const;

function queryOf(options: LogsOptions, now: number) {
  const wrong = UNKNOWN.find((name) => options[name] !== undefined);
  if (wrong !== undefined)
    throw new UserError(`Cannot use --${wrong} with --daemon: it is for the records of requests`);
  const { token: _token, operation: _operation, ...selection } = selectionOf(options, now);
  return selection;
}
