// Which price counts for a model, and what tokens cost by it.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { costOf, PriceTable } from "../../src/tokens/price-table.ts";

const price = (models: readonly string[], provider: string | undefined, input: number) => ({
  models,
  provider,
  input,
  output: 2 * input,
  cachedInput: input / 2,
});

describe("priceOf", () => {
  const table = new PriceTable([
    price(["gpt-4o-mini*"], "openai", 1),
    price(["gpt-4o-mini", "o?"], undefined, 2),
    price(["gpt-*"], "azure", 3),
  ]);

  test.each([
    ["openai", "gpt-4o-mini", 1],
    ["openai", "gpt-4o-mini-2024", 1],
    ["azure", "gpt-4o-mini", 2],
    ["azure", "gpt-4o-mini-2024", 3],
    ["azure", "gpt-5", 3],
    ["anyone", "o3", 2],
    ["openai", "gpt-5", undefined],
    ["anyone", undefined, undefined],
  ])("at %s of %p is %p, however often it is asked", (provider, model, expected) => {
    for (let i = 0; i < 2; i += 1) expect(table.priceOf({ provider, model })?.input).toBe(expected);
  });

  test("remembers no more models than fit, whatever clients ask for", () => {
    for (let i = 0; i < 10_050; i += 1) table.priceOf({ provider: "openai", model: `gpt-4o-mini-${i}` });
    expect(table.priceOf({ provider: "openai", model: "gpt-4o-mini-7" })?.input).toBe(1);
  });
});

describe("costOf", () => {
  test.each([
    [{ input: 1_000_000, output: 0 }, 0.15, 150_000_000],
    [{ input: 0, output: 1_000_000 }, 0.15, 300_000_000],
    [{ input: 1_000_000, output: 0, cached: 1_000_000 }, 0.15, 75_000_000],
    // Nobody caches more than was sent.
    [{ input: 10, output: 0, cached: 20 }, 100, 500_000],
    // The least that there is.
    [{ input: 1, output: 0 }, 0.000_01, 1],
    [{ input: 5, output: 5 }, 0, 0],
  ])("%j at %p", (counts, input, nanos) => {
    expect(costOf(counts, price(["*"], undefined, input))).toBe(nanos);
  });

  test("is whole, and never less for more tokens", () => {
    const tokens = fc.nat(10_000_000);
    fc.assert(
      fc.property(tokens, tokens, tokens, fc.double({ min: 0, max: 1_000, noNaN: true }), (a, more, output, input) => {
        const row = price(["*"], undefined, input);
        const less = costOf({ input: a, output }, row);
        expect(Number.isSafeInteger(less)).toBe(true);
        expect(costOf({ input: a + more, output }, row)).toBeGreaterThanOrEqual(less);
        expect(costOf({ input: a, output, cached: a }, row)).toBeLessThanOrEqual(less);
      }),
    );
  });
});
