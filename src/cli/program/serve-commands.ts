// `serve`, `init`, `import`, `version`.
import { type Command, Option } from "commander";
import { version } from "../../../package.json";
import { IMPORT_KINDS } from "../../import/import-plan.ts";
import { command } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withConfig, withDataDir, withJson, withTarget } from "./shared-options.ts";

export function serveCommands(parts: ProgramParts): readonly Command[] {
  return [serve(parts), init(parts), importFile(parts), versionCommand(parts)];
}

function serve(parts: ProgramParts): Command {
  return withDataDir(
    withConfig(command("serve", "run the daemon in the foreground", "serve --port 8080 --log-level debug")),
  )
    .option("--host <host>", "the address to listen on")
    .option("-p, --port <port>", "the port to listen on; 0 takes a free one")
    .addOption(
      new Option("--log-level <level>", "what is logged").choices(["debug", "info", "warn", "error", "silent"]),
    )
    .option("--demo", "serve pretended answers without any key; reads no config file, keeps nothing")
    .action(runs(parts, async () => (await import("../serve.ts")).serve));
}

function init(parts: ProgramParts): Command {
  const made = command(
    "init",
    "write a commented config file with fresh tokens; never overwrites one",
    "init --config /etc/openai-balance/config.yaml",
  );
  return withDataDir(made)
    .option("-c, --config <file>", "where to write it", "config.yaml")
    .action(runs(parts, async () => (await import("../init.ts")).init));
}

function importFile(parts: ProgramParts): Command {
  const made = command(
    "import",
    "take over keys and settings of another program, or a list of keys",
    "import --dry-run old/config.yaml",
  )
    .argument("<file>", "its file: variables, a database, an export; - reads standard input")
    .addOption(new Option("--from <kind>", "whose it is; recognised by its content otherwise").choices(IMPORT_KINDS))
    .option("--provider <provider>", "the provider of keys whose file names none")
    .option("--dry-run", "only say what would be done, and what cannot be carried over");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../import/import.ts")).importFile));
}

function versionCommand({ context }: ProgramParts): Command {
  return withJson(command("version", "print the version", "version --json")).action(
    (options: { readonly json?: boolean }) => {
      context.out.write(options.json ? `${JSON.stringify({ version })}\n` : `openai-balance ${version}\n`);
    },
  );
}
