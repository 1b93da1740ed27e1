// Figures and bounds of a run.
import { describe, expect, test } from "bun:test";
import { brokenBounds } from "../../simulate/bounds.ts";
import { explain } from "../../simulate/explain.ts";
import { measure, type Run } from "../../simulate/measure.ts";
import type { OracleRun } from "../../simulate/oracle/run-oracle.ts";
import { brokenLines, table } from "../../simulate/report.ts";
import { jainIndex, percentile } from "../../simulate/statistics.ts";
import type { Refusal } from "../../simulate/upstream/upstream-provider.ts";
import { START } from "../../simulate/virtual-clock.ts";
import { wasteOf } from "../../simulate/waste.ts";
import type { CallRecord, Ending } from "../../simulate/world/call-record.ts";
import { arrival, arrivals, keyOf, small } from "./fixtures.ts";

const SPEC = small({ keys: 4, dead: 0.25 }).providers[0] as ReturnType<typeof small>["providers"][number];

function call<R extends Refusal | undefined>(key: number, atMs: number, refusal: R): CallRecord & { refusal: R } {
  const status = refusal === undefined ? "200" : "429";
  const times = { at: START + atMs, endedAt: START + atMs + 40 };
  return { provider: "a", key: keyOf(SPEC, key), arrival: arrival(), ...times, refusal, status, detail: "" };
}

const limit = (key: number, atMs: number) => call(key, atMs, { cause: "limit", episode: `a-${key}/m` });
const fault = (key: number, atMs: number, episode = "a@0") => call(key, atMs, { cause: "fault", episode });

describe("wasteOf", () => {
  test("counts nothing of what was served", () => {
    expect(wasteOf([call(0, 0, undefined)])).toEqual({ refused: [], wasted: [], perKeyAndWindow: 0 });
  });

  test("takes each key's first refusal as its discovery", () => {
    expect(wasteOf([limit(0, 0), limit(1, 0), limit(0, 90_000)]).wasted).toEqual([limit(0, 90_000)]);
  });

  test("lets each fault be discovered by each key, and probed once", () => {
    const calls = [fault(0, 0), fault(1, 1), fault(0, 50), fault(0, 60), fault(0, 70, "a@4"), fault(0, 150, "a@4")];
    expect(wasteOf(calls).wasted).toEqual([fault(0, 60)]);
  });

  test("does not blame calls that began before the discovery was answered", () => {
    expect(wasteOf([limit(0, 0), limit(0, 39), limit(0, 40)]).wasted).toEqual([limit(0, 40)]);
  });

  test("finds the most refusals of one key in one minute", () => {
    expect(wasteOf([limit(0, 0), limit(0, 59_999), limit(0, 60_000), limit(1, 0)]).perKeyAndWindow).toBe(2);
    expect(wasteOf([fault(0, 0), fault(0, 1)]).perKeyAndWindow).toBe(0);
  });
});

function ending(atMs: number, isServed = true): Ending {
  return { isServed, at: START + atMs, code: isServed ? "200" : "rate_limit_exceeded", queuedMs: 0 };
}

/** Requests one second apart, each taking a second. */
function runOf(ours: readonly Ending[], theirs: readonly Ending[], turnedAwayAt: OracleRun["turnedAwayAt"] = []): Run {
  return {
    scenario: small(),
    arrivals: arrivals(ours.length, 1_000),
    gateway: { endings: ours, calls: [], changes: [] },
    oracle: { endings: theirs, turnedAwayAt },
  };
}

