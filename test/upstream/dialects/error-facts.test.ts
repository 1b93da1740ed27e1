// Every row of every error table: strict enough, with a source, reachable.
import { describe, expect, test } from "bun:test";
import type { ErrorFact } from "../../../src/upstream/dialect.ts";
import { DASHSCOPE } from "../../../src/upstream/dialects/dashscope.ts";
import { dialectOf } from "../../../src/upstream/dialects.ts";

const TABLES: readonly (readonly [name: string, errors: readonly ErrorFact[]])[] = [
  ...(["openai", "azure", "anthropic", "gemini", "custom"] as const).map(
    (name) => [name, dialectOf(name).errors] as const,
  ),
  ["dashscope at home", DASHSCOPE.errorsAtHome ?? []],
];

describe.each([...TABLES])("errors of %s", (_name, errors) => {
  const rows = errors.map(
    (fact) => [JSON.stringify({ ...fact, message: fact.message?.source, raw: fact.raw?.source }), fact] as const,
  );

  test.each(rows)("row %s asks for something in the body and names its source", (_text, fact) => {
    expect(fact.code ?? fact.message ?? fact.raw ?? fact.quota).toBeDefined();
    expect(fact.source.length).toBeGreaterThan(10);
    expect(fact.source).not.toMatch(/^https?:/);
  });

  test.each(rows)("row %s is tied to a status if it goes by words alone", (_text, fact) => {
    if (fact.code === undefined) expect(fact.status).not.toBeEmpty();
    expect(fact.status ?? [400]).toSatisfy((list: readonly number[]) => list.every((status) => status >= 400));
  });

  test("no row keeps a place from one call to the next", () => {
    for (const fact of errors) {
      for (const pattern of [fact.message, fact.raw, fact.quota]) expect(pattern?.flags ?? "").not.toMatch(/[gy]/);
    }
  });

  test("no row stands twice", () => {
    expect(new Set(rows.map(([text]) => text)).size).toBe(rows.length);
  });
});
