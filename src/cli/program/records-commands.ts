// `logs …` and `stats …`: what became of requests.
import { type Command, Option } from "commander";
import { DIMENSIONS, PERIODS } from "../../records/usage-report.ts";
import { command, withDefault } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withJson, withTarget } from "./shared-options.ts";

const TIME = "a time ago such as 10m or 2d, a time of day, or a date; by the clocks here";

/** Without a further word each shows what there is. */
export function recordsCommands(parts: ProgramParts): readonly Command[] {
  const logs = command("logs", "look at the records of requests, export and delete them", "logs -f --errors");
  const stats = command("stats", "count requests, tokens, cost and times; find keys that fail", "stats --by key");
  return [
    withDefault(logs, list(parts), byId).addCommand(exportRecords(parts)).addCommand(clear(parts)),
    withDefault(stats, show(parts)).addCommand(attention(parts)),
  ];
}

/** An id of a request alone is the first thing that comes to mind. */
function byId(word: string): string | undefined {
  return /^req_\w+$/.test(word) ? `--id ${word}` : undefined;
}

function list(parts: ProgramParts): Command {
  const made = command(
    "list",
    "show what became of requests, the latest last; so does logs alone",
    "logs list --errors --since 22:30 --until 02:00",
  )
    .option("-f, --follow", "go on with what comes from now on, until Ctrl-C")
    .option("-n, --limit <number>", "how many at most, 100 by default")
    .addOption(new Option("--sort <field>", "in this order").choices(["time", "duration", "tokens", "cost"]))
    .option("--daemon", "the daemon's own log in place of request records");
  return withTarget(
    withJson(withFilter(withSpan(made), "the whole story of this request, or those of this trace")),
  ).action(runs(parts, async () => (await import("../records/logs.ts")).logs));
}

function exportRecords(parts: ProgramParts): Command {
  const made = command(
    "export",
    "give out request records with every attempt, as JSON lines, the oldest first",
    "logs export --since 2026-01-31 --file january.jsonl",
  ).option("--file <file>", "into this file, which must not exist, in place of standard output");
  return withTarget(withFilter(withSpan(made))).action(
    runs(parts, async () => (await import("../records/logs-export.ts")).logsExport),
  );
}

function clear(parts: ProgramParts): Command {
  const made = command(
    "clear",
    "delete request records for good; what stats counts of them stays",
    "logs clear --until 30d --yes",
  )
    .option("--all", "every one of them")
    .option("-y, --yes", "do not ask");
  return withTarget(withJson(withFilter(withSpan(made)))).action(
    runs(parts, async () => (await import("../records/logs-clear.ts")).logsClear),
  );
}

function show(parts: ProgramParts): Command {
  const made = command("show", "count requests, tokens, cost and times; so does stats alone", "stats show --by model")
    .addOption(period())
    .addOption(new Option("--by <field>", "a row for each of these").choices(DIMENSIONS))
    .option("-n, --limit <number>", "how many rows at most, 20 by default");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../records/stats.ts")).stats));
}

function attention(parts: ProgramParts): Command {
  const made = command(
    "attention",
    "list the keys with most failures, by status, and what to do about them",
    "stats attention --period 7d --status 401",
  )
    .addOption(period())
    .option("--status <status>", "only failures with this status: 429, or 4xx")
    .option("--provider <provider>", "only keys of this provider")
    .option("-n, --limit <number>", "how many rows at most, 20 by default");
  return withTarget(withJson(made)).action(
    runs(parts, async () => (await import("../records/stats-attention.ts")).statsAttention),
  );
}

function period(): Option {
  return new Option("--period <period>", "the time until now; month: this one; 24h by default").choices(PERIODS);
}

function withSpan(target: Command): Command {
  return target
    .option("--since <time>", `only those that ended at this time or later: ${TIME}`)
    .option("--until <time>", "only those that ended before this time");
}

function withFilter(target: Command, idText = "only this request, or those of this trace"): Command {
  return target
    .option("--errors", "only those that failed, or were answered with 400 or more")
    .option("--status <status>", "only those that were answered so: 429, or 4xx")
    .option("--provider <provider>", "only those of which an attempt went to this provider")
    .option("--key <key>", "only those of which an attempt had this key, by name or id")
    .option("--model <model>", "only those for this model, by the client's or the provider's name")
    .option("--token <token>", "only those of this client token")
    .option("--operation <operation>", "only those of this operation, such as chat/completions")
    .option("--id <request>", idText);
}
