// Makes the definition of a command, with its help and an example.
import { Command } from "commander";
import { nearestName } from "../../config/nearest-name.ts";

const EXAMPLES = new WeakMap<Command, string>();
const DEFAULTS = new WeakMap<Command, Command>();

/**
 * A command with its purpose and an example; the code that it runs is loaded when it runs. What stands in the brackets
 * of its arguments and options says what a shell completes there: see completion/completion-of.ts.
 */
export function command(spec: string, description: string, example: string): Command {
  return withExample(new Command(spec).description(description).helpCommand(false), `openai-balance ${example}`);
}

/** `example`: a whole line as one types it. */
export function withExample(target: Command, example: string): Command {
  EXAMPLES.set(target, example);
  return target.addHelpText("after", `\nExample:\n  $ ${example}`);
}

/**
 * A group whose own name runs one of its commands, whose options may also stand before the name of another one. A word
 * that is none of its commands is a slip, as elsewhere. `suggest`: what may be meant by one that is near none of them.
 */
export function withDefault(
  group: Command,
  inside: Command,
  suggest: (word: string) => string | undefined = () => undefined,
): Command {
  DEFAULTS.set(group, inside);
  const parse = group.parseOptions.bind(group);
  group.parseOptions = (words) => parse(commandFirst(group, words));
  return (
    group
      // For an unknown option of another command none of the default one is suggested.
      .enablePositionalOptions()
      .addCommand(inside, { isDefault: true })
      .hook("preSubcommand", (self) => {
        const word = self.args[placeOfWord(self, self.args)];
        const names = self.commands.map((each) => each.name());
        if (word === undefined || names.includes(word)) return;
        const near = nearestName(word, names) ?? suggest(word);
        const hint = near === undefined ? "" : `\n(Did you mean ${near}?)`;
        self.error(`error: unknown command '${word}'${hint}`, { code: "commander.unknownCommand" });
      })
  );
}

/** The words of a line, the name of the command before its options. */
function commandFirst(group: Command, words: readonly string[]): string[] {
  const at = placeOfWord(group, words);
  const word = words[at];
  if (word === undefined || !group.commands.some((each) => each.name() === word)) return [...words];
  return [word, ...words.slice(0, at), ...words.slice(at + 1)];
}

/** Of the first word that is neither an option nor the value of one; -1 where there is none. */
function placeOfWord({ commands }: Command, words: readonly string[]): number {
  const options = commands.flatMap((each) => each.options).filter(({ required }) => required);
  const flags = new Set(options.flatMap(({ short, long }) => [short, long]));
  // Of several letters the last one takes it: `-fn 5`.
  const takesValue = (word = "") => flags.has(word.replace(/^-\w*(?=\w$)/, "-"));
  const end = words.indexOf("--");
  const before = end < 0 ? words : words.slice(0, end);
  return before.findIndex((word, at) => !/^-./.test(word) && !takesValue(before[at - 1]));
}

/** The command that a group runs by its own name. */
export function defaultOf(group: Command): Command | undefined {
  return DEFAULTS.get(group);
}

/** The example of a command, without the prompt. */
export function exampleOf(target: Command): string {
  return EXAMPLES.get(target) ?? "";
}