describe("measure", () => {
  test("compares what was in time", () => {
    const late = ending(1_000 + 31_100);
    const figures = measure(runOf([ending(1_000), late, ending(3_000)], [ending(1_000), ending(2_000), ending(3_000)]));
    expect(figures.goodput).toBeCloseTo(2 / 3);
    expect(figures.oracleServed).toBe(3);
  });

  test("counts as avoidable what failed here alone", () => {
    const [yes, no] = [ending(1_000), ending(1_000, false)];
    expect(measure(runOf([no, no, yes, yes], [yes, no, no, yes])).avoidable).toEqual([0]);
  });

  test("counts nothing as avoidable while the oracle itself had to turn somebody away", () => {
    const ours = Array.from({ length: 100 }, () => ending(1_000, false));
    const theirs = ours.map((_, index) => ending(index * 1_000 + 1_000));
    const { avoidable } = measure(runOf(ours, theirs, [START + 50_000]));
    expect(avoidable).toEqual(ours.map((_, index) => index).filter((index) => Math.abs(index - 50) > 30));
  });

  test("tells how long was waited beyond the service", () => {
    const figures = measure(
      runOf([ending(1_000), ending(2_500), ending(9_000, false)], [ending(1_000), ending(2_000)]),
    );
    expect([figures.waitP50Ms, figures.waitP99Ms]).toEqual([500, 500]);
  });

  test("knows an unfair share of clients and of keys", () => {
    const run = runOf([ending(1_000), ending(1_000, false)], [ending(1_000), ending(2_000)]);
    const requests = run.arrivals.map((request, client) => ({ ...request, client }));
    const calls = [call(1, 0, undefined), call(1, 1, undefined), call(1, 2, undefined), call(2, 3, undefined)];
    const figures = measure({ ...run, arrivals: requests, gateway: { ...run.gateway, calls } });
    expect(figures.clientFairness).toBe(0.5);
    expect(figures.keyFairness).toBe(0.8);
  });
});

describe("brokenBounds", () => {
  const figures = measure(runOf([ending(1_000)], [ending(1_000)]));
  const world = small({}, { bounds: { goodput: 0.98, wasted: 0.01, refusalsPerKeyAndWindow: 1, clientFairness: 0.9 } });

  test("is silent where all is well", () => {
    expect(brokenBounds(world, figures)).toEqual([]);
  });

  test.each([
    [{ goodput: 0.97 }, "goodput 0.97, at least 0.98 needed"],
    [{ wasted: 0.02 }, "wasted attempts per request 0.02, at most 0.01 allowed"],
    [{ avoidable: [7] }, "avoidable failures 1, at most 0 allowed"],
    [{ refusalsPerKeyAndWindow: 2 }, "refusals per key and window 2, at most 1 allowed"],
    [{ clientFairness: 0.5 }, "fairness over clients 0.5, at least 0.9 needed"],
    [{ longestWaitMs: 40_000 }, "longest wait in ms 40000, at most 32000 allowed"],
  ])("%o", (worse, line) => {
    expect(brokenBounds(world, { ...figures, ...worse })).toEqual([line]);
  });
});

describe("reports", () => {
  const run = runOf([ending(1_000), ending(1_100, false)], [ending(1_000), ending(2_000)]);
  const calls = [limit(0, 0), limit(0, 1_000)];
  const full = { ...run, gateway: { ...run.gateway, calls } };
  const result = { ...full, figures: measure(full), broken: ["goodput 0.5"], microsPerRequest: 1 };

  test("are a Markdown table whose columns line up", () => {
    const lines = table([result]).split("\n");
    expect(lines[2]).toStartWith("| Test (!) |        2 |   0.500 | 50.00 % |         1 |");
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(brokenLines([result])).toEqual(["test: goodput 0.5"]);
  });

  test("explain each refusal and each failure", () => {
    const text = explain(result);
    expect(text).toContain("Refused calls: 2, of them wasted: 1");
    expect(text).toContain("wasted     1.000s  a-0 m request 0  429 limit");
    expect(text).toContain("request 1 of client-0 failed at     1.100s: rate_limit_exceeded");
    expect(text).toContain("avoidable");
  });
});

describe("statistics", () => {
  test("percentiles are of the nearest rank", () => {
    expect([percentile([3, 1, 2], 0.5), percentile([3, 1, 2], 0.99), percentile([], 0.5)]).toEqual([2, 3, 0]);
  });

  test("Jain's index is 1 for equals and 1/n where one has all", () => {
    expect([jainIndex([2, 2]), jainIndex([1, 0, 0, 0]), jainIndex([])]).toEqual([1, 0.25, 1]);
  });
});
