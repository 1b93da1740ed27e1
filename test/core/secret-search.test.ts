// The search for many secrets at once: finds exactly what a search for each of them finds.
import { describe, expect, test } from "bun:test";
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

function searchOf(...slices: (readonly string[])[]): SecretSearch {
  const search = new SecretSearch();
  const known = new Set<string>();
  for (const slice of slices) {
    search.add(new Set(slice).difference(known));
    for (const spelling of slice) known.add(spelling);
  }
  return search;
}

function inSlices(spellings: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(spellings.length / size) }, (_, at) =>
    spellings.slice(at * size, (at + 1) * size),
  );
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
  expect(inOrder(searchOf(spellings).find(text))).toEqual(spans);
});

test("SecretSearch finds what a search for each spelling finds, in whatever slices they came", () => {
  const unit = fc.constantFrom("a", "b", "c", "é", "→");
  const spelling = fc.string({ minLength: 8, maxLength: 40, unit });
  const scene = fc.array(spelling, { minLength: 1, maxLength: 12 }).chain((spellings) =>
    fc.record({
      spellings: fc.constant(spellings),
      sliceSize: fc.integer({ min: 1, max: 12 }),
      parts: fc.array(fc.oneof(fc.constantFrom(...spellings), fc.string({ maxLength: 50, unit })), { maxLength: 8 }),
    }),
  );
  fc.assert(
    fc.property(scene, ({ spellings, sliceSize, parts }) => {
      const text = parts.join("");
      const search = searchOf(...inSlices(spellings, sliceSize));
      expect(inOrder(search.find(text))).toEqual(findOneByOne(spellings, text));
    }),
    { numRuns: 500 },
  );
});

describe("SecretSearch of 20,000 spellings", () => {
  const spellings = Array.from({ length: 20_000 }, (_, at) => `fake-${(at * 0x9e3779b1) >>> 0}-${at}`);
  const text = spellings.map((spelling) => `<${spelling}>`).join(" ");

  test.each([
    ["at once", 20_000, 1],
    ["in slices of 1,000", 1_000, 3],
    ["one by one", 1, 6],
  ])("finds each, in few layers: %s", (_how, sliceSize, layers) => {
    const search = searchOf(...inSlices(spellings, sliceSize));
    expect(new Set(search.find(text).map(({ start, end }) => text.slice(start, end)))).toEqual(new Set(spellings));
    expect(search.layers.length).toBeLessThanOrEqual(layers);
    expect(search.layers.reduce((sum, { size }) => sum + size, 0)).toBe(spellings.length);
  });

  test("adds as many again one by one to the layer that it has", () => {
    const search = searchOf(spellings);
    const { layers } = search;
    for (const spelling of spellings) search.add([`more-${spelling}`]);
    expect(search.layers).toBe(layers);
    expect(layers.map(({ size }) => size)).toEqual([40_000]);
    expect(search.find(text)).toHaveLength(20_000);
  });

  test("never enters a layer anew for what is smaller", () => {
    const search = searchOf();
    for (const slice of inSlices(spellings, 100)) {
      const larger = search.layers.filter(({ size }) => size > slice.length);
      search.add(slice);
      for (const layer of larger) expect(search.layers).toContain(layer);
    }
  });

  test("takes smaller layers along", () => {
    const search = searchOf(spellings.slice(0, 100), spellings.slice(100));
    expect(search.layers.map(({ size }) => size)).toEqual([20_000]);
  });
});

test("SecretSearch needs three layers where each slice of spellings is shorter than all before", () => {
  const slices = Array.from({ length: 33 }, (_, at) =>
    Array.from({ length: 20 }, (_, one) => `${one}`.padStart(40 - at, "fake-")),
  );
  const search = searchOf(...slices);
  expect(search.layers).toHaveLength(3);
  expect(inOrder(search.find(slices.flat().join()))).toEqual(findOneByOne(slices.flat(), slices.flat().join()));
});
