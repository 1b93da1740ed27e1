// No style is for a class that nothing has.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

const SRC = join(import.meta.dir, "../../../src");
/** Those of uPlot, which the page draws charts with. */
const OF_OTHERS = /^u-/;

function textsOf(pattern: string): string {
  return [...new Glob(pattern).scanSync(SRC)].map((name) => readFileSync(join(SRC, name), "utf8")).join("\n");
}

const styles = textsOf("page/**/*.css").replace(/\/\*.*?\*\//gs, "");
const code = textsOf("page/**/*.{ts,tsx}") + textsOf("dashboard/**/*.ts");

test("each class that has a style is given to something", () => {
  const styled = new Set([...styles.matchAll(/\.([a-zA-Z][\w-]*)/g)].map(([, name = ""]) => name));
  const words = new Set(code.match(/[a-zA-Z][\w-]*/g));
  const made = [...code.matchAll(/([a-z][\w-]*-)\$\{/g)].map(([, begin = ""]) => begin);
  const isUsed = (name: string) =>
    words.has(name) || OF_OTHERS.test(name) || made.some((begin) => name.startsWith(begin));
  expect(styled.size).toBeGreaterThan(100);
  expect([...styled].filter((name) => !isUsed(name))).toEqual([]);
});

test("each variable that is used is there, and light-dark() chooses between colours alone (CSS Color 5)", () => {
  const known = new Set([...styles.matchAll(/(--[\w-]+):/g)].map(([, name]) => name));
  const used = [...(styles + code).matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name);
  expect(used.filter((name) => !known.has(name))).toEqual([]);
  const chosen = [...styles.matchAll(/light-dark\(([^;]*)\);/g)].map(([, choices = ""]) => choices);
  expect(chosen.filter((choices) => !/^\s*(?:#|rgb)/.test(choices))).toEqual([]);
});
