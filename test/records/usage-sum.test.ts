// Sums of parts: the same whichever way a time is divided.
import { describe, expect, test } from "bun:test";
import { attentionRows } from "../../src/records/key-faults.ts";
import { addByValue, rankedRows, seriesOf, totalOf, type ValueSum } from "../../src/records/usage-sum.ts";

const COUNTS = {
  ...{ requests: 0, served: 0, refused: 0, failed: 0, left: 0, attempts: 0, failedAttempts: 0, unpriced: 0 },
  ...{ promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0, costNanos: 0 },
  ...{ bytesIn: 0, bytesOut: 0 },
};

function sum(value: string, requests: number, more: Partial<ValueSum> = {}): ValueSum {
  const counts = { ...COUNTS, requests, promptTokens: requests * 10 };
  return { value, label: undefined, bucket: 0, counts, duration: [requests], firstByte: [0, requests], ...more };
}

test("sums of a value are added, and its label is the latest", () => {
  const parts = [sum("k", 1, { label: "new", bucket: 2 }), sum("k", 2, { label: "old", bucket: 1 }), sum("other", 5)];
  for (const order of [parts, parts.toReversed()]) {
    const sums = new Map<string, ValueSum>();
    addByValue(sums, order.slice(0, 1));
    addByValue(sums, order.slice(1));
    expect(sums.size).toBe(2);
    const merged = sums.get("k");
    expect([merged?.counts.requests, merged?.counts.promptTokens, merged?.label]).toEqual([3, 30, "new"]);
    expect([merged?.duration, merged?.firstByte]).toEqual([[3], [0, 3]]);
  }
});

test("rows with the most requests come first, equal ones by name", () => {
  const rows = rankedRows([sum("b", 1), sum("d", 0), sum("c", 7), sum("a", 1)], 3);
  expect(rows.map(({ value }) => value)).toEqual(["c", "a", "b"]);
  expect(rows[0]?.duration).toEqual({ p50: 5, p95: 9, p99: 9 });
});

test("nothing comes to nothing, without times", () => {
  expect(totalOf([]).counts.requests).toBe(0);
  expect(rankedRows([], 5)).toEqual([]);
});

describe("seriesOf", () => {
  test("has every point, also those of nothing, and adds what two parts have of one", () => {
    const parts = [
      { ...sum("", 1), point: 1 },
      { ...sum("", 2), point: 1 },
      { ...sum("", 4), point: 3 },
    ];
    const points = seriesOf(parts, { from: 1_000, pointMs: 10, count: 4 });
    expect(points.map(({ at, requests }) => [at, requests])).toEqual([
      [1_000, 0],
      [1_010, 3],
      [1_020, 0],
      [1_030, 4],
    ]);
    expect([points[0]?.durationP50, points[1]?.durationP50]).toEqual([undefined, 5]);
  });
});

describe("attentionRows", () => {
  const fault = (keyId: string, failures: number, lastAt: number, keyName = keyId) => {
    return { keyId, keyName, provider: "p", status: 429, outcome: "rate_limited", failures, lastAt };
  };

  test("adds up a key over all parts, under its latest name", () => {
    const parts = [
      { faults: [fault("a", 2, 50, "new")], attempts: [{ keyId: "a", attempts: 10 }] },
      { faults: [fault("a", 3, 20, "old"), fault("b", 9, 10)], attempts: [{ keyId: "a", attempts: 5 }] },
    ];
    expect(attentionRows(parts, 10)).toEqual([
      { ...fault("b", 9, 10), attempts: 9 },
      { ...fault("a", 5, 50, "new"), attempts: 15 },
    ]);
    expect(attentionRows(parts, 1)).toHaveLength(1);
  });

  test("tells apart statuses and ways of failing", () => {
    const other = { ...fault("a", 1, 1), status: undefined, outcome: "timeout" };
    const rows = attentionRows([{ faults: [fault("a", 1, 2), other], attempts: [] }], 10);
    expect(rows.map(({ status, outcome }) => [status, outcome])).toEqual([
      [429, "rate_limited"],
      [undefined, "timeout"],
    ]);
  });
});
