// `config …` and `profile …`.
import type { Command } from "commander";
import { command } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withConfig, withDataDir, withJson, withTarget } from "./shared-options.ts";

const PATH = "such as server.port, or providers.openai.max_retries";

export function configCommands(parts: ProgramParts): Command {
  const config = command("config", "look at the configuration, and change it", "config check");
  for (const made of [check, show, path, schema, set, unset]) config.addCommand(made(parts));
  return config;
}

function check(parts: ProgramParts): Command {
  const made = command(
    "check",
    "say everything that is wrong with the configuration",
    "config check --config config.yaml",
  );
  return withDataDir(withJson(withConfig(made))).action(
    runs(parts, async () => (await import("../config-check.ts")).configCheck),
  );
}

function show(parts: ProgramParts): Command {
  const made = command("show", "print the values in effect, secrets masked", "config show --origin").option(
    "--origin",
    "say where each value comes from",
  );
  return withDataDir(withJson(withConfig(made))).action(
    runs(parts, async () => (await import("../config-show.ts")).configShow),
  );
}

function path(parts: ProgramParts): Command {
  return command("path", "print which config file is read", "config path")
    .option("-c, --config <file>", "the config file")
    .action(runs(parts, async () => (await import("../config-path.ts")).configPath));
}

function schema(parts: ProgramParts): Command {
  return command(
    "schema",
    "print the JSON Schema of the config file, for editors",
    "config schema > config.schema.json",
  ).action(runs(parts, async () => (await import("../config-schema.ts")).configSchema));
}

function set(parts: ProgramParts): Command {
  const made = command(
    "set",
    "change one value of the config file; comments stay, and a wrong result is not written",
    "config set server.port 8080",
  )
    .argument("<field>", PATH)
    .argument("[value]", "as it would stand in the file; without one it is asked for, or read from standard input");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../config-set.ts")).configSet));
}

function unset(parts: ProgramParts): Command {
  const made = command("unset", "take one value out of the config file", "config unset server.debug_headers").argument(
    "<field>",
    PATH,
  );
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../config-set.ts")).configUnset));
}

export function profileCommands(parts: ProgramParts): Command {
  const profile = command("profile", "save daemons on other machines under names", "profile list");
  for (const made of [profileAdd, profileList, profileRemove, profileUse]) profile.addCommand(made(parts));
  return profile;
}

function profileAdd(parts: ProgramParts): Command {
  const made = command(
    "add",
    "save a daemon; asks for its admin token, or reads it from standard input",
    "profile add prod https://api.example --token-env PROD_TOKEN",
  )
    .argument("<name>", "what --profile calls it")
    .argument("<url>", "its address, with https")
    .option("--token-env <name>", "the variable that holds the admin token")
    .option("--token-file <file>", "the file that holds it");
  return withDataDir(made).action(runs(parts, async () => (await import("../profile.ts")).profileAdd));
}

function profileList(parts: ProgramParts): Command {
  return withJson(command("list", "list the saved daemons", "profile list")).action(
    runs(parts, async () => (await import("../profile.ts")).profileList),
  );
}

function profileRemove(parts: ProgramParts): Command {
  return command("remove", "forget a saved daemon", "profile remove prod")
    .argument("<profile>", "its name")
    .action(runs(parts, async () => (await import("../profile.ts")).profileRemove));
}

function profileUse(parts: ProgramParts): Command {
  return command("use", "let commands act on a saved daemon; local: on this machine again", "profile use prod")
    .argument("<profile>", "its name")
    .action(runs(parts, async () => (await import("../profile.ts")).profileUse));
}
