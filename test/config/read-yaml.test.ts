// YAML: the values, and the place of each.

import { expect, test } from "bun:test";
import { DiagnosticList, formatDiagnostic } from "../../src/config/diagnostic.ts";
import { readYaml } from "../../src/config/read-yaml.ts";
import { sourceText } from "../../src/config/source.ts";

function read(text: string) {
  const list = new DiagnosticList();
  return { value: readYaml(text, "c.yaml", list)?.value, list };
}

test("readYaml keeps kinds, order and anchors", () => {
  const text = "\uFEFFb: 1\na: [x, 2.5, true, null, ~]\nc: &m { d: no }\ne: *m\n1: one\n";
  expect(read(text).value).toEqual({
    b: 1,
    a: ["x", 2.5, true, null, null],
    c: { d: "no" },
    e: { d: "no" },
    "1": "one",
  });
  expect(Object.keys(read("z: 1\na: 2").value as object)).toEqual(["z", "a"]);
});

test.each([
  [["b"], "c.yaml:1:1"],
  [["b", "c"], "c.yaml:2:3"],
  [["b", "d"], "c.yaml:3:3"],
  [["b", "d", 0], "c.yaml:3:7"],
  [["b", "d", 1], "c.yaml:4:7"],
  [["b", "d", 1, "e"], "c.yaml:4:9"],
  [["b", "d", 1, "unknown"], "c.yaml:4:7"],
])("the place of %j is %s", (path, place) => {
  const { list } = read("b:\n  c: 1\n  d: [x,\n      { e: 2 }]\n");
  expect(sourceText(list.sources.nearest(path) ?? { kind: "default" })).toBe(place);
});

test("an empty file has no value, and no fault", () => {
  for (const text of ["", "# only a comment\n", "---\n"]) {
    const { value, list } = read(text);
    expect([value ?? null, list.hasErrors]).toEqual([null, false]);
  }
});

test("aliases that unfold to very much are refused", () => {
  const rows = Array.from(
    { length: 12 },
    (_, row) => `a${row + 1}: &a${row + 1} [${Array(10).fill(`*a${row}`).join(", ")}]`,
  );
  const { value, list } = read(`a0: &a0 [x]\n${rows.join("\n")}\n`);
  expect(value).toBeUndefined();
  expect(list.sorted().map(({ message }) => message)).toEqual([
    "Aliases unfold to more values than a configuration can have",
  ]);
});

test.each([
  "a: 'sk-fake-secret",
  "a: [sk-fake-secret",
  "a: *sk-fake-secret",
  "a: !sk-fake-secret x",
  "a: %sk-fake-secret",
  "a: @sk-fake-secret",
  'a: "\\sk-fake-secret"',
  "sk-fake-secret\n  : : x",
  "a: b: sk-fake-secret",
  "--- a\n--- sk-fake-secret",
  "%YAML sk-fake-secret\n---\n",
  "a: |sk-fake-secret\n  x",
])("the fault of %j is said without its text", (text) => {
  const { list } = read(text);
  const lines = list.sorted().map(formatDiagnostic);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/^c\.yaml:\d+:\d+/);
  expect(lines.join()).not.toContain("sk-fake");
});
