// The log's JSON lines: byte for byte those of pino, whichever way they were made.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { pino, stdSerializers } from "pino";
import { createJsonLines } from "../../src/core/json-line.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function byPino(fields: object, msg: string): string {
  const lines: string[] = [];
  const log = pino(
    {
      base: null,
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
      formatters: { level: (level) => ({ level }) },
      timestamp: () => `,"time":"2026-01-02T03:04:05.678Z"`,
    },
    { write: (line: string) => void lines.push(line) },
  );
  log.info(fields, msg);
  return lines.join("");
}

function line(fields: object, msg: string): string {
  return createJsonLines()({ level: "info", at: AT, fields, msg });
}

const cycle: Record<string, unknown> = { name: "cycle" };
cycle.self = cycle;

test.each<[string, object]>([
  ["no fields", {}],
  ["absent fields only", { a: undefined }],
  ["absent fields between others", { a: 1, b: undefined, c: "x" }],
  [
    "null, booleans, numbers that JSON has not",
    { a: null, b: true, c: Number.NaN, d: Number.POSITIVE_INFINITY, e: -0 },
  ],
  ["a function and a symbol", { a: () => 1, b: Symbol("b"), c: 1 }],
  ["lists and objects", { list: [1, undefined, { a: "x" }], nested: { b: undefined, c: {} } }],
  ["a date", { at: new Date(AT) }],
  ["an error", { err: new TypeError("broken", { cause: new Error("deeper") }), reason: "file" }],
  ["an error under another name", { error: new Error("broken") }],
  ["an error code", { error: "no_usable_key", err: undefined }],
  ["an error without a name", new Error("broken")],
  ["a bigint", { count: 12n }],
  ["a cycle", { cycle }],
  ["an object that says how it is written", { toJSON: () => ({ forged: true }), a: 1 }],
  ["an object of a class", new URL("http://127.0.0.1/")],
  ["a name that needs escapes", { 'a"\n': "b" }],
  ["names that the line has already", { level: "x", time: "y", msg: "z" }],
])("createJsonLines writes %s as pino does", (_what, fields) => {
  expect(line(fields, 'Said 100%d "so"\u2028\n')).toBe(byPino(fields, 'Said 100%d "so"\u2028\n'));
});

test("createJsonLines writes any record as pino does", () => {
  const name = fc.string().filter((text) => !(text in {}));
  const text = fc.string({ unit: "binary", maxLength: 150 });
  const value = fc.oneof(text, fc.double(), fc.boolean(), fc.constant(undefined), fc.jsonValue());
  fc.assert(
    fc.property(fc.dictionary(name, value, { noNullPrototype: true }), text, (fields, msg) => {
      expect(line(fields, msg)).toBe(byPino(fields, msg));
    }),
  );
});

test("createJsonLines writes each record's own level and time", () => {
  const jsonLine = createJsonLines();
  const records = [
    { level: "info", at: AT, fields: {}, msg: "one" },
    { level: "error", at: AT + 1, fields: { err: new Error("broken") }, msg: "two" },
    { level: "debug", at: AT, fields: {}, msg: "three" },
  ] as const;
  expect(records.map((record) => JSON.parse(jsonLine(record)))).toMatchObject([
    { level: "info", time: "2026-01-02T03:04:05.678Z", msg: "one" },
    { level: "error", time: "2026-01-02T03:04:05.679Z", msg: "two" },
    { level: "debug", time: "2026-01-02T03:04:05.678Z", msg: "three" },
  ]);
});
