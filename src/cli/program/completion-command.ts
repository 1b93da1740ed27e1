// `completion`: the scripts that let shells complete command lines.
import { Argument, type Command } from "commander";
import { SHELLS } from "../completion/typed-word.ts";
import { command } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";

export function completionCommand(parts: ProgramParts): Command {
  return command(
    "completion",
    "print a script that lets a shell complete commands, options, keys, providers and models with TAB",
    "completion bash",
  )
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .action(runs(parts, async () => (await import("../completion/print-script.ts")).printScript));
}
