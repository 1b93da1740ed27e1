// Which lines a diff shows, and with which numbers.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { diffLines } from "../../../src/page/config/editor/diff-lines.ts";

const shown = (before: string, after: string) =>
  diffLines(before, after).map((line) =>
    line.kind === "skipped"
      ? `~${line.count}`
      : `${{ same: " ", gone: "-", new: "+" }[line.kind]}${line.before ?? ""}:${line.after ?? ""} ${line.text}`,
  );

test("diffLines shows what went, what came, and a few lines around", () => {
  const before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
  expect(shown(before, before.replace("e\n", "E\nEE\n"))).toEqual([
    "~1",
    " 2:2 b",
    " 3:3 c",
    " 4:4 d",
    "-5: e",
    "+:5 E",
    "+:6 EE",
    " 6:7 f",
    " 7:8 g",
    " 8:9 h",
    "~3",
  ]);
});

test.each<[string, string, readonly string[]]>([
  ["a", "a", []],
  ["", "a", ["-1: ", "+:1 a"]],
  ["a\n", "a", [" 1:1 a", "-2: "]],
  ["\nb", "\n\nb", ["+:1 ", " 1:2 ", " 2:3 b"]],
  ["a\nb", "b", ["-1: a", " 2:1 b"]],
  ["a\nb\n", "a\nb\nc\n", [" 1:1 a", " 2:2 b", "+:3 c", " 3:4 "]],
])("diffLines of %j and %j", (before, after, expected) => {
  expect(shown(before, after)).toEqual([...expected]);
});

test("the lines that went and stay are the old text, those that came and stay the new one", () => {
  const text = fc.array(fc.constantFrom("a", "b", "", "c"), { maxLength: 4 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after);
      fc.pre(lines.length > 0);
      const of = (left: "gone" | "new") =>
        lines.flatMap((line) => (line.kind === "same" || line.kind === left ? [line.text] : [])).join("\n");
      expect([of("gone"), of("new")]).toEqual([before, after]);
    }),
    { numRuns: 1_000 },
  );
});
