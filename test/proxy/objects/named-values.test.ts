// The values of names in JSON bytes, against what a parser finds.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Asides, lastNamedValues, namedValues } from "../../../src/proxy/objects/named-values.ts";

const NAME = "file_id";
const find = (text: string) => namedValues(Buffer.from(text), NAME);

/** The same by walking the parsed value, in the order of the text. */
function walk(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(walk);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [...(name === NAME ? held(inner) : []), ...walk(inner)]);
}

function held(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) {
    const end = value.findIndex((element) => typeof element !== "string");
    return value.slice(0, end < 0 ? value.length : end);
  }
  const [first] = Object.entries((value ?? {}) as object);
  return first?.[0] === "id" && typeof first[1] === "string" ? [first[1]] : [];
}

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab/\\"{}[]:, é') }),
  fc.constantFrom('"file_id": "x"', "file_id", '{"file_id":"y"}', "file-1"),
);
const name = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(NAME, "id") }, { weight: 1, arbitrary: text });
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.constantFrom(null, true, 1),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

test("finds what a parser finds, whatever else the text holds", () => {
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2), (json, indent) => {
      expect(find(JSON.stringify(json, undefined, indent))).toEqual(walk(json));
    }),
    { numRuns: 500 },
  );
});

test("survives a text that was cut off anywhere", () => {
  const whole = JSON.stringify({
    a: { file_id: "file-1" },
    file_id: ["file-2", "file-3"],
    b: { file_id: { id: "c" } },
  });
  for (let end = 0; end <= whole.length; end += 1) {
    const found = [...find(whole.slice(0, end))];
    expect(["file-1", "file-2", "file-3", "c"].slice(0, found.length)).toEqual(found);
  }
});

test("looks at 200 values at most", () => {
  const many = JSON.stringify(Array.from({ length: 300 }, (_, i) => ({ file_id: `file-${i}` })));
  expect(find(many)).toHaveLength(200);
});

test("the last values are those of all from the end", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.integer())), fc.integer({ min: 1, max: 5 }), (values, most) => {
      const text = Buffer.from(JSON.stringify(values.map((value) => ({ [NAME]: value }))));
      const last = values.slice(-most).filter((value) => typeof value === "string");
      expect(lastNamedValues(text, NAME, most)).toEqual(last.reverse());
    }),
  );
});

describe("Asides", () => {
  const beside = (text: string) => {
    const bytes = Buffer.from(text);
    return namedValues(bytes, NAME, new Asides(bytes, ["aside", "other"]));
  };
  const id = (value: string) => `"${NAME}":"${value}"`;

  test.each<[string, readonly string[]]>([
    [`{${id("a")},"aside":{${id("b")}},${id("c")}}`, ["a", "c"]],
    [`{"aside" : \n{"x":{${id("b")}},"other":{}},${id("c")}}`, ["c"]],
    [`{"x":[{"other":{${id("a")}}},{"aside":{"other":{${id("b")}},${id("c")}}},{${id("d")}}]}`, ["d"]],
    [`{"aside":"text",${id("a")},"other":[{${id("b")}}]}`, ["a", "b"]],
    [`{"text":"\\"aside\\":{",${id("a")}}`, ["a"]],
    [`["aside","other",{${id("a")}}]`, ["a"]],
    [`{${id("a")},"aside":{${id("b")}`, ["a", "b"]],
  ])("%s", (text, expected) => {
    expect(beside(text)).toEqual(expected);
  });
});
