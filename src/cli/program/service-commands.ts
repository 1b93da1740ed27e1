// `service …`: the daemon as a service of systemd.
import type { Command } from "commander";
import { command } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withJson } from "./shared-options.ts";

const USER = ["--user", "of your own service manager, not of the machine"] as const;

export function serviceCommands(parts: ProgramParts): Command {
  const group = command("service", "run the daemon as a service of systemd", "service install");
  return group.addCommand(install(parts)).addCommand(uninstall(parts)).addCommand(status(parts));
}

function install(parts: ProgramParts): Command {
  return command("install", "write a hardened unit, and start the daemon with the machine", "service install")
    .option(...USER)
    .option("-c, --config <file>", "the config file; /etc/openai-balance/config.yaml for the machine")
    .option("--env-file <file>", "a file with more variables, `NAME=value` lines")
    .option(
      "--credential <name=file>",
      "a secret that systemd hands over as the file name in the folder $CREDENTIALS_DIRECTORY",
      (word: string, before: readonly string[] = []) => [...before, word],
    )
    .action(runs(parts, async () => (await import("../service/service-install.ts")).serviceInstall));
}

function uninstall(parts: ProgramParts): Command {
  return command("uninstall", "stop the service and remove its unit; configuration and data stay", "service uninstall")
    .option(...USER)
    .action(runs(parts, async () => (await import("../service/service-uninstall.ts")).serviceUninstall));
}

function status(parts: ProgramParts): Command {
  const made = command("status", "say whether the service is installed and runs", "service status").option(...USER);
  return withJson(made).action(runs(parts, async () => (await import("../service/service-status.ts")).serviceStatus));
}
