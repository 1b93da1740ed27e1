// Finds what may stand at the end of a command line, from the tree of commands alone: nothing is run or asked.
import type { Argument, Command, Option } from "commander";

/** What a shell may put in place of the word that was begun. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Values that the tree does not know, by the name in the brackets of an option or argument: `--config <file>`. */
export const VALUE_KINDS = [
  "provider",
  "key",
  "token",
  "model",
  "operation",
  "request",
  "profile",
  "proxy",
  "webhook",
  "job",
  "field",
  "file",
  "folder",
] as const;

export type ValueKind = (typeof VALUE_KINDS)[number];

export interface Completion {
  /** Commands, options and choices that begin as the word does. */
  readonly candidates: readonly Candidate[];
  /** What is to be looked up besides. */
  readonly kind: ValueKind | undefined;
  /** What is typed of the value. */
  readonly typed: string;
  /** What stands before the value in its word: `--provider=`. */
  readonly prefix: string;
  /** The names of the command, such as `keys`, `add`. */
  readonly path: readonly string[];
  /** The arguments before the word. */
  readonly args: readonly string[];
  /** Values of the options before the word, by their names in code. */
  readonly options: Readonly<Record<string, string>>;
}

interface Walk {
  readonly command: Command;
  readonly path: readonly string[];
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** Names of the options that were given. */
  readonly used: ReadonlySet<string>;
  /** An option whose value comes next. */
  readonly pending: Option | undefined;
  /** After `--` there are no options. */
  readonly isEnded: boolean;
  /** There is no such command. */
  readonly isLost: boolean;
}

/** `words`: what stands before the word under the cursor, without the program's name. `word`: as far as it is typed. */
export function completionOf(program: Command, words: readonly string[], word: string): Completion {
  const start: Walk = {
    command: program,
    path: [],
    args: [],
    options: {},
    used: new Set(),
    pending: undefined,
    isEnded: false,
    isLost: false,
  };
  const walk = words.reduce(step, start);
  const { path, args, options } = walk;
  return { ...ending(walk, word), path, args, options };
}

function step(walk: Walk, word: string): Walk {
  if (walk.pending !== undefined) return { ...withOption(walk, walk.pending, word), pending: undefined };
  if (walk.isEnded || !/^-./.test(word)) return withArgument(walk, word);
  if (word === "--") return { ...walk, isEnded: true };
  return word.startsWith("--") ? withLong(walk, word) : withShort(walk, word.slice(1));
}

function withArgument(walk: Walk, word: string): Walk {
  const { command, args } = walk;
  if (command.commands.length === 0 || args.length > 0) return { ...walk, args: [...args, word] };
  const found = command.commands.find((inside) => inside.name() === word || inside.aliases().includes(word));
  if (found === undefined) return { ...walk, isLost: true };
  return { ...walk, command: found, path: [...walk.path, found.name()] };
}

function withLong(walk: Walk, word: string): Walk {
  const [flag, value] = split(word);
  const option = optionsOf(walk.command).find(({ long }) => long === flag);
  if (option === undefined) return walk;
  return option.required && value === undefined ? { ...walk, pending: option } : withOption(walk, option, value);
}

/** One letter after the other, until one takes the rest as its value. */
function withShort(walk: Walk, letters: string): Walk {
  if (letters === "") return walk;
  const option = optionsOf(walk.command).find(({ short }) => short === `-${letters[0]}`);
  if (option === undefined) return walk;
  const rest = letters.slice(1);
  if (!option.required) return withShort(withOption(walk, option, undefined), rest);
  return rest === "" ? { ...walk, pending: option } : withOption(walk, option, rest);
}

function withOption(walk: Walk, option: Option, value: string | undefined): Walk {
  const name = option.attributeName();
  const options = value === undefined ? walk.options : { ...walk.options, [name]: value };
  return { ...walk, options, used: new Set([...walk.used, name]) };
}

type Ending = Pick<Completion, "candidates" | "kind" | "typed" | "prefix">;

function ending(walk: Walk, word: string): Ending {
  const { command, pending, isEnded, isLost } = walk;
  if (pending !== undefined) return valuesOf(pending, word, "");
  if (isLost) return only([], word);
  if (!isEnded && word.startsWith("-")) return optionEnding(walk, word);
  if (command.commands.length > 0) return only(commandsOf(command), word);
  const argument = argumentAt(command, walk.args.length);
  if (argument !== undefined) return valuesOf(argument, word, "");
  return only(word === "" && !isEnded ? flagsOf(walk, "--") : [], word);
}

function optionEnding(walk: Walk, word: string): Ending {
  const [flag, value] = split(word);
  if (value === undefined) return only(flagsOf(walk, word), word);
  const option = optionsOf(walk.command).find(({ long, required }) => long === flag && required);
  return option === undefined ? only([], value) : valuesOf(option, value, `${flag}=`);
}

function valuesOf(target: Option | Argument, typed: string, prefix: string): Ending {
  const choices = (target.argChoices ?? []).filter((choice) => choice.startsWith(typed));
  const candidates = choices.map((choice) => ({ value: prefix + choice, description: "" }));
  return { candidates, kind: kindOf(target), typed, prefix };
}

function only(candidates: readonly Candidate[], typed: string): Ending {
  return { candidates: candidates.filter(({ value }) => value.startsWith(typed)), kind: undefined, typed, prefix: "" };
}

/** The name in the brackets says it; choices are all that there is. */
function kindOf(target: Option | Argument): ValueKind | undefined {
  if (target.argChoices !== undefined) return undefined;
  const name = "flags" in target ? /[<[]([\w-]+)/.exec(target.flags)?.[1] : target.name();
  return VALUE_KINDS.find((kind) => kind === name);
}

function argumentAt({ registeredArguments }: Command, index: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (last?.variadic ? last : undefined);
}

function commandsOf(command: Command): readonly Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((inside) => ({ value: inside.name(), description: inside.description() }));
}

/** Options that may still come, each by its long name unless a short one is being typed. */
function flagsOf({ command, used }: Walk, word: string): readonly Candidate[] {
  const isShort = /^-[^-]/.test(word);
  return optionsOf(command)
    .filter((option) => !option.hidden && !used.has(option.attributeName()))
    .flatMap(({ long, short, description }) => {
      const value = isShort ? short : (long ?? short);
      return value ? [{ value, description }] : [];
    });
}

/** A command takes its own options, those that stand above it, and `--help`; only the program has a version. */
function optionsOf(command: Command): readonly Option[] {
  const own = command.createHelp().visibleOptions(command);
  const inherited: Option[] = [];
  for (let above = command.parent; above !== null; above = above.parent) {
    inherited.push(...above.options.filter((option) => option.attributeName() !== "version"));
  }
  return [...own, ...inherited];
}

/** `--name=value` as its two parts. */
function split(word: string): readonly [flag: string, value: string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
