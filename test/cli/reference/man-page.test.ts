// The manual page: it has every command with its options, and the programs that show such pages find nothing wrong.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildProgram } from "../../../src/cli/build-program.ts";
import { leavesOf, ownOptions } from "../../../src/cli/reference/command-facts.ts";
import { renderManPage } from "../../../src/cli/reference/man-page.ts";
import { EXIT } from "../../../src/core/exit-codes.ts";
import { scratchFolder } from "../../core/scratch-folder.ts";
import { FakeTerminal } from "../fake-terminal.ts";

const { program, page } = made();

function made() {
  using terminal = new FakeTerminal();
  const program = buildProgram(terminal.context(), () => {});
  return { program, page: renderManPage(program, "1.2.3") };
}

/** What a program prints of the page, with what it complains of. */
function printedBy(command: readonly string[]): { readonly text: string; readonly complaints: string } {
  using folder = scratchFolder();
  const path = join(folder.path, "openai-balance.1");
  writeFileSync(path, page);
  const env = { PATH: process.env.PATH, LC_ALL: "C.UTF-8", MANWIDTH: "200", MAN_KEEP_FORMATTING: "" };
  const { stdout, stderr } = Bun.spawnSync([...command, path], { env });
  return { text: stdout.toString(), complaints: stderr.toString() };
}

test("has every command, with its options", () => {
  const leaves = leavesOf(program);
  expect(leaves.length).toBeGreaterThan(30);
  for (const { path, command } of leaves) {
    expect(page).toContain(`\n.SS "${[...path.map((word) => word.replaceAll("-", "\\-"))].join(" ")}`);
    for (const { flags } of ownOptions(command).own) expect(page).toContain(flags.replaceAll("-", "\\-"));
  }
});

test("says every exit code, the version, and no Markdown", () => {
  for (const code of Object.values(EXIT)) expect(page).toContain(`\n.B "${code}"\n`);
  expect(page).toStartWith('.TH OPENAI-BALANCE 1 "" "openai\\-balance 1.2.3"');
  expect(page).not.toMatch(/`|\]\(|undefined|\[object/);
});

test("no line of text is taken for a macro", () => {
  const macros = page.split("\n").flatMap((line) => /^[.'](\S*)/.exec(line)?.[1] ?? []);
  expect([...new Set(macros)].toSorted()).toEqual(
    ["B", "EE", "EX", "I", "PP", "SH", "SS", "TH", "TP", '\\"', "ad", "nh"].toSorted(),
  );
});

test.skipIf(Bun.which("groff") === null)("man shows it without a warning", () => {
  const { text, complaints } = printedBy(["groff", "-man", "-Tutf8", "-ww", "-P-cbou"]);
  expect(complaints).toBe("");
  expect(text).toContain("openai-balance - gives every request");
  expect(text).toContain("--provider");
});

test.skipIf(Bun.which("mandoc") === null)("mandoc finds nothing but the date that it has not", () => {
  const { text } = printedBy(["mandoc", "-T", "lint", "-W", "warning"]);
  expect(text.split("\n").filter((line) => line !== "" && !line.includes("missing date"))).toEqual([]);
});
