// `tokens …`: the commands around client tokens.
import type { Command } from "commander";
import { command } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withJson, withTarget } from "./shared-options.ts";

export function tokensCommands(parts: ProgramParts): Command {
  const tokens = command("tokens", "make, look at and revoke client tokens", "tokens list");
  for (const made of [list, add, rotate, revoke]) tokens.addCommand(made(parts));
  return tokens;
}

function list(parts: ProgramParts): Command {
  const made = command("list", "list client tokens with their limits, use and end", "tokens list --json");
  return withTarget(withJson(made)).action(
    runs(parts, async () => (await import("../tokens/tokens-list.ts")).tokensList),
  );
}

function add(parts: ProgramParts): Command {
  const made = command(
    "add",
    "make a client token and print its secret, this one time",
    "tokens add --name ci --models 'gpt-4o*' --rpm 60",
  )
    .option("--name <name>", "what lists and logs call it")
    .option("--models <patterns>", "only these models, by the names that clients use, separated by commas")
    .option("--providers <names>", "only these providers, separated by commas")
    .option("--operations <patterns>", "only these operations, such as chat/completions, separated by commas")
    .option("--cidrs <ranges>", "only from these addresses or ranges of them, separated by commas")
    .option("--expires <time>", "a date, a time, or how long from now: 2027-01-01, 90d")
    .option("--rpm <count>", "requests in any minute")
    .option("--tpm <count>", "tokens in any minute")
    .option("--tpd <count>", "tokens in a day")
    .option("--budget <amount>", "money that it may cost, by usage.prices: 20/month, 5/day, 100/total")
    .option("--concurrency <count>", "requests in flight at one time")
    .option("--day <zone>", "when days and months begin: rolling, or a time zone");
  return withTarget(withJson(made)).action(
    runs(parts, async () => (await import("../tokens/tokens-add.ts")).tokensAdd),
  );
}

function rotate(parts: ProgramParts): Command {
  const made = command(
    "rotate",
    "give a client token another secret, and print it; name, limits and use stay",
    "tokens rotate ci --grace 24h",
  )
    .argument("<token>", "its name or id")
    .option("--grace <duration>", "how long the old secret counts as well; not at all by default");
  return withTarget(withJson(made)).action(
    runs(parts, async () => (await import("../tokens/tokens-change.ts")).tokensRotate),
  );
}

function revoke(parts: ProgramParts): Command {
  const made = command("revoke", "delete client tokens, which are refused from now on", "tokens revoke ci --yes")
    .argument("<token...>", "names or ids")
    .option("-y, --yes", "do not ask");
  return withTarget(withJson(made)).action(
    runs(parts, async () => (await import("../tokens/tokens-change.ts")).tokensRevoke),
  );
}
