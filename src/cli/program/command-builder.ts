// Makes the definition of a command, with its help and an example.
import { Command } from "commander";

const EXAMPLES = new WeakMap<Command, string>();

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

/** The example of a command, without the prompt. */
export function exampleOf(target: Command): string {
  return EXAMPLES.get(target) ?? "";
}
