// `proxies …`: the commands around outbound proxies.
import type { Command } from "commander";
import { command, withDefault } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withJson, withTarget } from "./shared-options.ts";

const WHICH = "ids, or URLs without user and password";

/** Without a further word it lists them. */
export function proxiesCommands(parts: ProgramParts): Command {
  const group = command("proxies", "list, test and change outbound proxies", "proxies test");
  withDefault(group, list(parts));
  for (const made of [test, enable, disable, prune]) group.addCommand(made(parts));
  return group;
}

function list(parts: ProgramParts): Command {
  const made = command("list", "list outbound proxies with their keys; so does proxies alone", "proxies list --json");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../proxies.ts")).proxiesList));
}

function test(parts: ProgramParts): Command {
  const made = command("test", "ask outbound proxies whether they work", "proxies test").argument(
    "[proxy...]",
    `${WHICH}; all that are not disabled by default`,
  );
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../proxies.ts")).proxiesTest));
}

function enable(parts: ProgramParts): Command {
  const made = command(
    "enable",
    "let outbound proxies in again, those that are out at once",
    "proxies enable 1f0c5a9e2b7d",
  ).argument("<proxy...>", WHICH);
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../proxies.ts")).proxiesEnable));
}

function disable(parts: ProgramParts): Command {
  const made = command(
    "disable",
    "keep outbound proxies out until they are enabled",
    "proxies disable http://proxy.example:3128",
  ).argument("<proxy...>", WHICH);
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../proxies.ts")).proxiesDisable));
}

function prune(parts: ProgramParts): Command {
  const made = command(
    "prune",
    "take outbound proxies that are out from the config file",
    "proxies prune --yes",
  ).option("-y, --yes", "do not ask");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../proxies.ts")).proxiesPrune));
}
