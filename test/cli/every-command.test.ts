// What holds for every command of the program, found by walking its tree: help, suggestions, pipes, widths, JSON.
import { describe, expect, test } from "bun:test";
import type { Command } from "commander";
import { buildProgram } from "../../src/cli/build-program.ts";
import { COMMANDS, runCase } from "./command-cases.ts";
import { ANSWERS } from "./daemon-answers.ts";
import type { Answers } from "./fake-daemon.ts";
import { FakeTerminal, type FakeTerminalOptions } from "./fake-terminal.ts";

function programTree(): Command {
  using terminal = new FakeTerminal();
  return buildProgram(terminal.context(), () => {});
}

function pathsIn(command: Command, path: readonly string[] = []): readonly (readonly string[])[] {
  return [path, ...command.commands.flatMap((inside) => pathsIn(inside, [...path, inside.name()]))];
}

function commandAt(path: readonly string[]): Command {
  return path.reduce<Command>((at, name) => at.commands.find((inside) => inside.name() === name) ?? at, programTree());
}

const ALL = pathsIn(programTree());
const LEAVES = ALL.filter((path) => commandAt(path).commands.length === 0).map((path) => path.join(" "));
const GROUPS = ALL.filter((path) => commandAt(path).commands.length > 0);
/** Their own name runs one of their commands. */
const WITH_DEFAULT: ReadonlySet<string> = new Set([
  "logs",
  "stats",
  "providers",
  "proxies",
  "jobs",
  "webhooks",
  "sessions",
]);
const CASES = Object.entries(COMMANDS);

async function run(args: readonly string[], options?: FakeTerminalOptions) {
  using terminal = new FakeTerminal();
  return await terminal.run(args, options);
}

/** A word with a slip of the finger, which is none of the program's. */
function mistyped(word: string): string {
  return word.startsWith("--") ? `${word}x` : `${word[1]}${word[0]}${word.slice(2)}`;
}

function widest(text: string): number {
  return Math.max(...text.split("\n").map((line) => Bun.stringWidth(line)));
}

test("the table of cases has every command, and no other", () => {
  expect(Object.keys(COMMANDS).toSorted()).toEqual([...LEAVES].toSorted());
});

describe("help", () => {
  test.each(ALL.map((path) => [path.join(" "), path] as const))(
    "of %p has an example and fits 80 columns",
    async (name, path) => {
      const { exitCode, out, err } = await run([...path, "--help"]);
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
      expect(out).toStartWith(`Usage: ${["openai-balance", ...path].join(" ")}`);
      expect(out).toMatch(new RegExp(`\nExample:\n {2}\\$ (?:\\S+=\\S+ )?openai-balance ${name}`));
      expect(widest(out)).toBeLessThanOrEqual(80);
    },
  );

  test.each(ALL.map((path) => [path.join(" "), path] as const))(
    "of %p describes every argument and option",
    (_name, path) => {
      const { options, registeredArguments } = commandAt(path);
      for (const { description } of [...options, ...registeredArguments])
        expect(description).toMatch(/^[^A-Z].{6,}[^.]$/);
    },
  );

  test("fits a narrower terminal too", async () => {
    const { out } = await run(["keys", "list", "--help"], { isTerminal: true, columns: 60 });
    expect(widest(out)).toBeLessThanOrEqual(60);
  });

  test("the example of each command is a command line that it takes", async () => {
    for (const name of LEAVES) {
      const { out } = await run([...name.split(" "), "--help"]);
      const example = /\$ (?:\S+=\S+ )?openai-balance (.*)/.exec(out)?.[1] ?? "";
      const words = example.replaceAll("'", "").split(" ");
      expect(await run([...words, "--help"])).toMatchObject({ exitCode: 0 });
      const command = commandAt(name.split(" "));
      for (const word of words.filter((word) => word.startsWith("-")))
        expect(command.options.flatMap(({ long, short }) => [long, short])).toContain(word);
    }
  });
});

