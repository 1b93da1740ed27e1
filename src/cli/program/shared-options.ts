// Options that several commands take.
import { type Command, Option } from "commander";

/** The heading of the options that say which daemon is meant. */
export const TARGET_GROUP = "Which daemon:";

/** Options that say where the configuration is. */
export function withConfig(target: Command): Command {
  return target
    .option("-c, --config <file>", "the config file")
    .option("--env-file <file>", "a file with more variables, `NAME=value` lines");
}

export function withDataDir(target: Command): Command {
  return target.option("--data-dir <folder>", "where keys, health and the log are kept");
}

export function withJson(target: Command): Command {
  return target.option("--json", "print JSON");
}

/** Options that say which daemon is meant; without one the files of the data folder are. */
export function withTarget(target: Command): Command {
  const options: readonly (readonly [string, string])[] = [
    ["--data-dir <folder>", "the daemon of this data folder, or the folder itself while none runs"],
    ["--profile <profile>", "a saved daemon on another machine; local: this machine"],
    ["--url <url>", "a daemon on another machine, over https"],
    ["--token-file <file>", "where its admin token is, if not in OPENAI_BALANCE_TOKEN"],
    ["-c, --config <file>", "the config file, while no daemon runs"],
    ["--env-file <file>", "a file with more variables, while no daemon runs"],
  ];
  for (const [flags, description] of options) target.addOption(new Option(flags, description).helpGroup(TARGET_GROUP));
  return target;
}
