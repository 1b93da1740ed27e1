// What starting a command costs: nothing heavy is loaded before it is needed. The cause is asserted, not the time.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, type SourceFile, sourceFiles, targetOf } from "../architecture/source-files.ts";

const FILES = new Map(sourceFiles("src").map((file) => [file.path, file]));

/** What a file loads at once: neither `import type` nor `import()`. */
function loadedBy({ text }: SourceFile): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const imports = [...code.matchAll(/^\s*import\s(?!type\b)([^"';]*?\sfrom\s*)?["']([^"']+)["']/gm)];
  return imports.filter(([, names = ""]) => !isTypesOnly(names)).map(([, , specifier = ""]) => specifier);
}

/** `{ type A, type B }` loads nothing. */
function isTypesOnly(names: string): boolean {
  const inside = /^\s*\{([\s\S]*)\}/.exec(names)?.[1] ?? "";
  const all = inside.split(",").map((name) => name.trim());
  return all.every((name) => name === "" || name.startsWith("type ")) && all.some((name) => name !== "");
}

/** All files and packages that come with a file. */
function closure(path: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (name: string) => {
    const file = FILES.get(name);
    if (file === undefined || seen.has(name)) return;
    seen.add(name);
    for (const specifier of loadedBy(file)) {
      const target = targetOf(file, specifier);
      if (target === undefined) seen.add(specifier);
      else visit(target);
    }
  };
  visit(path);
  return seen;
}

function heavyIn(loaded: ReadonlySet<string>, allowed: readonly string[] = []): readonly string[] {
  const heavy =
    /^(?:conf|ora|chalk|zod|yaml|pino|undici.*|@inquirer\/.*|src\/(?:daemon|proxy|upstream)\/.*|src\/config\/(?:schema|load-config)\.ts)$/;
  return [...loaded].filter((name) => heavy.test(name) && !allowed.includes(name));
}

describe("loadedBy sees", () => {
  test.each([
    ['import { a } from "./a.ts";', ["./a.ts"]],
    ['import a from "a";', ["a"]],
    ['import {\n  a,\n  type B,\n} from "./a.ts";', ["./a.ts"]],
    ['import "./a.ts";', ["./a.ts"]],
    ['import type { A } from "./a.ts";', []],
    ['import { type A, type B } from "./a.ts";', []],
    ['import a, { type B } from "./a.ts";', ["./a.ts"]],
    ['const { a } = await import("./a.ts");', []],
  ])("%s", (text, expected) => {
    expect(loadedBy({ path: "", text, lines: [], imports: [] })).toEqual([...expected]);
  });
});

test("version, help and every mistake load commander and nothing heavy", () => {
  const loaded = closure("src/main.ts");
  expect(loaded).toContain("commander");
  expect(heavyIn(loaded)).toEqual([]);
});

test("a command that asks a running daemon loads what checks answers and draws tables, and no daemon", () => {
  const dynamic = [
    ...readFileSync(join(ROOT, "src/cli/program/look-commands.ts"), "utf8").matchAll(
      /import\("\.\.\/([\w/-]+\.ts)"\)/g,
    ),
  ];
  const files = dynamic.map(([, name]) => `src/cli/${name}`);
  expect(files.length).toBeGreaterThan(4);
  for (const file of [...files, "src/cli/keys/keys-list.ts", "src/cli/daemon-commands.ts", "src/cli/config-set.ts"])
    expect(heavyIn(closure(file), ["zod", "chalk"])).toEqual([]);
});

test("completion of commands and options loads nothing heavy, that of values no daemon", () => {
  expect(heavyIn(closure("src/cli/completion/complete.ts"))).toEqual([]);
  expect(heavyIn(closure("src/cli/completion/find-values.ts"), ["zod"])).toEqual([]);
});
