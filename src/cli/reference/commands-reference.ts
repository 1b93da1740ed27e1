// The reference of all commands as Markdown, made from the program's own definitions.
import type { Argument, Command, Option } from "commander";
import { EXIT } from "../../core/exit-codes.ts";
import { exampleOf } from "../program/command-builder.ts";
import { TARGET_GROUP } from "../program/shared-options.ts";
import { block, code, markdownTable, sentence } from "./markdown.ts";

/** The whole of docs/commands.md. */
export function renderCommands(program: Command): string {
  const groups = Map.groupBy(program.commands, (command) => command.helpGroup());
  const target = leavesOf(program).flatMap(({ command }) => command.options.filter(isTarget));
  return [
    INTRODUCTION,
    "## Everywhere",
    optionTable([...program.options, ...helpOf(program)]),
    "## Which daemon",
    WHICH_DAEMON,
    optionTable(uniqueOf(target)),
    "## Exit codes",
    markdownTable(
      ["Code", "Meaning"],
      Object.entries(EXIT).map(([name, exitCode]) => [String(exitCode), EXIT_TEXTS[name as keyof typeof EXIT]]),
    ),
    ...[...groups].flatMap(([group, commands]) => [
      `## ${group.replace(/:$/, "")}`,
      ...commands.flatMap((command) => leavesOf(command, [command.name()]).map(section)),
    ]),
  ]
    .join("\n\n")
    .concat("\n");
}

interface Leaf {
  readonly path: readonly string[];
  readonly command: Command;
}

const INTRODUCTION = `# Commands

This page is generated from the program; \`openai-balance <command> --help\` prints the same.

What a command finds goes to standard output, the rest to standard error. Colours, spinners and shortened columns are for
a terminal only; with \`NO_COLOR\` set there is no colour. \`--json\` prints one JSON document, or a line for each record
where records follow one another (\`logs\`, \`health --watch\`); its fields are those of the
[control API](control-api.md).`;

const WHICH_DAEMON = `A command that says "Which daemon" below takes these options. Without one it acts on the daemon that
\`OPENAI_BALANCE_URL\` with \`OPENAI_BALANCE_TOKEN\`, \`OPENAI_BALANCE_PROFILE\` or \`OPENAI_BALANCE_DATA_DIR\` names, in this
order, then on that of the profile in use, of the user's own data folder, and of the service's. While none runs on this
machine it acts on the files in the data folder, and a change counts from the next start on.`;

const EXIT_TEXTS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "done",
  failed: "failed: a port in use, a file that cannot be written, a key that cannot be removed",
  usage: "wrong arguments or a wrong configuration: nothing was done",
  unreachable: "no daemon answers",
  unhealthy: "some of the keys or providers that were looked at are unhealthy, or a request would get no key",
  interrupted: "ended by Ctrl-C",
};

/** Commands that do something, with the words that call them. */
function leavesOf(command: Command, path: readonly string[] = []): readonly Leaf[] {
  if (command.commands.length === 0) return [{ path, command }];
  return command.commands.flatMap((inside) => leavesOf(inside, [...path, inside.name()]));
}

function section({ path, command }: Leaf): string {
  const own = command.options.filter((option) => !isTarget(option));
  const hasTarget = own.length < command.options.length;
  const usage = ["openai-balance", ...path, ...command.registeredArguments.map(argumentText)].join(" ");
  const example = exampleOf(command);
  return [
    `### ${path.join(" ")}`,
    sentence(command.description()),
    block("sh", example === usage ? usage : `${usage}\n# for example\n${example}`),
    ...(command.registeredArguments.length === 0 ? [] : [argumentTable(command.registeredArguments)]),
    ...(own.length === 0 ? [] : [optionTable(own)]),
    ...(hasTarget ? ["[Which daemon](#which-daemon)"] : []),
  ].join("\n\n");
}

function argumentTable(list: readonly Argument[]): string {
  const rows = list.map((argument) => [code(argumentText(argument)), meaningOf(argument)]);
  return markdownTable(["Argument", "Meaning"], rows);
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => [code(option.flags), meaningOf(option)]);
  return markdownTable(["Option", "Meaning"], rows);
}

function argumentText(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? "..." : "");
  return argument.required ? `<${name}>` : `[${name}]`;
}

function meaningOf({ description, argChoices, defaultValue }: Option | Argument): string {
  const choices = argChoices === undefined ? "" : `: ${argChoices.map(code).join(", ")}`;
  const isShown = typeof defaultValue === "string";
  return `${description}${choices}${isShown ? `; ${code(defaultValue)} by default` : ""}`;
}

function isTarget(option: Option): boolean {
  return option.helpGroupHeading === TARGET_GROUP;
}

function helpOf(program: Command): readonly Option[] {
  return program
    .createHelp()
    .visibleOptions(program)
    .filter((option) => option.name() === "help");
}

function uniqueOf(options: readonly Option[]): readonly Option[] {
  return [...new Map(options.map((option) => [option.flags, option])).values()];
}
