// The top-level scan finds what JSON.parse would find, at the right bytes, and refuses what is cut.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { countLeadingBlanks, scanMembers } from "../../../src/proxy/body/json-scan.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const WANTED = new Set(["error", "id", "usage"]);

function valuesOf(text: string): unknown {
  const bytes = encode(text);
  return scanMembers(bytes, WANTED)?.map(({ name, start, end }) => [name, decode(bytes.subarray(start, end))]);
}

describe("scanMembers", () => {
  test.each<[string, string, unknown]>([
    ["an empty object", "{}", []],
    [
      "blanks around everything",
      ' \r\n{\t"id" : "x" \n, "usage" :\n{ } } \n',
      [
        ["id", '"x"'],
        ["usage", "{ }"],
      ],
    ],
    ["nested members of the same name", '{"a":{"error":1},"b":[{"error":2}],"id":3}', [["id", "3"]]],
    ["names inside strings", '{"a":"\\"error\\":1,","id":null}', [["id", "null"]]],
    ["a string that ends in backslashes", '{"a":"\\\\\\\\","id":1}', [["id", "1"]]],
    ["brackets inside strings", '{"a":["}]","{["],"id":1}', [["id", "1"]]],
    ["escapes in names", '{"\\u0065rror":{"code":1}}', [["error", '{"code":1}']]],
    [
      "duplicates in order",
      '{"id":1,"id":2}',
      [
        ["id", "1"],
        ["id", "2"],
      ],
    ],
    ["a byte order mark", '\ufeff{"id":1}', [["id", "1"]]],
    ["a name that is no JSON string", '{"\\x":1,"id":2}', [["id", "2"]]],
  ])("reads %s", (_, text, expected) => {
    expect(valuesOf(text)).toEqual(expected);
  });

  test.each([
    "",
    " ",
    "[]",
    '"id"',
    "1",
    "{",
    '{"id"',
    '{"id":',
    '{"id":1',
    '{"id":1,',
    '{"id":1,}',
    '{"id":"x',
    "{,}",
    '{"id":}',
    "{} x",
    '{"id":{"a":1}',
    "{id:1}",
  ])("refuses %p", (text) => {
    expect(scanMembers(encode(text), WANTED)).toBeUndefined();
  });

  test("agrees with JSON.parse on every object", () => {
    const members = fc.dictionary(fc.constantFrom("error", "id", "usage", "other", "é", '"'), fc.jsonValue());
    fc.assert(
      fc.property(members, fc.constantFrom(undefined, 2), (value, indent) => {
        const bytes = encode(JSON.stringify(value, undefined, indent));
        const found = scanMembers(bytes, WANTED)?.map((m) => [
          m.name,
          JSON.parse(decode(bytes.subarray(m.start, m.end))),
        ]);
        const parsed = Object.entries(JSON.parse(decode(bytes)) as object).filter(([name]) => WANTED.has(name));
        expect(found).toEqual(parsed);
      }),
    );
  });

  test("jumps over long runs of numbers without losing its place", () => {
    const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 10, maxLength: 40 });
    const value = fc.array(fc.oneof(numbers, fc.record({ n: numbers, s: fc.string() }), fc.string()));
    fc.assert(
      fc.property(value, (data) => {
        expect(valuesOf(JSON.stringify({ data, id: 1 }))).toEqual([["id", "1"]]);
      }),
    );
    expect(valuesOf(`{"data":[${"1,".repeat(200)}`)).toBeUndefined();
  });

  test("refuses every proper beginning of an object", () => {
    const bytes = encode('{"a":[1,{"b":"}"}],"id":"x\\"","error":null}');
    for (let end = 0; end < bytes.length; end += 1) expect(scanMembers(bytes.subarray(0, end), WANTED)).toBeUndefined();
  });

  test("never throws on arbitrary bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void scanMembers(bytes, WANTED)));
  });
});

describe("countLeadingBlanks", () => {
  test.each<[string, number]>([
    ["", 0],
    ["{}", 0],
    ["\n\r\t {}", 4],
    ["\n\n", 2],
    ["\u00a0{}", 0],
  ])("counts in %p", (text, expected) => {
    expect(countLeadingBlanks(encode(text))).toBe(expected);
  });
});
