// Where the keys come from that a person adds: arguments, a file, standard input, or a question.
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { type ImportedKey, parseKeyList } from "../../admin/parse-key-list.ts";
import { ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext, GlobalOptions } from "../cli-context.ts";
import { readAtMost } from "../read-at-most.ts";
import { hint } from "../say.ts";

export interface KeySourceOptions extends Pick<GlobalOptions, "quiet"> {
  readonly file?: string;
}

/** Reads a list of keys from a file, or from standard input for `-`. @throws UserError. */
export async function readKeyFile(file: string, context: CliContext): Promise<readonly ImportedKey[]> {
  const text = file === "-" ? await context.input.readAll() : await readText(file, context);
  const list = parseKeyList(text);
  const name = file === "-" ? "standard input" : file;
  if (!list.ok) throw new UserError(`Cannot read the keys in ${name}: ${list.fault}`);
  if (list.keys.length === 0) throw new UserError(`There is no key in ${name}`);
  return list.keys;
}

/**
 * The keys of `keys add`: those given as arguments, else those of `--file`, else of standard input, which is asked for
 * one on a terminal.
 * @throws UserError.
 */
export async function readKeys(
  words: readonly string[],
  options: KeySourceOptions,
  context: CliContext,
): Promise<readonly ImportedKey[]> {
  const { file } = options;
  if (words.length > 0 && file !== undefined) throw new UserError("Cannot add keys from arguments and a file at once");
  if (file !== undefined) return readKeyFile(file, context);
  if (words.length === 1 && words[0] === "-") return readKeyFile("-", context);
  if (words.length > 0) {
    hint(context, options, "Shells keep what is typed in their history: without an argument the key is asked for");
    return words.map((key) => ({ key }));
  }
  if (!context.input.isTerminal) return readKeyFile("-", context);
  const key = (await context.ask.secret("Key (it is not shown):")).trim();
  if (key === "") throw new UserError("No key was given");
  return [{ key }];
}

async function readText(file: string, { cwd }: CliContext): Promise<string> {
  try {
    return await readAtMost(createReadStream(resolve(cwd, file)), file);
  } catch (error: unknown) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot read ${file}: ${ioFault(error)}`, undefined, { cause: error });
  }
}
