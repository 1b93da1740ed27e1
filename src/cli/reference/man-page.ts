// The manual page of the program, made from its own definitions, in the macros of man(7).
import type { Command, Option } from "commander";
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
import { sentence } from "./markdown.ts";

const DOCS = "https://github.com/openai-balance/openai-balance/tree/main/docs";

const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ["~/.config/openai-balance/config.yaml", "the user's config file; `config path` says which one counts"],
  ["~/.local/state/openai-balance", "the user's data folder: keys, client tokens, state, records, log, socket"],
  ["/etc/openai-balance/config.yaml, /var/lib/openai-balance", "the same of the service"],
];

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["OPENAI_BALANCE_CONFIG", "the config file"],
  ["OPENAI_BALANCE_DATA_DIR", "the data folder"],
  ["OPENAI_BALANCE_MASTER_KEY", "the key that encrypts stored keys, or its file"],
  ["OPENAI_BALANCE_URL, OPENAI_BALANCE_TOKEN, OPENAI_BALANCE_PROFILE", "the daemon of another machine"],
  ["NO_COLOR", "prints without colours"],
];

/** The whole of openai-balance.1. `version` stands in its foot. */
export function renderManPage(program: Command, version: string): string {
  const { everywhere, target } = sharedOptions(program);
  const groups = Map.groupBy(program.commands, (command) => command.helpGroup());
  return [
    `.TH OPENAI-BALANCE 1 "" ${quoted(`openai-balance ${version}`)} ${quoted("User commands")}`,
    ...["'\\\" Words are not broken at line ends, as they are typed.", ".nh", ".ad l"],
    ...[".SH NAME", `openai\\-balance \\- ${roff(lowered(program.description()))}`],
    ...[".SH SYNOPSIS", ".B openai\\-balance", ".I command", "[options]"],
    ...[".SH OPTIONS", ...everywhere.flatMap(optionLines)],
    ...['.SH "WHICH DAEMON"', roff(WHICH_DAEMON), ...target.flatMap(optionLines)],
    ...[...groups].flatMap(([group, commands]) => [
      `.SH ${quoted(group.replace(/:$/, "").toUpperCase())}`,
      ...commands.flatMap((command) => leavesOf(command, [command.name()]).flatMap(commandLines)),
    ]),
    ...['.SH "EXIT STATUS"', ...Object.entries(EXIT).flatMap(exitLines)],
    ...[".SH ENVIRONMENT", ...ENVIRONMENT.flatMap(([name, meaning]) => item(name, meaning))],
    ...[".SH FILES", ...FILES.flatMap(([path, meaning]) => item(path, meaning))],
    ...['.SH "SEE ALSO"', roff(DOCS)],
  ]
    .join("\n")
    .concat("\n");
}

function commandLines({ path, command }: Leaf): readonly string[] {
  const { own, hasTarget } = ownOptions(command);
  const usage = usageOf({ path, command });
  const example = exampleOf(command);
  const told = command.registeredArguments.flatMap((argument) => item(argumentText(argument), meaningOf(argument)));
  return [
    `.SS ${quoted(usage)}`,
    roff(sentence(command.description())),
    ...[...told, ...own.flatMap(optionLines)],
    ...(hasTarget ? [".PP", "It takes the options of WHICH DAEMON."] : []),
    ...(example === `openai-balance ${usage}` ? [] : [".PP", ".EX", roff(example), ".EE"]),
  ];
}

function optionLines(option: Option): readonly string[] {
  return item(option.flags, meaningOf(option));
}

function exitLines([name, code]: [string, number]): readonly string[] {
  return item(String(code), EXIT_TEXTS[name as keyof typeof EXIT]);
}

/** A term and what it means. */
function item(term: string, meaning: string): readonly string[] {
  return [".TP", `.B ${quoted(term)}`, roff(meaning)];
}

/** Markdown as running text: code is bold, of links the words are left. */
function roff(text: string): string {
  const lines = text.split("\n").map((line) =>
    escaped(line)
      .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1")
      .replace(/`([^`]+)`/g, "\\fB$1\\fR")
      // No macro, whatever it begins with.
      .replace(/^(?=[.'])/, "\\&"),
  );
  return lines.join("\n");
}

/** One argument of a macro. */
function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '""')}"`;
}

/** Backslashes and hyphens as they are typed: a plain `-` may be printed as another character. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
}

function lowered(text: string): string {
  return (text[0]?.toLowerCase() ?? "") + text.slice(1);
}
