// `backup` and `restore`.
import type { Command } from "commander";
import { command } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withConfig, withDataDir, withJson } from "./shared-options.ts";

const PASSPHRASE = "where the passphrase is, if not in OPENAI_BALANCE_BACKUP_PASSPHRASE";

export function backupCommands(parts: ProgramParts): readonly Command[] {
  return [backup(parts), restore(parts)];
}

function backup(parts: ProgramParts): Command {
  const made = command(
    "backup",
    "write keys, client tokens, health and the config into one encrypted file",
    "backup --records monday.backup",
  )
    .argument("[file]", "where to write it; a name with the time by default")
    .option("--passphrase-file <file>", PASSPHRASE)
    .option("--records", "with the records of requests, which may be large")
    .option("--force", "replace a file that is there");
  return withDataDir(withConfig(withJson(made))).action(
    runs(parts, async () => (await import("../backup/backup.ts")).backup),
  );
}

function restore(parts: ProgramParts): Command {
  const made = command(
    "restore",
    "put what a backup holds in place of what is there, while no daemon runs",
    "restore --dry-run monday.backup",
  )
    .argument("<file>", "the backup")
    .option("--passphrase-file <file>", PASSPHRASE)
    .option("--keep-config", "leave the config file as it is")
    .option("--dry-run", "only say what it would replace")
    .option("-y, --yes", "do not ask");
  return withDataDir(withConfig(withJson(made))).action(
    runs(parts, async () => (await import("../backup/restore.ts")).restore),
  );
}
