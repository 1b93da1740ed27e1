// How soon a provider is back after a fault.
import { describe, expect, test } from "bun:test";
import { recoveriesOf } from "../../simulate/recovery.ts";
import type { Fault } from "../../simulate/scenario.ts";
import { START } from "../../simulate/virtual-clock.ts";
import type { CallRecord } from "../../simulate/world/call-record.ts";
import type { Change } from "../../src/balancer/contract.ts";
import { arrival, keyOf, small } from "./fixtures.ts";

const FAULT: Fault = { fromMs: 10_000, toMs: 20_000, kind: "500" };

function served(atMs: number, provider = "a", model = "m"): CallRecord {
  const request = arrival(0, 0, { model: { name: model, route: [["a"]], share: 1 } });
  const key = keyOf(small().providers[0] as ReturnType<typeof small>["providers"][number]);
  const times = { at: START + atMs, endedAt: START + atMs };
  return { provider, key, arrival: request, ...times, refusal: undefined, status: "200", detail: "" };
}

function tookMs(fault: Fault, ...calls: readonly CallRecord[]): readonly number[] {
  return recoveriesOf(small({ faults: [fault] }), { calls, changes: [] }).map((recovery) => recovery.tookMs);
}

describe("recoveriesOf", () => {
  test("counts from the end of the fault to the first call that is served there", () => {
    expect(tookMs(FAULT, served(5_000), served(21_000, "b"), served(22_500), served(23_000))).toEqual([2_500]);
  });

  test("looks at the model that was at fault", () => {
    expect(tookMs({ ...FAULT, model: "n" }, served(21_000), served(24_000, "a", "n"))).toEqual([4_000]);
  });

  test("knows one that never came back, and leaves out what lasts to the end", () => {
    expect(tookMs(FAULT, served(5_000))).toEqual([Number.POSITIVE_INFINITY]);
    expect(tookMs({ ...FAULT, toMs: 57_000 }, served(5_000))).toEqual([]);
  });
});

describe("allowed is the time", () => {
  const opened = (atMs: number, untilMs: number, provider = "a"): Change => {
    const change = { level: "provider", from: "up", to: "open", reason: "x", alert: true } as const;
    return { ...change, provider, at: START + atMs, until: START + untilMs };
  };
  const allowed = (changes: readonly Change[], more: readonly Fault[] = []) => {
    const scenario = small({ faults: [FAULT, ...more] });
    return recoveriesOf(scenario, { calls: [], changes }).map(({ allowedMs }) => allowedMs);
  };

  test("until a request comes, where no probe was due", () => {
    expect(allowed([])).toEqual([5_000]);
    expect(allowed([opened(11_000, 16_000), opened(12_000, 50_000, "b")])).toEqual([5_000]);
  });

  test("until the probe that was due when the fault ended", () => {
    expect(allowed([opened(11_000, 16_000), opened(16_000, 26_000), opened(26_000, 46_000)])).toEqual([11_000]);
  });

  test("of no fault that another one follows too soon", () => {
    const next: Fault = { fromMs: 24_000, toMs: 59_000, kind: "500" };
    expect(allowed([], [next])).toEqual([]);
  });
});
