// `config set` and `config unset`: change one value of the config file.
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { printedJson } from "./print-json.ts";
import { hint, note, say } from "./say.ts";

type Options = TargetOptions & JsonOption;

/** Without a value it is read from standard input, or asked for. */
export async function configSet(
  context: CliContext,
  path: string,
  value: string | undefined,
  options: Options,
): Promise<number> {
  const given = value ?? (await readValue(context));
  return change(context, { path, value: given }, { ...options, isTyped: value !== undefined });
}

export function configUnset(context: CliContext, path: string, options: Options): Promise<number> {
  return change(context, { path }, { ...options, isTyped: false });
}

async function change(
  context: CliContext,
  input: { readonly path: string; readonly value?: string },
  options: Options & { readonly isTyped: boolean },
): Promise<number> {
  await using connection = await connect(context, options, "write");
  const changed = await connection.control.call("config.set", input);
  if (changed.secret && options.isTyped) {
    hint(context, options, "Shells keep what is typed in their history: without a value it is asked for");
  }
  for (const warning of changed.warnings) note(context, `warning ${warning}`);
  if (printedJson(context, options, changed)) return EXIT.ok;
  if (!changed.changed) {
    say(context, options, `${changed.path} in ${changed.file} is so already`);
    return EXIT.ok;
  }
  const done = input.value === undefined ? "Removed" : "Set";
  const isLater = connection.control.kind === "offline" || changed.needs_restart;
  const when = isLater ? "from the next start on" : "in effect now";
  say(context, options, `${done} ${changed.path} in ${changed.file}, ${when}`);
  return EXIT.ok;
}

async function readValue({ input, ask }: CliContext): Promise<string> {
  if (input.isTerminal) return ask.secret("Value (it is not shown):");
  const text = (await input.readAll()).replace(/\r?\n$/, "");
  if (text === "")
    throw new UserError("Cannot set it: no value was given, neither as an argument nor on standard input");
  return text;
}
