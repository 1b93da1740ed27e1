// `jobs …`: the commands around the daemon's work in the background.
import type { Command } from "commander";
import { command, withDefault } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withJson, withTarget } from "./shared-options.ts";

const WHICH = "its name, as jobs shows it";

/** Without a further word it lists them. */
export function jobsCommands(parts: ProgramParts): Command {
  const group = command("jobs", "see, run, stop and start what the daemon does by the clock", "jobs run recheck");
  withDefault(group, list(parts));
  for (const made of [run, start, stop]) group.addCommand(made(parts));
  return group;
}

function list(parts: ProgramParts): Command {
  const made = command("list", "list jobs with their last and next run; so does jobs alone", "jobs list --json");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../jobs.ts")).jobsList));
}

function run(parts: ProgramParts): Command {
  const made = command("run", "let a job run now, without a daemon in this process", "jobs run recheck")
    .argument("<job>", WHICH)
    .option("--no-wait", "do not wait for its end");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../jobs.ts")).jobsRun));
}

function start(parts: ProgramParts): Command {
  const made = command("start", "take a job up again that was stopped", "jobs start recheck").argument("<job>", WHICH);
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../jobs.ts")).jobsStart));
}

function stop(parts: ProgramParts): Command {
  const made = command(
    "stop",
    "keep a job from running until it is started, also over restarts",
    "jobs stop recheck",
  ).argument("<job>", WHICH);
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../jobs.ts")).jobsStop));
}
