// The text is what parsers of the format read, in slices.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { exposition } from "../../src/metrics/exposition.ts";
import type { Family } from "../../src/metrics/family.ts";
import { METRICS } from "../../src/metrics/metric-table.ts";
import { requestFamilies } from "../../src/metrics/request-families.ts";
import { samplesIn } from "../fixture/metrics-text.ts";
import { parseText } from "../fixture/parse-text.ts";
import { configOf, countsOf, textOf, traced } from "./lab.ts";

const gauge = (samples: Family["samples"]): Family => ({ name: "some_gauge", type: "gauge", help: "Some", samples });

test("exposition writes what a parser of the format reads", async () => {
  const counts = countsOf(configOf(["first"]));
  counts.note([traced({ isStream: true, usage: { promptTokens: 3, completionTokens: 4 }, waitedMs: 1 })]);
  const parsed = new Map(parseText(await textOf(requestFamilies(counts))).map((metric) => [metric.name, metric]));
  expect(parsed.get(METRICS.requests.name)).toEqual({
    name: "openai_balance_requests_total",
    help: METRICS.requests.help,
    type: "COUNTER",
    metrics: [
      {
        labels: { route: "/v1/chat/completions", provider: "first", model: "gpt-4o", status_class: "2xx", end: "ok" },
        value: "1",
      },
    ],
  });
  // It joins the histograms of one name, so that only their kind can be seen.
  expect(parsed.get(METRICS.usage.name)).toMatchObject({ type: "HISTOGRAM" });
});

test("exposition keeps every text that a label may hold", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", '"', "\\", "\n", "{", "}", ",", "=", "\u00e9", "\u{1f600}") });
  await fc.assert(
    fc.asyncProperty(text, async (label) => {
      const [sample] = samplesIn(await textOf([gauge([{ labels: { label, next: "x" }, value: 1 }])]));
      expect(sample?.labels).toEqual({ label, next: "x" });
    }),
  );
});

test("exposition writes many values in slices, under one head", async () => {
  const samples = Array.from({ length: 1_200 }, (_, index) => ({ labels: { index: String(index) }, value: index }));
  const pieces: string[] = [];
  let turns = 0;
  const count = () => {
    turns += 1;
    ticking = setImmediate(count);
  };
  let ticking = setImmediate(count);
  for await (const piece of exposition([gauge(samples)])) pieces.push(piece);
  clearImmediate(ticking);
  const text = pieces.join("");
  expect(pieces).toHaveLength(3);
  expect(turns).toBeGreaterThanOrEqual(2);
  expect(text.match(/^# /gm)).toHaveLength(2);
  expect(samplesIn(text).map(({ value }) => value)).toEqual(samples.map(({ value }) => value));
});

test("exposition writes no more of several metrics in one turn than of one", async () => {
  const samples = Array.from({ length: 300 }, (_, index) => ({ labels: { index: String(index) }, value: index }));
  let turn = 0;
  const count = () => {
    turn += 1;
    ticking = setImmediate(count);
  };
  let ticking = setImmediate(count);
  const turns: number[] = [];
  for await (const _ of exposition([1, 2, 3, 4].map(() => gauge(samples)))) turns.push(turn);
  clearImmediate(ticking);
  expect(new Set(turns).size).toBe(4);
});

test("exposition says what a metric is also where it has no values", async () => {
  expect(await textOf([gauge([])])).toBe("# HELP some_gauge Some\n# TYPE some_gauge gauge\n");
});

test("the names of all metrics say their unit, and whether they only grow", () => {
  for (const { name, type } of Object.values(METRICS)) {
    expect(name).toMatch(/^(openai_balance|gen_ai)_[a-z_]+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_seconds$|_token_usage$/);
  }
});
