// `logs clear`: deletes request records.
import { EXIT } from "../../core/exit-codes.ts";
import { localTime } from "../../core/local-time.ts";
import { UserError } from "../../core/user-error.ts";
import { type CliContext, Interrupted, type JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { TargetOptions } from "../connection.ts";
import { printedJson } from "../print-json.ts";
import { note, say } from "../say.ts";
import { withSpinner } from "../spinner.ts";
import { countOf } from "../words.ts";
import { type RecordOptions, type Selection, selectionOf, wordForMessage } from "./record-options.ts";

export interface LogsClearOptions extends TargetOptions, JsonOption, RecordOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** Asks first on a terminal; elsewhere `--yes` says that it is meant. */
export async function logsClear(context: CliContext, options: LogsClearOptions): Promise<number> {
  const selection = meantBy(options, context.now());
  const input = options.all === true ? { all: true } : selection;
  if (!(await isMeant(selection, context, options))) return EXIT.ok;
  await using connection = await connect(context, options, "write");
  const { control } = connection;
  const signal = context.interruption();
  const result = await withSpinner("Deleting", context, options, () =>
    control.call("logs.delete", input, signal),
  ).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    note(context, "Broken off: what was deleted until now is gone");
    throw new Interrupted("Ctrl-C");
  });
  if (printedJson(context, options, result)) return EXIT.ok;
  say(context, options, `Deleted ${countOf(result.deleted, "record")}`);
  return EXIT.ok;
}

/** @throws UserError where nothing says which records are meant, or two things do. */
function meantBy({ all, ...options }: LogsClearOptions, now: number): Selection {
  const selection = selectionOf(options, now);
  const isFiltered = Object.keys(selection).length > 0;
  if (all === true && isFiltered) throw new UserError("Which records? --all is every one of them: give it alone");
  if (all !== true && !isFiltered)
    throw new UserError(
      "Which records? Name them by --until, --errors, --key or another filter; --all deletes every one of them",
    );
  return selection;
}

async function isMeant(selection: Selection, context: CliContext, options: LogsClearOptions): Promise<boolean> {
  if (options.yes === true) return true;
  if (!context.input.isTerminal)
    throw new UserError("Deleted records cannot be brought back: --yes says that it is meant");
  const { count, more } = await countOfMeant(selection, context, options);
  if (count === 0 && !more) note(context, "No record matches: nothing was deleted");
  else {
    const amount = `${more ? "at least " : ""}${countOf(count, "record")}`;
    if (await context.ask.confirm(`Delete ${amount} of ${selectionText(selection)} for good?`)) return true;
    note(context, "Nothing was deleted");
  }
  return false;
}

/** Without a daemon nothing is locked while a person thinks. */
async function countOfMeant(selection: Selection, context: CliContext, options: LogsClearOptions) {
  await using connection = await connect(context, options, "log");
  return await withSpinner("Counting", context, options, () => connection.control.call("logs.count", selection));
}

/** `requests that failed or were refused with the key team-a before 2026-01-31 00:00:00 +01:00`. */
function selectionText({ errors, since, until, ...texts }: Selection): string {
  const parts = [
    ...(errors ? ["that failed or were refused"] : []),
    ...Object.entries(texts).map(([name, value]) => `with the ${name} ${wordForMessage(String(value))}`),
    ...(since === undefined ? [] : [`since ${localTime(Date.parse(since))}`]),
    ...(until === undefined ? [] : [`before ${localTime(Date.parse(until))}`]),
  ];
  return [parts.length === 0 ? "all requests" : "requests", ...parts].join(" ");
}
