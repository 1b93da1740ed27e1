// `logs`: the daemon's log, whole or by filter, and what is added to it.
import { parseDuration } from "../core/durations.ts";
import { EXIT } from "../core/exit-codes.ts";
import { formatRecord } from "../core/format-record.ts";
import { UserError } from "../core/user-error.ts";
import { parseStatusPattern } from "../storage/log-filter.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { hasColor } from "./paint.ts";
import { printJsonLine } from "./print-json.ts";
import { hint } from "./say.ts";

export interface LogsOptions extends TargetOptions, JsonOption {
  readonly follow?: boolean;
  readonly errors?: boolean;
  readonly since?: string;
  readonly status?: string;
  readonly provider?: string;
  readonly key?: string;
  readonly model?: string;
  readonly id?: string;
  readonly lines?: string;
}

const DEFAULT_LINES = 100;
const MOST_LINES = 100_000;

/** With `--follow` until Ctrl-C. */
export async function logs(context: CliContext, options: LogsOptions): Promise<number> {
  const query = queryOf(options, context.now());
  await using connection = await connect(context, options, "log");
  const signal = context.interruption();
  const isColored = hasColor(context.out, context, options);
  let isEmpty = true;
  try {
    for await (const { line } of connection.control.stream("daemon.log", query, signal)) {
      isEmpty = false;
      if (options.json) printJsonLine(context, line);
      else context.out.write(formatRecord(line, isColored));
    }
  } catch (error: unknown) {
    if (!signal.aborted) throw error;
  }
  if (signal.aborted) return EXIT.interrupted;
  if (isEmpty) hint(context, options, "The log has nothing that matches");
  return EXIT.ok;
}

function queryOf({ errors, since, status, provider, key, model, id, follow, lines }: LogsOptions, now: number) {
  if (status !== undefined && parseStatusPattern(status) === undefined) {
    throw new UserError("Cannot use --status: expected a status such as 429 or 4xx");
  }
  return {
    last: linesOf(lines),
    follow: follow === true,
    ...(errors && { errors }),
    ...(since !== undefined && { since: sinceOf(since, now) }),
    ...(status !== undefined && { status }),
    ...(provider !== undefined && { provider }),
    ...(key !== undefined && { key }),
    ...(model !== undefined && { model }),
    ...(id !== undefined && { id }),
  };
}

function linesOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LINES;
  const lines = Number(text);
  if (text.trim() !== "" && Number.isInteger(lines) && lines >= 0 && lines <= MOST_LINES) return lines;
  throw new UserError(`Cannot use --lines: expected a whole number from 0 to ${MOST_LINES}`);
}

/** A time ago such as `10m`, or a date. */
function sinceOf(text: string, now: number): string {
  const ago = parseDuration(text);
  const at = ago === undefined ? Date.parse(text) : now - ago;
  if (Number.isNaN(at))
    throw new UserError(
      "Cannot use --since: expected a time ago such as 10m or 2d, or a date such as 2026-01-31T12:00",
    );
  // A time before all times is as good as none.
  return new Date(Math.max(0, at)).toISOString();
}
