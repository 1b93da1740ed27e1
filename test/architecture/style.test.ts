// The tail of the code: sizes, names and forms that the style forbids.
import { expect, test } from "bun:test";
import { basename } from "node:path";
import { type SourceFile, sourceFiles } from "./source-files.ts";

const FILES = sourceFiles("src", "scripts", "bench", "simulate");
const ALL = [...FILES, ...sourceFiles("test")];
const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 40;
const MAX_EXPORTS = 6;

function offenders(files: readonly SourceFile[], isWrong: (file: SourceFile) => boolean): readonly string[] {
  return files.filter(isWrong).map(({ path }) => path);
}

/** A function whose parameters may stand on lines of their own, or a method. */
const FUNCTION_START =
  /^( {0,2})(?:export )?(?:async )?(?:function\b.*[({]|(?:static |get |set )*[*#]{0,2}[\w]+(?:<[^>]*>)?\(.*\{)$/;

/** Top-level functions and methods that are too long; the formatter puts the closing brace at the indent of the first line. */
function longFunctions({ path, lines }: SourceFile): readonly string[] {
  return lines.flatMap((line, start) => {
    const indent = FUNCTION_START.exec(line)?.[1];
    if (indent === undefined) return [];
    // A method of an object literal ends with a comma.
    const length = lines.slice(start).findIndex((end) => end === `${indent}}` || end === `${indent}},`) + 1;
    return length > MAX_FUNCTION_LINES ? [`${path}:${start + 1} has ${length} lines`] : [];
  });
}

test("longFunctions measures a function to its closing brace", () => {
  const lines = ["function long() {", ...Array.from({ length: 60 }, () => "  x();"), "}"];
  expect(longFunctions({ path: "a.ts", text: "", lines, imports: [] })).toEqual(["a.ts:1 has 62 lines"]);
  const method = ["  async run(input) {", ...lines.slice(1, -1), "  },"];
  expect(longFunctions({ path: "a.ts", text: "", lines: method, imports: [] })).toEqual(["a.ts:1 has 62 lines"]);
});

test("no file is longer than 300 lines", () => {
  expect(offenders(FILES, ({ lines }) => lines.length > MAX_FILE_LINES)).toEqual([]);
});

test("no function is longer than 40 lines", () => {
  expect(FILES.flatMap(longFunctions)).toEqual([]);
});

test("the first line of each file says its purpose", () => {
  expect(offenders(ALL, ({ lines }) => !/^\/\/ \S.{15,}$/.test(lines[0] ?? ""))).toEqual([]);
});

test("names are in kebab case and say what is inside", () => {
  const empty = /(?:^|[/-])(?:utils?|helpers?|common|managers?|types|misc|index)(?=[./-])/;
  expect(offenders(ALL, ({ path }) => empty.test(path))).toEqual([]);
  expect(offenders(ALL, ({ path }) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.tsx?$/.test(basename(path)))).toEqual([]);
});

test("no file passes on what another exports, and none has a default export", () => {
  const forms = /^export (?:default\b|\*|(?:type )?\{[^}]*\} from\b)/m;
  expect(offenders(ALL, ({ text }) => forms.test(text))).toEqual([]);
});

test("no file exports more than a few functions and classes", () => {
  const exports = /^export (?:async |abstract )*(?:function|class)\b/gm;
  expect(offenders(FILES, ({ text }) => [...text.matchAll(exports)].length > MAX_EXPORTS)).toEqual([]);
});