describe("a mistake ends with 2, a suggestion, and nothing on standard output", () => {
  test.each(GROUPS.flatMap((path) => commandAt(path).commands.map((inside) => [path, inside.name()] as const)))(
    "the command %p %p mistyped",
    async (path, name) => {
      const { exitCode, out, err } = await run([...path, mistyped(name)]);
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
      expect(err).toMatch(/Did you mean (?:one of )?/);
      expect(err).toContain(name);
    },
  );

  test.each(
    LEAVES.flatMap((name) => commandAt(name.split(" ")).options.map((option) => [name, option.long ?? ""] as const)),
  )("%s: the option %s mistyped", async (name, long) => {
    const { exitCode, out, err } = await run([...name.split(" "), mistyped(long)]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain(`unknown option '${mistyped(long)}'`);
    expect(err).toContain("Did you mean");
  });

  test.each(LEAVES)("%s: an unknown option", async (name) => {
    const { exitCode, out, err } = await run([...name.split(" "), "--xyzzy-plugh"]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain("unknown option '--xyzzy-plugh'");
  });

  test.each(LEAVES.filter((name) => !commandAt(name.split(" ")).registeredArguments.some(({ variadic }) => variadic)))(
    "%s: one argument too many",
    async (name) => {
      const { registeredArguments } = commandAt(name.split(" "));
      const args = registeredArguments.map(({ argChoices }) => argChoices?.[0] ?? "x");
      const { exitCode, out, err } = await run([...name.split(" "), ...args, "one-more"]);
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
      expect(err).toContain("too many arguments");
    },
  );

  test.each(GROUPS.filter((path) => !WITH_DEFAULT.has(path.join(" "))).map((path) => [path]))(
    "%p without a command prints its help on the error stream",
    async (path) => {
      const { exitCode, out, err } = await run(path);
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
      expect(err).toStartWith("Usage: openai-balance");
    },
  );
});

describe("in a pipe", () => {
  test.each(CASES)("%s prints no escape sequence, and cuts nothing", async (name, { exitCode = 0 }) => {
    const printed = await runCase(name);
    expect(printed.exitCode).toBe(exitCode);
    expect(printed.out + printed.err).not.toMatch(/[^\P{Cc}\n]/u);
    expect(printed.out).not.toContain("…");
    expect(printed.out).toMatch(/^$|\n$/);
  });
});

describe("on a terminal", () => {
  test.each(CASES)("%s prints the same with NO_COLOR, without colours", async (name, { exitCode = 0 }) => {
    const coloured = await runCase(name, { isTerminal: true, columns: 80 });
    const plain = await runCase(name, { isTerminal: true, columns: 80, env: { NO_COLOR: "1" } });
    expect(plain.exitCode).toBe(exitCode);
    expect(plain.out + plain.err).not.toContain("\x1b");
    expect(masked(Bun.stripANSI(coloured.out))).toBe(masked(plain.out));
  });

  test.each([80, 40].flatMap((columns) => CASES.map(([name, facts]) => [name, columns, facts] as const)))(
    "%s at %d columns: no line is wider",
    async (name, columns, { prints = "table" }) => {
      const { out, err } = await runCase(name, { isTerminal: true, columns });
      const lines = [...(prints === "table" ? out.split("\n") : []), ...err.split("\n")];
      for (const line of lines) expect(isFitting(line, columns) ? "" : line).toBe("");
    },
  );

  /** What differs from one run to the next: folders and tokens. */
  function masked(text: string): string {
    return text.replaceAll(/openai-balance-cli-\w+/g, "FOLDER");
  }

  /** A path that does not fit is left to the terminal, and so is a line that is there to be copied. */
  function isFitting(line: string, columns: number): boolean {
    const isOneWord = !/\S {1,2}\S+ \S/.test(line) && /\/|:\/\//.test(line);
    const isToBeCopied = /^ +(?:\w+=\S* |source <\()*openai-balance /.test(line);
    return Bun.stringWidth(line) <= columns || isOneWord || isToBeCopied;
  }
});

describe("names of others", () => {
  const EVIL = "\x1b[2J\x1b]0;pwned\x07\x9b31m\r\nforged";
  const WIDE = "日本語のキー-👩‍👩‍👧-büro";

  test.each(CASES.filter(([, { isRemote }]) => isRemote))(
    "%s: escape sequences in names drive no terminal",
    async (name, { hasJson, prints }) => {
      for (const more of [[], ...(hasJson ? [["--json"]] : [])]) {
        const { out, err } = await runCase(name, {
          daemon: renamed(EVIL),
          isTerminal: true,
          columns: 80,
          env: { NO_COLOR: "1" },
          more,
        });
        expect(out + err).not.toMatch(/[^\P{Cc}\n]/u);
        if (prints === undefined) expect(out + err).not.toMatch(/^forged/m);
      }
    },
  );

  test.each(CASES.filter(([, { isRemote }]) => isRemote))(
    "%s: unicode and wide names are whole in a pipe",
    async (name, { prints }) => {
      const { out, err } = await runCase(name, { daemon: renamed(WIDE) });
      if (/"(?:name|key|provider)":/.test(JSON.stringify(answerTo(name)))) expect(out + err).toContain(WIDE);
      if (prints === undefined) expect(out).not.toContain("…");
    },
  );

  test.each(CASES.filter(([, { isRemote, prints }]) => isRemote && prints === undefined))(
    "%s: wide names fit a terminal",
    async (name) => {
      const { out } = await runCase(name, {
        daemon: renamed(WIDE),
        isTerminal: true,
        columns: 80,
        env: { NO_COLOR: "1" },
      });
      expect(widest(out)).toBeLessThanOrEqual(80);
    },
  );

  /** The answers with another name for every key, provider and model, and in what providers say. */
  function renamed(to: string): Answers {
    const fields = /^(?:name|key|provider|model|message|reason|why|rule|changes|warnings|unavailable|base_url)$/;
    const rename = (value: unknown, field = ""): unknown => {
      if (typeof value === "string") return fields.test(field) ? `${value}${to}` : value;
      if (Array.isArray(value)) return value.map((item) => rename(item, field));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, rename(inside, name)]));
    };
    return rename(ANSWERS) as Answers;
  }

  function answerTo(name: string): unknown {
    const [first = "", second] = name.split(" ");
    const all = ANSWERS as Readonly<Record<string, unknown>>;
    if (second === "list" && first !== "keys") return all[first];
    return first === "keys" && second === "test" ? all.test : (all[`${first}.${second}`] ?? all[first] ?? "");
  }
});

