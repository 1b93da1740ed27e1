// The options of `npm run simulate`, and what it writes.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "../../simulate/options.ts";
import { SCENARIOS } from "../../simulate/scenarios/all.ts";
import { PAGE, withTable } from "../../simulate/with-table.ts";

const NAMES = ["one", "two"];

describe("parseOptions", () => {
  test("has a default for everything", () => {
    const defaults = { only: undefined, seed: 1, windows: undefined, writes: false, explain: undefined };
    expect(parseOptions([], NAMES)).toEqual(defaults);
  });

  test("takes what is given", () => {
    expect(parseOptions(["--only", "one,two", "--seed", "7", "--windows", "3"], NAMES)).toMatchObject({
      only: ["one", "two"],
      seed: 7,
      windows: 3,
    });
    expect(parseOptions(["--help"], NAMES)).toBeUndefined();
  });

  test.each([
    [["--only", "three"], 'Cannot simulate "three": expected one, two'],
    [["--explain", "three"], 'Cannot simulate "three": expected one, two'],
    [["--seed", "x"], 'Cannot use --seed "x": expected 1 or more'],
    [["--windows", "0"], 'Cannot use --windows "0": expected 1 or more'],
    [["--write", "--only", "one"], "Cannot write docs/simulation.md: --only leaves scenarios out"],
  ])("%o is refused", (args, message) => {
    expect(() => parseOptions(args, NAMES)).toThrow(message);
  });
});

describe("withTable", () => {
  test("replaces what stands between the marks", () => {
    expect(withTable("a\n<!-- simulate -->\nold\n<!-- /simulate -->\nb", "| new |")).toBe(
      "a\n<!-- simulate -->\n\n| new |\n\n<!-- /simulate -->\nb",
    );
    expect(() => withTable("a", "| new |")).toThrow("Cannot write docs/simulation.md");
  });

  test("finds its marks in its page", () => {
    const page = readFileSync(join(import.meta.dir, "../..", PAGE), "utf8");
    expect(withTable(page, "| new |")).toContain("| new |");
  });
});

test("scenarios have names of their own, and last for ten windows at least", () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  expect(SCENARIOS.filter(({ windows }) => windows < 10)).toEqual([]);
});

test("the command prints the table and ends with 0 where all bounds hold", async () => {
  const command = [process.execPath, "simulate/simulate.ts", "--only", "steady", "--windows", "1"];
  const child = Bun.spawn(command, { cwd: join(import.meta.dir, "../.."), stdio: ["ignore", "pipe", "ignore"] });
  const text = await new Response(child.stdout).text();
  expect(text).toContain("| Steady, 70 % of capacity, buckets |");
  expect(await child.exited).toBe(0);
});
