// Log lines as a person reads them: what a request tried before, and lines that are none.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatRecord } from "../../src/core/format-record.ts";

const TIME = "2026-01-02T03:04:05.678Z";

function shown(fields: object): string {
  return formatRecord(JSON.stringify({ level: "info", time: TIME, ...fields, msg: "Request served" }), {
    isColored: false,
  });
}

const FIRST = { provider: "openai", key: "team-a", key_id: "0123456789ab", status: 401, outcome: "invalid_key", ms: 3 };

describe("formatRecord shows what a request tried before", () => {
  test.each<[string, readonly object[], string]>([
    ["with its reason", [{ ...FIRST, reason: "invalid_api_key" }], '"openai/team-a 401 invalid_api_key"'],
    ["with its outcome where there is no reason", [FIRST], '"openai/team-a 401 invalid_key"'],
    ["without an answer", [{ provider: "groq", key: "b", outcome: "timeout" }], '"groq/b timeout"'],
    [
      "one after the other",
      [FIRST, { provider: "groq", key: "team b", status: 503, outcome: "overloaded" }],
      '"openai/team-a 401 invalid_key, groq/team b 503 overloaded"',
    ],
    ["with names as they are", [{ provider: "p", key: "clé", outcome: "reset" }], '"p/clé reset"'],
    ["only escaped", [{ provider: "p", key: "\u001b[2J\n", outcome: "a\u009b31m" }], '"p/\\u001b[2J\\n a\\x9b31m"'],
  ])("%s", (_what, tried, text) => {
    expect(shown({ status: 200, tried })).toBe(`03:04:05.678 INFO  Request served status=200 tried=${text}\n`);
  });

  test.each([["a"], [null], [[]], ["none at all", 5]])("as JSON where it is written otherwise: %j", (...tried) => {
    expect(shown({ tried })).toBe(`03:04:05.678 INFO  Request served tried=${JSON.stringify(tried)}\n`);
    expect(shown({ tried: "a" })).toEndWith("tried=a\n");
  });
});

test("formatRecord tells the date and the offset where that is asked for", () => {
  const line = JSON.stringify({ level: "warn", time: TIME, msg: "Key is invalid" });
  const text = formatRecord(line, { isColored: false, isDated: true });
  expect(text).toMatch(/^\S+ \S+ [+-]\d\d:\d\d WARN {2}Key is invalid\n$/);
  const [date, clock, offset] = text.split(" ");
  expect(Date.parse(`${date}T${clock}${offset}`)).toBe(Date.parse(TIME));
});

test.each([
  ["cut off", '{"level":"info","msg":"Req', '{"level":"info","msg":"Req\n'],
  ["with its line end", "no JSON\n", "no JSON\n"],
  ["no object", "null", "null\n"],
  ["a number", "17\n", "17\n"],
  ["nothing", "", "\n"],
  ["made to drive the terminal", "\u001b[2J\u009b1m\r", "\\x1b[2J\\x9b1m\\x0d\n"],
])("formatRecord shows a line that is no record as it is, fit for a terminal: %s", (_what, line, expected) => {
  expect(formatRecord(line, { isColored: false })).toBe(expected);
});

test("formatRecord makes one line of any record without a stack, whatever stands in it", () => {
  const text = fc.string({ unit: "binary", maxLength: 12 });
  const record = fc.record(
    {
      level: fc.oneof(fc.constantFrom("info", "constructor", "__proto__"), text),
      time: fc.oneof(fc.constant(TIME), text),
      msg: fc.oneof(text, fc.integer()),
      tried: fc.jsonValue(),
      more: fc.dictionary(text, fc.jsonValue(), { maxKeys: 3 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(record, fc.boolean(), ({ more, ...fields }, isColored) => {
      const line = formatRecord(JSON.stringify({ ...more, ...fields, err: undefined }), { isColored });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those of our own colours
      const plain = line.replaceAll(/\u001b\[\d+m/g, "");
      expect(plain).toEndWith("\n");
      expect(plain.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    }),
  );
});
