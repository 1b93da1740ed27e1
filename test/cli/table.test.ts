// Tables: every line fits the terminal, nothing is cut in a pipe, and no text of others drives the terminal.
import { describe, expect, test } from "bun:test";
import { Chalk } from "chalk";
import { array, assert, constantFrom, integer, property, record, string } from "fast-check";
import { type Column, renderTable } from "../../src/cli/table.ts";

interface Row {
  readonly name: string;
  readonly state: string;
  readonly used: string;
  readonly why: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "NAME", text: ({ name }) => name, least: 8 },
  { title: "STATUS", text: ({ state }) => state },
  { title: "24H", text: ({ used }) => used, align: "right", dropRank: 2 },
  { title: "WHY", text: ({ why }) => why, least: 12, dropRank: 1 },
];
const PLAIN = new Chalk({ level: 0 });
const COLOURS = new Chalk({ level: 1 });

function render(rows: readonly Row[], width?: number, columns = COLUMNS): readonly string[] {
  return renderTable(columns, rows, { width, paint: PLAIN }).replace(/\n$/, "").split("\n");
}

const row = (given: Partial<Row> = {}): Row => ({ name: "team-a", state: "ready", used: "7", why: "none", ...given });

/** What people call keys: wide, combined, joined, right to left, of an older and a newer Unicode. */
const NAMES = [
  "日本語のキー",
  "büro",
  "e\u0301te\u0301",
  "👩‍👩‍👧",
  "한국어",
  "नमस्ते",
  "ก็",
  "אבג",
  "☰ menu",
  "🇩🇪",
  "𗀀",
  "Ａ",
];
const texts = string({
  unit: constantFrom("a", "b ", "日", "é", "e\u0301", "👩‍👩‍👧", "नि", "ก็", "☰", "\x1b[31m", "\n", "…"),
  maxLength: 60,
});
const rows = array(record({ name: texts, state: texts, used: texts, why: texts }), { maxLength: 30 });

test("a table has a head and a line each row, columns below each other", () => {
  expect(render([row(), row({ name: "b", state: "invalid", used: "1200", why: "401" })])).toEqual([
    "NAME    STATUS    24H  WHY",
    "team-a  ready       7  none",
    "b       invalid  1200  401",
  ]);
});

test("a column without any text is left out", () => {
  expect(render([row({ used: "", why: "" })])).toEqual(["NAME    STATUS", "team-a  ready"]);
});

test("what is too wide is shortened from the right, down to what can be read", () => {
  const wide = [row({ name: "a-name-of-20-letters", why: "a reason of some length" })];
  expect(render(wide, 50)[1]).toBe("a-name-of-20-letters  ready     7  a reason of so…");
  expect(render(wide, 40)[1]).toBe("a-name-of-20…  ready     7  a reason of…");
});

test("where shortening does not help the least important column goes first", () => {
  const wide = [row({ name: "a-name-of-20-letters", why: "a reason of some length" })];
  expect(render(wide, 30)[0]).toBe("NAME      STATUS  WHY");
  expect(render(wide, 20)[0]).toBe("NAME          STATUS");
});

test("where nothing may go all columns give way", () => {
  expect(render([row({ name: "a-name-of-20-letters" })], 12)).toEqual(["NAME   STAT…", "a-na…  ready"]);
});

describe("laws", () => {
  test("no line is wider than the terminal", () => {
    assert(
      property(rows, integer({ min: 12, max: 120 }), (all, width) => {
        for (const line of render(all, width)) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("in a pipe every text is whole, and there is one line each row", () => {
    assert(
      property(rows, (all) => {
        const lines = render(all);
        expect(lines).toHaveLength(all.length + 1);
        for (const [index, { name, why }] of all.entries()) {
          const shown = lines[index + 1] ?? "";
          for (const text of [name, why]) expect(shown).toContain(escaped(text).trimEnd());
        }
      }),
    );
  });

  test("no text of others reaches the terminal as a control character", () => {
    assert(
      property(rows, integer({ min: 12, max: 120 }), (all, width) => {
        expect(render(all, width).join("")).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  function escaped(text: string): string {
    return text.replaceAll("\x1b", "\\x1b").replaceAll("\n", "\\x0a");
  }
});

test.each(NAMES)("the column behind %p stands where it stands behind others", (name) => {
  const lines = render([row({ name }), row({ name: "x".repeat(20) })]);
  const before = (lines[1] ?? "").split("ready")[0] ?? "";
  expect(Bun.stringWidth(before)).toBe(22);
  expect(before).toStartWith(name);
});

test("colours do not count, and stand around the text alone", () => {
  const columns: readonly Column<Row>[] = [
    { title: "STATUS", text: ({ state }) => state, paint: (text) => COLOURS.red(text) },
    { title: "WHY", text: ({ why }) => why },
  ];
  const text = renderTable(columns, [row({ state: "bad" })], { width: 20, paint: COLOURS });
  expect(text.split("\n")[1]).toBe("\x1b[31mbad\x1b[39m     none");
  expect(text.split("\n")[0]).toBe("\x1b[1mSTATUS\x1b[22m  \x1b[1mWHY\x1b[22m");
});

test("of 10,000 rows each text is made once", () => {
  const made: number[] = [];
  const text = (value: number) => {
    made.push(value);
    return String(value);
  };
  const numbers = Array.from({ length: 10_000 }, (_, index) => index);
  const table = renderTable([{ title: "N", text }], numbers, { width: 80, paint: PLAIN });
  expect(table.split("\n")).toHaveLength(10_002);
  expect(made).toEqual(numbers);
});
