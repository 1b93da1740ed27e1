// `keys remove`, `keys enable`, `keys disable` and `keys reset`.
import type { KeyRow } from "../../admin/key-rows.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import { type TargetOptions, whenText } from "../connection.ts";
import { printedJson } from "../print-json.ts";
import { note, say } from "../say.ts";
import { countOf } from "../words.ts";

export interface KeysChangeOptions extends TargetOptions, JsonOption {
  readonly provider?: string;
  readonly status?: KeyRow["state"];
  readonly yes?: boolean;
}

export interface KeysResetOptions extends KeysChangeOptions {
  readonly model?: string;
  readonly operation?: string;
}

type Named = Pick<KeyRow, "id" | "name" | "provider">;

const MOST_NAMES = 10;

const DONE = { "keys.enable": "Enabled", "keys.disable": "Disabled" } as const;

/** Runs one of the changes that can be undone. */
export async function keysChange(
  operation: keyof typeof DONE,
  context: CliContext,
  words: readonly string[],
  options: KeysChangeOptions,
): Promise<number> {
  const selection = keySelectionOf(words, options);
  await using connection = await connect(context, options, "write");
  const changed = await connection.control.call(operation, selection);
  if (printedJson(context, options, changed)) return EXIT.ok;
  say(context, options, `${DONE[operation]} ${keyNamesOf(changed.keys)}${whenText(connection)}`);
  return EXIT.ok;
}

/** Ends what keys rest for, or only what rests for a model or an operation. */
export async function keysReset(
  context: CliContext,
  words: readonly string[],
  { model, operation, ...options }: KeysResetOptions,
): Promise<number> {
  const selection = keySelectionOf(words, options);
  const clearing = { ...(model !== undefined && { model }), ...(operation !== undefined && { operation }) };
  await using connection = await connect(context, options, "write");
  const done = await connection.control.call("keys.reset", { ...selection, ...clearing });
  if (printedJson(context, options, done)) return EXIT.ok;
  const what = [model, operation].filter((part) => part !== undefined);
  const forWhat = what.length === 0 ? "" : ` for ${what.join(" and ")}`;
  const names = `Reset ${keyNamesOf(done.keys)}${forWhat}`;
  say(context, options, done.cleared ? names + whenText(connection) : `${names}: nothing rested`);
  return EXIT.ok;
}

/** Asks first on a terminal; elsewhere `--yes` says that it is meant. `EXIT.failed` when some could not be removed. */
export async function keysRemove(
  context: CliContext,
  words: readonly string[],
  options: KeysChangeOptions,
): Promise<number> {
  const selection = keySelectionOf(words, options);
  await using connection = await connect(context, options, "write");
  const { keys } = await connection.control.call("keys.list", selection);
  if (keys.length > 0 && !(await isMeant(keys, context, options))) return EXIT.ok;
  const result = await connection.control.call("keys.remove", selection);
  const exitCode = result.refused.length > 0 ? EXIT.failed : EXIT.ok;
  if (printedJson(context, options, result)) return exitCode;
  for (const { name, provider, why } of result.refused) note(context, `Cannot remove ${name} of ${provider}: ${why}`);
  const isNews = result.removed.length > 0 || result.refused.length === 0;
  if (isNews) say(context, options, `Removed ${keyNamesOf(result.removed)}${whenText(connection)}`);
  return exitCode;
}

/** @throws UserError where nothing says which keys are meant. */
export function keySelectionOf(words: readonly string[], { provider, status }: KeysChangeOptions) {
  if (words.length === 0 && status === undefined) {
    throw new UserError("Which keys? Name them by id or name, by a pattern such as 'team-*', or with --status");
  }
  return { keys: [...words], ...(provider !== undefined && { provider }), ...(status !== undefined && { status }) };
}

async function isMeant(keys: readonly Named[], context: CliContext, { yes }: KeysChangeOptions): Promise<boolean> {
  if (yes === true) return true;
  if (!context.input.isTerminal)
    throw new UserError("Removed keys cannot be brought back: --yes says that it is meant");
  if (await context.ask.confirm(`Remove ${keyNamesOf(keys)} for good?`)) return true;
  note(context, "Nothing was removed");
  return false;
}

/** Ten of them; the others are counted. */
export function keyNamesOf(keys: readonly Named[]): string {
  if (keys.length === 0) return "no key";
  const names = keys.slice(0, MOST_NAMES).map(({ name, provider }) => `${name} of ${provider}`);
  const more = keys.length > MOST_NAMES ? [`and ${countOf(keys.length - MOST_NAMES, "other key")}`] : [];
  return [...names, ...more].join(", ");
}
