// `tokens add`: makes a client token and shows its secret once.
import type { InputOf } from "../../admin/operation-table.ts";
import { splitList } from "../../config/coerce-text.ts";
import { parseDuration } from "../../core/durations.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { parseMoment } from "../../core/moment.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import { type TargetOptions, whenText } from "../connection.ts";
import { printedJson } from "../print-json.ts";
import { hint, note } from "../say.ts";

export interface TokensAddOptions extends TargetOptions, JsonOption {
  readonly name?: string;
  readonly models?: string;
  readonly providers?: string;
  readonly operations?: string;
  readonly cidrs?: string;
  readonly expires?: string;
  readonly rpm?: string;
  readonly tpm?: string;
  readonly tpd?: string;
  readonly budget?: string;
  readonly concurrency?: string;
  readonly day?: string;
}

const LISTS = ["models", "providers", "operations", "cidrs"] as const;
const TEXTS = ["name", "rpm", "tpm", "tpd", "concurrency", "day"] as const;
/** Years have four digits. */
const LAST_MOMENT = Date.UTC(9999, 11, 31);
const BUDGET = /^(\d+(?:\.\d+)?)(?:\/(day|month|total))?$/;

/** The secret goes to standard output, alone, so that it can be piped to where it belongs. */
export async function tokensAdd(context: CliContext, options: TokensAddOptions): Promise<number> {
  const input = inputOf(options, context.now());
  await using connection = await connect(context, options, "write");
  const added = await connection.control.call("tokens.add", input);
  if (printedJson(context, options, added)) return EXIT.ok;
  const { id, name } = added.token;
  hint(
    context,
    options,
    `Added the client token ${name}, id ${id}${whenText(connection)}. Its secret, shown this once:`,
  );
  context.out.write(`${added.secret}\n`);
  if (added.first) note(context, "It is the first one: from now on every request needs a client token");
  return EXIT.ok;
}

/** @throws UserError for an option that cannot be read. */
function inputOf(options: TokensAddOptions, now: number): InputOf<"tokens.add"> {
  const lists = LISTS.flatMap((name) => entry(name, options[name], splitList));
  const texts = TEXTS.flatMap((name) => entry(name, options[name], (text) => text));
  const expires = entry("expires", options.expires, (text) => momentOf(text, now));
  const budget = entry("budget", options.budget, budgetOf);
  return Object.fromEntries([...lists, ...texts, ...expires, ...budget]) as InputOf<"tokens.add">;
}

function entry<T>(
  name: string,
  text: string | undefined,
  read: (text: string) => T,
): readonly (readonly [string, T])[] {
  return text === undefined ? [] : [[name, read(text)]];
}

/** What is beyond all calendars is for the operation to judge. */
function momentOf(text: string, now: number): string {
  const length = parseDuration(text);
  if (length === undefined && parseMoment(text) === undefined)
    throw new UserError("Cannot use --expires: expected a date such as 2027-01-01, a time, or how long from now: 90d");
  const end = now + (length ?? Number.POSITIVE_INFINITY);
  return end > LAST_MOMENT ? text : new Date(end).toISOString();
}

function budgetOf(text: string): { readonly amount: number; readonly per: string } {
  const [, amount, per = "month"] = BUDGET.exec(text.trim()) ?? [];
  if (amount === undefined) throw new UserError("Cannot use --budget: expected an amount such as 20/month or 5/day");
  return { amount: Number(amount), per };
}
