// The search for many secrets at once: finds exactly what a search for each of them finds.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { SecretSearch, type Span } from "../../src/core/secret-search.ts";

function findOneByOne(spellings: readonly string[], text: string): string[] {
  const spans: Span[] = [];
  for (const spelling of new Set(spellings)) {
    for (let start = text.indexOf(spelling); start !== -1; start = text.indexOf(spelling, start + 1)) {
      spans.push({ start, end: start + spelling.length });
    }
  }
  return inOrder(spans);
}

function inOrder(spans: readonly Span[]): string[] {
  return spans.map(({ start, end }) => `${start}-${end}`).toSorted();
}

function find(spellings: readonly string[], text: string): string[] {
  return inOrder(new SecretSearch(new Set(spellings)).find(text));
}

test.each([
  ["the shortest, alone", ["fake1234"], "fake1234", ["0-8"]],
  ["at both ends", ["fake1234"], "fake1234 fake1234", ["0-8", "9-17"]],
  ["overlapping itself", ["aaaaaaaa"], "aaaaaaaaaa", ["0-8", "1-9", "2-10"]],
  ["one within another", ["fake12345678", "ke123456"], "fake12345678", ["0-12", "2-10"]],
  [
    "a short one beside one of 40 characters",
    ["fake1234", "x".repeat(40)],
    `${"x".repeat(40)}fake1234`,
    ["0-40", "40-48"],
  ],
  ["in characters above 255", ["\u{1F511}schlüssel→"], "«\u{1F511}schlüssel→»", ["1-13"]],
  ["nothing in a text that is too short", ["fake1234"], "fake123", []],
  ["nothing without secrets", [], "fake1234", []],
])("SecretSearch finds %s", (_what, spellings, text, spans) => {
  expect(find(spellings, text)).toEqual(spans);
});

test("SecretSearch finds what a search for each spelling finds", () => {
  const unit = fc.constantFrom("a", "b", "c", "é", "→");
  const spelling = fc.string({ minLength: 8, maxLength: 40, unit });
  const scene = fc.array(spelling, { minLength: 1, maxLength: 12 }).chain((spellings) =>
    fc.record({
      spellings: fc.constant(spellings),
      parts: fc.array(fc.oneof(fc.constantFrom(...spellings), fc.string({ maxLength: 50, unit })), { maxLength: 8 }),
    }),
  );
  fc.assert(
    fc.property(scene, ({ spellings, parts }) => {
      const text = parts.join("");
      expect(find(spellings, text)).toEqual(findOneByOne(spellings, text));
    }),
    { numRuns: 500 },
  );
});

test("SecretSearch finds each of 20,000 spellings", () => {
  const spellings = Array.from({ length: 20_000 }, (_, at) => `fake-${(at * 0x9e3779b1) >>> 0}-${at}`);
  const search = new SecretSearch(new Set(spellings));
  const text = spellings.map((spelling) => `<${spelling}>`).join(" ");
  expect(new Set(search.find(text).map(({ start, end }) => text.slice(start, end)))).toEqual(new Set(spellings));
});
