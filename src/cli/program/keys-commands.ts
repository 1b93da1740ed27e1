// `keys …`: the commands around keys.
import { type Command, Option } from "commander";
import { KEY_STATES, SORT_FIELDS, UNSETTABLE } from "../keys/key-words.ts";
import type { KeysChangeOptions } from "../keys/keys-change.ts";
import { command } from "./command-builder.ts";
import { type ProgramParts, runs } from "./run-action.ts";
import { withJson, withTarget } from "./shared-options.ts";

const WHICH = "ids, names, or patterns of names such as 'team-*'";

export function keysCommands(parts: ProgramParts): Command {
  const keys = command("keys", "add, look at and change keys", "keys list --status invalid");
  for (const made of [list, add, importKeys, set, remove, enable, disable, reset, test, exportKeys]) {
    keys.addCommand(made(parts));
  }
  return keys;
}

function status(): Option {
  return new Option("--status <status>", "only keys in this state").choices(KEY_STATES);
}

/** May be given several times. */
function limit(): Option {
  const about = "what a key may send, such as rpm=60,tpd=2M; rpm, rpd, tpm, tpd, concurrency, day";
  return new Option("--limit <limits>", about).argParser((text, before: readonly string[] = []) => [...before, text]);
}

function list(parts: ProgramParts): Command {
  const made = command("list", "list keys with their state, why and until when", "keys list --status invalid")
    .argument("[key...]", WHICH)
    .option("--provider <provider>", "only keys of this provider")
    .addOption(status())
    .option("--search <text>", "only keys whose name, id, provider or reason has this text")
    .addOption(new Option("--sort <field>", "in this order").choices(SORT_FIELDS))
    .option("--all", "on a terminal also more than the first 100");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../keys/keys-list.ts")).keysList));
}

function add(parts: ProgramParts): Command {
  const made = command(
    "add",
    "add keys to the encrypted store; asks for one where none is given",
    "keys add --provider deepseek --name team-b",
  )
    .argument("[secret...]", "keys; shells keep what is typed, so rather leave them out; - reads standard input")
    .option("--provider <provider>", "the provider; the default one if it is not named")
    .option("--name <name>", "what lists and logs call it; several keys are numbered")
    .option("--weight <number>", "its share of the load, 1 by default")
    .option("--priority <number>", "lower ones are used up first, 0 by default")
    .option("--models <patterns>", "only these models, separated by commas")
    .addOption(limit())
    .option("--file <file>", "read keys from a file, one a line")
    .option("--test", "try each key with one call first, and add only those that work");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../keys/keys-add.ts")).keysAdd));
}

function importKeys(parts: ProgramParts): Command {
  const made = command(
    "import",
    "add many keys, all or none: one a line, or JSON as keys export writes it",
    "keys import --provider openai keys.txt",
  )
    .argument("<file>", "the file; - reads standard input")
    .option("--provider <provider>", "the provider of keys that do not name theirs")
    .option("--test", "try each key with one call first, and add only those that work");
  return withTarget(withJson(made)).action(runs(parts, async () => (await import("../keys/keys-add.ts")).keysImport));
}

function set(parts: ProgramParts): Command {
  const made = command(
    "set",
    "change name, weight, priority, models and limits of stored keys",
    "keys set team-b --weight 2 --limit rpm=60",
  );
  const unset = new Option("--unset <setting>", "take a setting back; may be given several times").choices(UNSETTABLE);
  const check = unset.parseArg;
  unset.argParser((word, before: readonly string[] = []) => [...before, String(check?.(word, undefined))]);
  return withTarget(withJson(selecting(made)))
    .option("--name <name>", "what lists and logs call it; of one key only")
    .option("--weight <number>", "its share of the load, 1 by default")
    .option("--priority <number>", "lower ones are used up first, 0 by default")
    .option("--models <patterns>", "only these models, separated by commas")
    .addOption(limit())
    .addOption(unset)
    .action(runs(parts, async () => (await import("../keys/keys-set.ts")).keysSet));
}

function selecting(made: Command): Command {
  return made
    .argument("[key...]", WHICH)
    .option("--provider <provider>", "only keys of this provider")
    .addOption(status());
}

function remove(parts: ProgramParts): Command {
  const made = command("remove", "delete keys from the store", "keys remove team-b --yes");
  return withTarget(withJson(selecting(made)))
    .option("-y, --yes", "do not ask")
    .action(runs(parts, async () => (await import("../keys/keys-change.ts")).keysRemove));
}

function enable(parts: ProgramParts): Command {
  return changing(parts, "enable", "let disabled keys serve again", "keys enable --status disabled");
}

function disable(parts: ProgramParts): Command {
  return changing(parts, "disable", "keep keys out until they are enabled", "keys disable 'team-*'");
}

function reset(parts: ProgramParts): Command {
  const made = command("reset", "end every rest of keys, so that they are tried again", "keys reset --status invalid");
  return withTarget(withJson(selecting(made)))
    .option("--model <model>", "only what rests for this model, by the provider's name of it")
    .option("--operation <operation>", "only what rests for this operation, such as embeddings")
    .action(runs(parts, async () => (await import("../keys/keys-change.ts")).keysReset));
}

function changing(parts: ProgramParts, name: "enable" | "disable", description: string, example: string): Command {
  return withTarget(withJson(selecting(command(name, description, example)))).action(
    runs(parts, async () => {
      const { keysChange } = await import("../keys/keys-change.ts");
      return (context, words: readonly string[], options: KeysChangeOptions) =>
        keysChange(`keys.${name}`, context, words, options);
    }),
  );
}

function test(parts: ProgramParts): Command {
  const made = command("test", "try keys with one real call each", "keys test --status invalid");
  return withTarget(withJson(selecting(made)))
    .option("--model <model>", "the model to ask; the provider's test_model by default")
    .option("--concurrency <number>", "calls at a time, 8 by default")
    .action(runs(parts, async () => (await import("../test.ts")).testKeys));
}

function exportKeys(parts: ProgramParts): Command {
  const made = command(
    "export",
    "print the stored keys without their secrets, or write them with theirs into a file",
    "keys export --secrets keys-backup.json",
  )
    .argument("[file]", "where to write; a file that is there is never overwritten")
    .option("--provider <provider>", "only keys of this provider")
    .option("--secrets", "with the keys themselves, readable by you only");
  return withTarget(made).action(runs(parts, async () => (await import("../keys/keys-export.ts")).keysExport));
}
