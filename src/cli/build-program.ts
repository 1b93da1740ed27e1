// The commands, their options and help. The code of a command is loaded when it runs.
import { Command, Help, type Option } from "commander";
import { version } from "../../package.json";
import type { CliContext } from "./cli-context.ts";
import { backupCommands } from "./program/backup-commands.ts";
import { defaultOf, withExample } from "./program/command-builder.ts";
import { completionCommand } from "./program/completion-command.ts";
import { configCommands, profileCommands } from "./program/config-commands.ts";
import { daemonCommands } from "./program/daemon-commands.ts";
import { keysCommands } from "./program/keys-commands.ts";
import { lookCommands } from "./program/look-commands.ts";
import { pageCommands } from "./program/page-commands.ts";
import { recordsCommands } from "./program/records-commands.ts";
import type { Done, ProgramParts } from "./program/run-action.ts";
import { serveCommands } from "./program/serve-commands.ts";
import { tokensCommands } from "./program/tokens-commands.ts";

const WIDTH = 80;

/** The program; `done` gets the exit code of the command that ran. */
export function buildProgram(context: CliContext, done: Done): Command {
  const program = new Command("openai-balance")
    .description("Gives every request to the OpenAI API to the key most likely to answer it")
    .version(`openai-balance ${version}`, "-V, --version", "print the version")
    .option("--no-color", "print without colours")
    .option("-q, --quiet", "print data and errors only")
    .helpCommand(false);
  withExample(program, "OPENAI_API_KEY=... openai-balance serve");
  for (const [group, commands] of groupsOf({ context, done })) {
    for (const made of commands) program.addCommand(made.helpGroup(group));
  }
  for (const each of withAll(program)) {
    each
      .exitOverride()
      .helpOption("-h, --help", "print this help")
      .configureHelp({ minWidthToWrap: 12, showGlobalOptions: true, visibleOptions, visibleGlobalOptions })
      .configureOutput({
        writeOut: (text) => context.out.write(text),
        writeErr: (text) => context.err.write(text),
        getOutHelpWidth: () => context.out.columns ?? WIDTH,
        getErrHelpWidth: () => context.err.columns ?? WIDTH,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
  }
  return program;
}

/** All commands, in the groups of the help. */
function groupsOf(parts: ProgramParts): readonly (readonly [string, readonly Command[]])[] {
  const operating = [...pageCommands(parts), ...daemonCommands(parts), ...backupCommands(parts)];
  return [
    ["Run it:", serveCommands(parts)],
    ["Keys and tokens:", [keysCommands(parts), tokensCommands(parts)]],
    ["Look at it:", [...lookCommands(parts), ...recordsCommands(parts)]],
    ["Operate it:", [...operating, configCommands(parts), profileCommands(parts), completionCommand(parts)]],
  ];
}

/** A group takes the options of the command that its own name runs. */
function visibleOptions(command: Command): Option[] {
  const own = new Help().visibleOptions(command);
  return [...(defaultOf(command)?.options ?? []), ...own];
}

/** What every command takes; the version is the program's own. */
function visibleGlobalOptions(command: Command): Option[] {
  if (command.parent === null) return [];
  let program = command.parent;
  while (program.parent !== null) program = program.parent;
  return program.options.filter((option) => option.attributeName() !== "version");
}

/** Commands that are added as they are inherit nothing. */
function withAll(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withAll)];
}