describe("--json", () => {
  test.each(CASES.filter(([, { hasJson, isStream }]) => hasJson && !isStream))(
    "%s prints one document, and nothing else",
    async (name, { exitCode = 0 }) => {
      for (const isTerminal of [false, true]) {
        const printed = await runCase(name, { more: ["--json"], isTerminal });
        expect(printed.exitCode).toBe(exitCode);
        expect(typeof JSON.parse(printed.out)).toBe("object");
      }
    },
  );

  test.each(CASES.filter(([, { isStream }]) => isStream))("%s prints a document a line", async (name) => {
    const { out } = await runCase(name, { more: ["--json"] });
    const lines = out.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(typeof JSON.parse(line)).toBe("object");
  });

  test.each(CASES.filter(([, { isRemote, hasJson }]) => isRemote && !hasJson))("%s has none, for a reason", (name) => {
    // Those that export print JSON anyhow, the other only waits.
    expect(["keys export", "logs export", "stop"]).toContain(name);
  });
});

describe("--quiet", () => {
  test.each(CASES.filter(([, { isSilentable }]) => isSilentable))(
    "%s says nothing where all is well",
    async (name, { exitCode = 0 }) => {
      const printed = await runCase(name, { more: ["--quiet"] });
      expect(printed).toMatchObject({ exitCode, out: "" });
      if (exitCode === 0) expect(printed.err).toBe("");
    },
  );

  test.each(CASES.filter(([name, { isSilentable }]) => !isSilentable && name !== "serve"))(
    "%s still prints what it found",
    async (name) => {
      const [loud, quiet] = [await runCase(name), await runCase(name, { more: ["--quiet"] })];
      expect(quiet.out).not.toBe("");
      expect(quiet.out.replaceAll(/openai-balance-cli-\w+/g, "")).toBe(
        loud.out.replaceAll(/openai-balance-cli-\w+/g, ""),
      );
    },
  );
});
