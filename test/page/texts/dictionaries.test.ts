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

interface Single {
  readonly path: string;
  readonly one: string;
  readonly other: string;
}

/** Texts with a form for exactly one. */
function singlesOf(node: object, before = ""): readonly Single[] {
  return Object.entries(node).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== "object" || value === null) return [];
    const path = before + name;
    const { one, other } = value as { readonly one?: unknown; readonly other?: unknown };
    if (typeof one === "string" && typeof other === "string") return [{ path, one, other }];
    return singlesOf(value, `${path}.`);
  });
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

  test("name what English names where there is one of it, also where Chinese has no such form", () => {
    const nameless = singlesOf(en).filter(
      ({ path, one, other }) =>
        placesIn(one).some((place) => !placesIn(other).includes(place)) &&
        !Bun.deepEquals(placesIn(one), placesIn(singlesOf(zh).find((single) => single.path === path)?.one ?? "")),
    );
    expect(nameless.map(({ path }) => path)).toEqual([]);
  });

  test("have one Chinese word for each thing", () => {
    const others = /供应商|禁用|操作员|密文|令牌数/;
    expect([...CHINESE].filter(([, text]) => others.test(text)).map(([path]) => path)).toEqual([]);
  });

  test("have no text that is empty, or marks up", () => {
    const wrong = [...ENGLISH, ...CHINESE].filter(([, text]) => text.trim() === "" || /<\/?\w/.test(text));
    expect(wrong.map(([path]) => path)).toEqual([]);
  });
});
