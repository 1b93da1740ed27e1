// The commands, their options and help. The code of a command is loaded when it runs.
import { Command } from "commander";
import { version } from "../../package.json";
import type { CliContext } from "./cli-context.ts";
import { exampleText } from "./program/command-builder.ts";
import { configCommands, profileCommands } from "./program/config-commands.ts";
import { daemonCommands } from "./program/daemon-commands.ts";
import { keysCommands } from "./program/keys-commands.ts";
import { lookCommands } from "./program/look-commands.ts";
import type { Done } from "./program/run-action.ts";
import { serveCommands } from "./program/serve-commands.ts";

/** The program; `done` gets the exit code of the command that ran. */
export function buildProgram(context: CliContext, done: Done): Command {
  const program = new Command("openai-balance")
    .description("Gives every request to the OpenAI API to the key most likely to answer it")
    .version(`openai-balance ${version}`, "-V, --version", "print the version")
    .option("--no-color", "print without colours")
    .option("-q, --quiet", "print only what matters")
    .helpCommand(false)
    .addHelpText("after", exampleText("serve").replace("$ ", "$ OPENAI_API_KEY=... "));
  const parts = { context, done };
  const groups: readonly (readonly [string, readonly Command[]])[] = [
    ["Run it:", serveCommands(parts)],
    ["Keys:", [keysCommands(parts)]],
    ["Look at it:", lookCommands(parts)],
    ["Operate it:", [...daemonCommands(parts), configCommands(parts), profileCommands(parts)]],
  ];
  for (const [group, commands] of groups) {
    for (const made of commands) program.addCommand(made.helpGroup(group));
  }
  for (const each of withAll(program)) {
    each.exitOverride().configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
    });
  }
  return program;
}

/** Commands that are added as they are inherit nothing. */
function withAll(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withAll)];
}
