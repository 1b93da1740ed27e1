// Every command that the documents name is one of the program's, with its options.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import packageJson from "../../package.json";
import { buildProgram } from "../../src/cli/build-program.ts";
import { defaultOf } from "../../src/cli/program/command-builder.ts";
import { FakeTerminal } from "../cli/fake-terminal.ts";
import { blocks, codesIn, DOCUMENTS, ROOT, rows, section } from "./documents.ts";

using terminal = new FakeTerminal();
const PROGRAM = buildProgram(terminal.context(), () => {});
const LEAVES = leavesOf(PROGRAM);
/** Groups whose own name runs one of their commands. */
const ALONE = PROGRAM.commands.filter((command) => defaultOf(command) !== undefined).map((command) => command.name());
const LISTED = rows(section("README.md", "Commands")).flatMap(([cell = ""]) =>
  codesIn(cell).map((code) => code.replace(/^openai-balance /, "")),
);
const OPTION = /(?<![\w-])--?[a-z][a-z-]*/g;

/** Every command that does something, by its words. */
function leavesOf(command: Command, path: readonly string[] = []): readonly string[] {
  if (command.commands.length === 0) return [path.join(" ")];
  return command.commands.flatMap((inside) => leavesOf(inside, [...path, inside.name()]));
}

/** The command lines of a document, in blocks and in running text, there also without the name of the program. */
function linesOf(text: string): readonly string[] {
  const shown = blocks("sh", text).flatMap((block) => block.split("\n"));
  const named = [...shown, ...codesIn(text)].flatMap(
    (line) => /^(?:sudo )?(?:\w+=\S+ )*openai-balance (.*)$/.exec(line)?.[1] ?? [],
  );
  const bare = codesIn(text).filter((code) =>
    PROGRAM.commands.some((command) => code.startsWith(`${command.name()} `)),
  );
  return [...new Set([...named, ...bare])];
}

describe.each(DOCUMENTS.map(({ path, text }) => [path, linesOf(text)] as const))("%s", (_path, lines) => {
  test.each(lines.map((line) => [line] as const))("openai-balance %s", async (line) => {
    using terminal = new FakeTerminal();
    const { exitCode, out } = await terminal.run([...line.split(" "), "--help"]);
    expect(exitCode).toBe(0);
    const command = [...LEAVES, ...ALONE].find((name) => `${line} `.startsWith(`${name} `)) ?? line;
    expect(out).toStartWith(`Usage: openai-balance ${command}`);
    for (const [option] of line.matchAll(OPTION)) expect(out).toContain(option);
  });
});

test("the documents name commands with options", () => {
  const lines = DOCUMENTS.flatMap(({ text }) => linesOf(text));
  expect(lines.length).toBeGreaterThan(LEAVES.length);
  expect(lines.filter((line) => line.match(OPTION)).length).toBeGreaterThan(4);
});

test("every command of the program is listed", () => {
  expect(LEAVES.length).toBeGreaterThan(30);
  expect(LEAVES.filter((name) => !LISTED.some((line) => `${line} `.startsWith(`${name} `)))).toEqual([]);
});

test("every option exists", async () => {
  using terminal = new FakeTerminal();
  const inline = DOCUMENTS.flatMap(({ text }) => codesIn(text)).filter((code) => code.startsWith("--"));
  const helps = await Promise.all(LEAVES.map((path) => terminal.run([...path.split(" "), "--help"])));
  const script = readFileSync(join(ROOT, "install.sh"), "utf8");
  const help = [script, ...helps.map(({ out }) => out)].join("\n");
  expect(inline.length).toBeGreaterThan(3);
  for (const option of inline) expect(help).toContain(option.split(" ")[0] ?? "");
});

test("every npm script exists", () => {
  const names = DOCUMENTS.flatMap(({ text }) =>
    [...text.matchAll(/^npm (?:run )?(\w+)$|`npm (?:run )?(\w+)`/gm)].map(([, line, code]) => line ?? code ?? ""),
  );
  expect([...new Set(names)].toSorted()).toEqual(Object.keys(packageJson.scripts).toSorted());
});
