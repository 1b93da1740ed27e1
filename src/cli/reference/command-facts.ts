// What the references tell of commands: their words, arguments, options, and which daemon they act on.
import type { Argument, Command, Option } from "commander";
import type { EXIT } from "../../core/exit-codes.ts";
import { TARGET_GROUP } from "../program/shared-options.ts";
import { code } from "./markdown.ts";

/** A command that does something, with the words that call it. */
export interface Leaf {
  readonly path: readonly string[];
  readonly command: Command;
}

export const WHICH_DAEMON = `A command that says "Which daemon" below takes these options. Without one it acts on the daemon that
\`OPENAI_BALANCE_URL\` with \`OPENAI_BALANCE_TOKEN\`, \`OPENAI_BALANCE_PROFILE\` or \`OPENAI_BALANCE_DATA_DIR\` names, in this
order, then on that of the profile in use, of the user's own data folder, and of the service's. While none runs on this
machine it acts on the files in the data folder, and a change counts from the next start on.`;

/** The meaning of each exit code. */
export const EXIT_TEXTS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "done",
  failed: "failed: a port in use, a file that cannot be written, a key that cannot be removed",
  usage: "wrong arguments or a wrong configuration: nothing was done",
  unreachable: "no daemon answers",
  unhealthy: "some of the keys or providers that were looked at are unhealthy, or a request would get no key",
  interrupted: "ended by Ctrl-C",
};

/** Commands that do something, with the words that call them. */
export function leavesOf(command: Command, path: readonly string[] = []): readonly Leaf[] {
  if (command.commands.length === 0) return [{ path, command }];
  return command.commands.flatMap((inside) => leavesOf(inside, [...path, inside.name()]));
}

/** What one types after the name of the program. */
export function usageOf({ path, command }: Leaf): string {
  return [...path, ...command.registeredArguments.map(argumentText)].join(" ");
}

/** Options of one command alone; `hasTarget`: besides, it takes those that say which daemon is meant. */
export function ownOptions({ options }: Command): { readonly own: readonly Option[]; readonly hasTarget: boolean } {
  const own = options.filter((option) => option.helpGroupHeading !== TARGET_GROUP);
  return { own, hasTarget: own.length < options.length };
}

/** `everywhere`: the options that every command takes; `target`: those that say which daemon is meant. */
export function sharedOptions(program: Command) {
  const help = program.createHelp().visibleOptions(program);
  const all = leavesOf(program).flatMap(({ command }) => command.options);
  const target = all.filter((option) => option.helpGroupHeading === TARGET_GROUP);
  return {
    everywhere: [...program.options, ...help.filter((option) => option.name() === "help")],
    target: [...new Map(target.map((option) => [option.flags, option])).values()],
  };
}

export function argumentText(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? "..." : "");
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** With its choices and its default, as Markdown. */
export function meaningOf({ description, argChoices, defaultValue }: Option | Argument): string {
  const choices = argChoices === undefined ? "" : `: ${argChoices.map(code).join(", ")}`;
  const isShown = typeof defaultValue === "string";
  return `${description}${choices}${isShown ? `; ${code(defaultValue)} by default` : ""}`;
}
