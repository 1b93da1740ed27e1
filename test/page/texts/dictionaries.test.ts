// Both languages say the same things.
import { describe, expect, test } from "bun:test";
import en from "../../../src/page/texts/en.json";
import zh from "../../../src/page/texts/zh-CN.json";

/** The path of each text with the names in its braces; plural forms of one text are one. */
function textsOf(node: object, before = ""): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(node).flatMap(([name, value]: [string, unknown]) => {
      const path = before + name;
      if (typeof value === "string") return [[path, value] as const];
      const { other } = value as { readonly other?: unknown };
      if (typeof other === "string") return [[path, other] as const];
      return [...textsOf(value as object, `${path}.`)];
    }),
  );
}

function placesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).sort();
}

const ENGLISH = textsOf(en);
const CHINESE = textsOf(zh);

describe("the dictionaries", () => {
  test("have the same texts", () => {
    expect([...CHINESE.keys()].sort()).toEqual([...ENGLISH.keys()].sort());
    expect(ENGLISH.size).toBeGreaterThan(20);
  });

  test("name the same values in each", () => {
    const different = [...ENGLISH].filter(
      ([path, text]) => !Bun.deepEquals(placesIn(text), placesIn(CHINESE.get(path) ?? "")),
    );
    expect(different.map(([path]) => path)).toEqual([]);
  });

  test("have no text that is empty, or marks up", () => {
    const wrong = [...ENGLISH, ...CHINESE].filter(([, text]) => text.trim() === "" || /<\/?\w/.test(text));
    expect(wrong.map(([path]) => path)).toEqual([]);
  });
});
