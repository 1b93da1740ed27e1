// What may stand at the end of a line, found in a tree of commands.
import { describe, expect, test } from "bun:test";
import { Argument, Command, Option } from "commander";
import { array, assert, constantFrom, oneof, property, string } from "fast-check";
import { buildProgram } from "../../../src/cli/build-program.ts";
import { type Completion, completionOf, VALUE_KINDS } from "../../../src/cli/completion/completion-of.ts";
import { FakeTerminal } from "../fake-terminal.ts";

function tree(): Command {
  const list = new Command("list")
    .alias("ls")
    .description("list keys")
    .argument("[key...]", "which")
    .addOption(new Option("--status <status>", "only these").choices(["ready", "invalid"]))
    .option("--provider <provider>", "of this provider")
    .option("-c, --config <file>", "the config file")
    .option("-f, --follow", "go on")
    .addOption(new Option("--hidden", "for tests").hideHelp());
  const use = new Command("use").description("use a profile").argument("<profile>", "its name");
  const shell = new Command("shell").addArgument(new Argument("<shell>", "which").choices(["bash", "zsh"]));
  const free = new Command("free").argument("<anything>", "a text").argument("[folder]", "where");
  const keys = new Command("keys").description("keys").helpCommand(false).addCommand(list).addCommand(use);
  return new Command("program")
    .version("1", "-V, --version", "the version")
    .option("-q, --quiet", "less")
    .helpCommand(false)
    .addCommand(keys)
    .addCommand(shell)
    .addCommand(free)
    .addCommand(new Command("secret"), { hidden: true });
}

/** The line without the program's name; the word under the cursor is what stands behind the last space. */
function complete(line: string): Completion {
  const words = line.split(" ");
  return completionOf(tree(), words.slice(0, -1), words.at(-1) ?? "");
}

function values(line: string): readonly string[] {
  return complete(line).candidates.map(({ value }) => value);
}

describe("candidates of", () => {
  test.each([
    ["", ["keys", "shell", "free"]],
    ["k", ["keys"]],
    ["x", []],
    ["keys ", ["list", "use"]],
    ["-q keys l", ["list"]],
    ["shell ", ["bash", "zsh"]],
    ["shell z", ["zsh"]],
    ["shell bash ", ["--help", "--quiet"]],
    ["keys list --s", ["--status"]],
    ["keys list --status ", ["ready", "invalid"]],
    ["keys list --status in", ["invalid"]],
    ["keys list --status=in", ["--status=invalid"]],
    ["keys list --status=", ["--status=ready", "--status=invalid"]],
    ["keys ls --status r", ["ready"]],
    ["keys list -", ["--status", "--provider", "--config", "--follow", "--help", "--quiet"]],
    ["keys list --status ready -", ["--provider", "--config", "--follow", "--help", "--quiet"]],
    ["keys list --status=ready --st", []],
    ["keys list -f --f", []],
    ["keys list -c", ["-c"]],
    ["keys list -- --s", []],
    ["keys list a b --st", ["--status"]],
    ["keys wrong ", []],
    ["wrong --q", []],
    ["--v", ["--version"]],
    ["keys list --v", []],
    ["secret ", ["--help", "--quiet"]],
    ["free ", []],
    ["keys list --unknown --st", ["--status"]],
  ])("%p are %p", (line, expected) => {
    expect(values(line)).toEqual([...expected]);
  });

  test("a candidate says what it is for", () => {
    expect(complete("keys list --prov").candidates).toEqual([{ value: "--provider", description: "of this provider" }]);
    expect(complete("ke").candidates).toEqual([{ value: "keys", description: "keys" }]);
  });
});

describe("what is to be looked up", () => {
  test.each([
    ["keys list ", "key", "", ""],
    ["keys list te", "key", "te", ""],
    ["keys list one te", "key", "te", ""],
    ["keys list -- -x", "key", "-x", ""],
    ["keys use ", "profile", "", ""],
    ["keys list --provider op", "provider", "op", ""],
    ["keys list --provider=op", "provider", "op", "--provider="],
    ["keys list --config ", "file", "", ""],
    ["keys list -c ", "file", "", ""],
    ["keys list -fc ", "file", "", ""],
    ["free x ", "folder", "", ""],
    ["keys list --status ", undefined, "", ""],
    ["keys list --provi", undefined, "--provi", ""],
    ["free x y ", undefined, "", ""],
  ] as const)("%p: %p that begin with %p, behind %p", (line, kind, typed, prefix) => {
    expect(complete(line)).toMatchObject({ kind, typed, prefix });
  });
});

test("what the line says already is handed on", () => {
  expect(complete("-q keys ls one -c file --provider=p -f two ")).toMatchObject({
    path: ["keys", "list"],
    args: ["one", "two"],
    options: { config: "file", provider: "p" },
  });
  expect(complete("keys list -cfile ").options).toEqual({ config: "file" });
  expect(complete("keys list -- -c two ")).toMatchObject({ args: ["-c", "two"], options: {} });
});

test("no line throws, and every candidate begins as its word does", () => {
  using terminal = new FakeTerminal();
  const program = buildProgram(terminal.context(), () => {});
  const known = [
    "keys",
    "list",
    "config",
    "set",
    "--status",
    "--config",
    "-c",
    "-fq",
    "--",
    "-",
    "logs",
    "-n",
    "completion",
  ];
  const words = oneof(constantFrom(...known), string({ unit: "binary", maxLength: 12 }));
  assert(
    property(array(words, { maxLength: 6 }), words, (before, word) => {
      const { candidates, prefix, typed } = completionOf(program, before, word);
      for (const { value } of candidates) expect(value.startsWith(word)).toBe(true);
      expect(word.endsWith(typed)).toBe(true);
      expect(prefix + typed).toBe(word);
    }),
  );
});

test("every kind of value stands in the program, in brackets", () => {
  using terminal = new FakeTerminal();
  const program = buildProgram(terminal.context(), () => {});
  const all = (command: Command): readonly string[] => [
    ...command.options.map(({ flags }) => /[<[]([\w-]+)/.exec(flags)?.[1] ?? ""),
    ...command.registeredArguments.map((argument) => argument.name()),
    ...command.commands.flatMap(all),
  ];
  const found = new Set(all(program));
  expect(VALUE_KINDS.filter((kind) => !found.has(kind))).toEqual([]);
  // A secret is completed nowhere.
  expect(found).toContain("secret");
  expect(VALUE_KINDS as readonly string[]).not.toContain("secret");
});
