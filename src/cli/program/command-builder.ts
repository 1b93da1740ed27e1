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

/** A group whose own name runs one of its commands. A word that is none of its commands is a slip, as elsewhere. */
export function withDefault(group: Command, inside: Command): Command {
  DEFAULTS.set(group, inside);
  return group.addCommand(inside, { isDefault: true }).hook("preSubcommand", (self) => {
    const [word] = self.args;
    const names = self.commands.map((each) => each.name());
    if (word === undefined || word.startsWith("-") || names.includes(word)) return;
    const near = nearestName(word, names);
    const hint = near === undefined ? "" : `\n(Did you mean ${near}?)`;
    self.error(`error: unknown command '${word}'${hint}`, { code: "commander.unknownCommand" });
  });
}

/** The command that a group runs by its own name. */
export function defaultOf(group: Command): Command | undefined {
  return DEFAULTS.get(group);
}

/** The example of a command, without the prompt. */
export function exampleOf(target: Command): string {
  return EXAMPLES.get(target) ?? "";
}
