// `open` and `sessions …`: the commands around the page.
import type { Command } from "commander";
import { command, withDefault } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withJson, withTarget } from "./shared-options.ts";

export function pageCommands(parts: ProgramParts): readonly Command[] {
  const group = command(
    "sessions",
    "look at the browsers that are logged in to the page, and log them out",
    "sessions",
  );
  withDefault(group, list(parts));
  return [openPage(parts), group.addCommand(revoke(parts))];
}

function openPage(parts: ProgramParts): Command {
  const made = command("open", "make a link that logs in to the page once, and print it", "open").option(
    "--browser",
    "also start the browser with it; until it has opened, other users of this machine can see the link",
  );
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../open.ts")).open));
}

function list(parts: ProgramParts): Command {
  const made = command("list", "list the browsers that are logged in", "sessions list --json");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../sessions.ts")).sessionsList));
}

function revoke(parts: ProgramParts): Command {
  const made = command("revoke", "log browsers out at once", "sessions revoke --all")
    .argument("[session...]", "ids, or the beginning of one")
    .option("--all", "every one of them");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../sessions.ts")).sessionsRevoke));
}
