// `status`, `reload`, `stop`, `master rotate`.
import type { Command } from "commander";
import { command } from "./command-builder.ts";
import { jobsCommands } from "./jobs-commands.ts";
import { proxiesCommands } from "./proxies-commands.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { serviceCommands } from "./service-commands.ts";
import { withJson, withTarget } from "./shared-options.ts";
import { webhooksCommands } from "./webhooks-commands.ts";

export function daemonCommands(parts: ProgramParts): readonly Command[] {
  return [
    status(parts),
    reload(parts),
    stop(parts),
    serviceCommands(parts),
    proxiesCommands(parts),
    jobsCommands(parts),
    webhooksCommands(parts),
    master(parts),
  ];
}

function status(parts: ProgramParts): Command {
  const made = command("status", "say what runs, where and since when", "status").option(
    "--wait <duration>",
    "until one answers, for so long at most, such as 30s; with --quiet it prints nothing, and any answer will do",
  );
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../daemon-commands.ts")).status));
}

function reload(parts: ProgramParts): Command {
  const made = command("reload", "let the daemon read its configuration anew", "reload");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../daemon-commands.ts")).reload));
}

function stop(parts: ProgramParts): Command {
  const made = command("stop", "stop the daemon once what is in flight is finished", "stop");
  return withTarget(made).action(runs(parts, async () => (await import("../daemon-commands.ts")).stop));
}

function master(parts: ProgramParts): Command {
  const made = command("master", "the key that encrypts the key store", "master rotate");
  const rotate = command("rotate", "encrypt the key store with another master key", "master rotate");
  made.addCommand(
    withTarget(withJson(rotate)).action(runs(parts, async () => (await import("../master-rotate.ts")).masterRotate)),
  );
  return made;
}
