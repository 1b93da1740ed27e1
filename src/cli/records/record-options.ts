// The options that say which request records are meant.
import type { InputOf } from "../../admin/operation-table.ts";
import { nameForMessage } from "../../config/name-for-message.ts";
import { parsePastTime } from "../../core/local-time.ts";
import { UserError } from "../../core/user-error.ts";
import { parseStatusPattern } from "../../storage/log-filter.ts";
import type { JsonOption } from "../cli-context.ts";
import type { TargetOptions } from "../connection.ts";

export interface RecordOptions {
  readonly errors?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly status?: string;
  readonly provider?: string;
  readonly key?: string;
  readonly model?: string;
  readonly token?: string;
  readonly operation?: string;
  readonly id?: string;
}

/** Of `logs` itself. */
export interface LogsOptions extends TargetOptions, JsonOption, RecordOptions {
  readonly follow?: boolean;
  readonly limit?: string;
  readonly sort?: "time" | "duration" | "tokens" | "cost";
  /** The daemon's own log in place of request records. */
  readonly daemon?: boolean;
}

/** As the operations on records take it. */
export type Selection = InputOf<"logs.export">;

const TEXTS = ["provider", "key", "model", "token", "operation", "id"] as const;

/** @throws UserError for an option that cannot be read. */
export function selectionOf(options: RecordOptions, now: number): Selection {
  const { errors, since, until, status } = options;
  const span = {
    ...(since !== undefined && { since: timeOf("--since", since, now) }),
    ...(until !== undefined && { until: timeOf("--until", until, now) }),
  };
  if (span.since !== undefined && span.until !== undefined && span.since >= span.until)
    throw new UserError("Cannot use --since and --until: the one is not before the other");
  const texts = TEXTS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]));
  return {
    ...(errors && { errors }),
    ...span,
    ...(status !== undefined && { status: statusOf(status) }),
    ...Object.fromEntries(texts),
  };
}

/** RFC 3339, in UTC. Of a time that the clocks showed twice `--until` means the second one, so that nothing is missed. */
export function timeOf(option: string, text: string, now: number): string {
  const at = parsePastTime(text, { now, repeated: option === "--since" ? "first" : "last" });
  if (at === undefined)
    throw new UserError(
      `Cannot use ${option}: expected a time ago such as 10m or 2d, a time of day such as 22:30, or a date such as 2026-01-31 or 2026-01-31T12:00, by the clocks here unless it ends in a zone`,
    );
  return new Date(at).toISOString();
}

export function statusOf(text: string): string {
  if (parseStatusPattern(text) !== undefined) return text;
  throw new UserError("Cannot use --status: expected a status such as 429 or 4xx");
}

/** A word of the command line as a message may show it: it may be a key, or a token, in the wrong place. */
export function wordForMessage(word: string): string {
  return /^req_\w{1,60}$/.test(word) ? word : nameForMessage(word);
}

/** How many records at most. */
export function limitOf(
  text: string | undefined,
  { standard, least = 0, most }: { readonly standard: number; readonly least?: number; readonly most: number },
): number {
  if (text === undefined) return standard;
  const limit = Number(text);
  if (text.trim() !== "" && Number.isInteger(limit) && limit >= least && limit <= most) return limit;
  throw new UserError(`Cannot use --limit: expected a whole number from ${least} to ${most}`);
}
