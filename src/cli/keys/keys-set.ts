// `keys set`: changes what is said of keys of the store.
import type { InputOf } from "../../admin/operation-table.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { connect } from "../connect.ts";
import { whenText } from "../connection.ts";
import { printedJson } from "../print-json.ts";
import { note, say } from "../say.ts";
import { type KeySettingOptions, keySettingsOf } from "./key-setting-options.ts";
import { LIMIT_NAMES, type UNSETTABLE } from "./key-words.ts";
import { type KeysChangeOptions, keyNamesOf, keySelectionOf } from "./keys-change.ts";

export interface KeysSetOptions extends KeysChangeOptions, KeySettingOptions {
  readonly unset?: readonly Unsettable[];
}

type Unsettable = (typeof UNSETTABLE)[number];
type Change = Omit<InputOf<"keys.set">, "keys" | "provider" | "status">;

/** `EXIT.failed` when some could not be changed. */
export async function keysSet(context: CliContext, words: readonly string[], options: KeysSetOptions): Promise<number> {
  const selection = keySelectionOf(words, options);
  const change = changeOf(options);
  await using connection = await connect(context, options, "write");
  const result = await connection.control.call("keys.set", { ...selection, ...change });
  const exitCode = result.refused.length > 0 ? EXIT.failed : EXIT.ok;
  if (printedJson(context, options, result)) return exitCode;
  for (const { name, provider, why } of result.refused) note(context, `Cannot change ${name} of ${provider}: ${why}`);
  const isNews = result.keys.length > 0 || result.refused.length === 0;
  if (isNews) say(context, options, `Changed ${keyNamesOf(result.keys)}${whenText(connection)}`);
  return exitCode;
}

/** @throws UserError where nothing is to change, or one thing in two ways. */
function changeOf({ unset = [], ...options }: KeysSetOptions): Change {
  const settings = keySettingsOf(options);
  const limits: Record<string, unknown> = { ...settings.limits };
  const taken: Record<string, null> = {};
  for (const name of unset) {
    const isLimit = isLimitName(name);
    const isSaid = name === "limits" ? settings.limits !== undefined : name in (isLimit ? limits : settings);
    if (isSaid) throw new UserError(`Cannot set and unset ${name} at once`);
    if (isLimit) limits[name] = null;
    else taken[name] = null;
  }
  if ("limits" in taken && Object.keys(limits).length > 0) throw new UserError("Cannot set and unset limits at once");
  const change = { ...settings, ...(Object.keys(limits).length > 0 && { limits }), ...taken };
  if (Object.keys(change).length === 0)
    throw new UserError("What is to change? Give --name, --weight, --priority, --models, --limit or --unset");
  return change as Change;
}

function isLimitName(name: Unsettable): name is (typeof LIMIT_NAMES)[number] {
  return LIMIT_NAMES.some((known) => known === name);
}
