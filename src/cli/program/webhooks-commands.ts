// `webhooks …`: the commands around webhooks.
import type { Command } from "commander";
import { command, withDefault } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withJson, withTarget } from "./shared-options.ts";

/** Without a further word it lists them. */
export function webhooksCommands(parts: ProgramParts): Command {
  const group = command("webhooks", "list and try webhooks", "webhooks test");
  withDefault(group, list(parts));
  group.addCommand(test(parts));
  return group;
}

function list(parts: ProgramParts): Command {
  const made = command("list", "list webhooks and how their messages fare; so does webhooks alone", "webhooks list");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../webhooks.ts")).webhooksList));
}

function test(parts: ProgramParts): Command {
  const made = command(
    "test",
    "send a test message to webhooks, and show what they answer",
    "webhooks test team",
  ).argument("[webhook...]", "names; all by default");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../webhooks.ts")).webhooksTest));
}
