// What the balancer is told of providers and keys.
import { describe, expect, test } from "bun:test";
import type { Limits } from "../../src/balancer/contract.ts";
import { poolSpecs } from "../../src/daemon/pool-specs.ts";
import { loadValid, TOKENS } from "../config/load.ts";

const A = { name: "a", base_url: "https://a.example/v1" };

function specsOf(fields: object) {
  const { config } = loadValid({ yaml: JSON.stringify({ ...TOKENS, ...fields }) });
  return poolSpecs(config, () => false);
}

test("a pool has the strategy and the affinity of its provider", () => {
  const [own, heir] = specsOf({
    strategy: "random",
    affinity: "auto",
    providers: [
      { ...A, strategy: "headroom", affinity: "off" },
      { ...A, name: "b" },
    ],
  });
  expect([own?.strategy, own?.affinity]).toEqual(["headroom", "off"]);
  expect([heir?.strategy, heir?.affinity]).toEqual(["random", "auto"]);
});

test("a key has its group and its limits", () => {
  const limits = { rpm: 500, tpm: "200k", rpd: "1k", day: "America/Los_Angeles" };
  const [pool] = specsOf({ providers: [{ ...A, api_keys: [{ key: "k-1", quota_group: "g", limits }, "k-2"] }] });
  const [limited, free] = pool?.keys ?? [];
  expect(limited?.quotaGroup).toBe("g");
  expect(limited?.limits).toMatchObject({ rpm: 500, tpm: 200_000, rpd: 1_000, day: "America/Los_Angeles" });
  expect([free?.quotaGroup, free?.limits, free?.modelLimits]).toEqual([undefined, undefined, undefined]);
});

describe("Limits for models", () => {
  const models = { "gpt-4o": { rpm: 1 }, "gpt-4o*": { rpm: 2 } };
  const keys = ["k-1", { key: "k-2", limits: { rpm: 9 } }, "k-3"];
  const [pool] = specsOf({ providers: [{ ...A, limits: { models }, api_keys: keys }] });
  const [first, own, third] = pool?.keys ?? [];

  test.each([
    ["gpt-4o", 1],
    ["gpt-4o-mini", 2],
    ["o3", undefined],
  ])("of %s the first pattern that matches counts", (model, rpm) => {
    expect(first?.modelLimits?.(model)?.rpm).toBe(rpm as number);
    expect(own?.modelLimits?.(model)?.rpm).toBe(rpm as number);
  });

  test("are one object for all models of a pattern, and one function for all keys that inherit them", () => {
    expect(first?.modelLimits?.("gpt-4o-a")).toBe(first?.modelLimits?.("gpt-4o-b") as Limits);
    expect(third?.modelLimits).toBe(first?.modelLimits as () => undefined);
  });
});
