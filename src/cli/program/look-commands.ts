// `health`, `test`, `models`, `providers`, `explain`: what is there, and how it fares.
import type { Command } from "commander";
import { command, withDefault } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withJson, withTarget } from "./shared-options.ts";

export function lookCommands(parts: ProgramParts): readonly Command[] {
  return [health(parts), test(parts), models(parts), providers(parts), explain(parts)];
}

function health(parts: ProgramParts): Command {
  const made = command("health", "show how providers and keys fare", "health --watch")
    .argument("[provider]", "only this provider")
    .option("-w, --watch", "go on showing it, until Ctrl-C");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../health.ts")).health));
}

function test(parts: ProgramParts): Command {
  const made = command("test", "ask each provider with one real call", "test openai --all-keys")
    .argument("[provider]", "only this provider")
    .option("--model <model>", "the model to ask; the provider's test_model by default")
    .option("--all-keys", "one call with each key that is not disabled")
    .option("--concurrency <number>", "calls at a time, 8 by default");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../test.ts")).testProviders));
}

function models(parts: ProgramParts): Command {
  const made = command("models", "list what can be asked for, and where it goes", "models --provider openai").option(
    "--provider <provider>",
    "what the path of this provider offers",
  );
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../models.ts")).models));
}

/** Without a further word it lists them. */
function providers(parts: ProgramParts): Command {
  const group = command("providers", "list the configured providers, and reset them", "providers --json");
  return withDefault(group, listProviders(parts)).addCommand(resetProvider(parts));
}

function listProviders(parts: ProgramParts): Command {
  const made = command("list", "list the configured providers; so does providers alone", "providers list --json");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../models.ts")).providers));
}

function resetProvider(parts: ProgramParts): Command {
  const made = command(
    "reset",
    "let requests go to a provider at once that is failing or suspect; its keys stay as they are",
    "providers reset openai --model gpt-4o",
  )
    .argument("<provider>", "its name")
    .option("--model <model>", "only this model there, by the provider's name of it");
  return withTarget(withJson(made)).action(
    runs(parts, async () => (await import("../providers-reset.ts")).providersReset),
  );
}

function explain(parts: ProgramParts): Command {
  const made = command(
    "explain",
    "say which key a request would get now, and why every other is skipped; sends nothing",
    "explain gpt-4o",
  )
    .argument("<model>", "a model, or a path such as /v1/embeddings")
    .option("--model <model>", "with a path: the model in the body")
    .option("--method <method>", "with a path: the method")
    .option("--token <token>", "with this client token: what it may not do, and what of its limits is left");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../explain.ts")).explain));
}
