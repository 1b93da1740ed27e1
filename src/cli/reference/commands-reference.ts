// The reference of all commands as Markdown, made from the program's own definitions.
import type { Argument, Command, Option } from "commander";
import { EXIT } from "../../core/exit-codes.ts";
import { exampleOf } from "../program/command-builder.ts";
import {
  argumentText,
  EXIT_TEXTS,
  type Leaf,
  leavesOf,
  meaningOf,
  ownOptions,
  sharedOptions,
  usageOf,
  WHICH_DAEMON,
} from "./command-facts.ts";
import { block, code, markdownTable, sentence } from "./markdown.ts";

/** The whole of docs/commands.md. */
export function renderCommands(program: Command): string {
  const { everywhere, target } = sharedOptions(program);
  const groups = Map.groupBy(program.commands, (command) => command.helpGroup());
  return [
    INTRODUCTION,
    "## Everywhere",
    optionTable(everywhere),
    "## Which daemon",
    WHICH_DAEMON,
    optionTable(target),
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

const INTRODUCTION = `# Commands

This page is generated from the program; \`openai-balance <command> --help\` prints the same.

What a command finds goes to standard output, the rest to standard error. Colours, spinners and shortened columns are for
a terminal only; with \`NO_COLOR\` set there is no colour. \`--json\` prints one JSON document, or a line for each record
where records follow one another (\`logs\`, \`health --watch\`); its fields are those of the
[control API](control-api.md).`;

function section({ path, command }: Leaf): string {
  const { own, hasTarget } = ownOptions(command);
  const usage = `openai-balance ${usageOf({ path, command })}`;
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
