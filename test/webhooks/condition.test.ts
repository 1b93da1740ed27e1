// Which changes of health are told, and as what.
import { expect, test } from "bun:test";
import type { Change } from "../../src/balancer/contract.ts";
import { conditionOf, poolCondition } from "../../src/webhooks/condition.ts";
import { START } from "../balancer/fixtures.ts";

const KEY = {
  at: START,
  level: "key",
  provider: "main",
  keyId: "1f0c",
  keyName: "a",
  from: "ready",
  alert: true,
} as const;
const PROVIDER = { at: START, level: "provider", provider: "main", from: "up", alert: true } as const;
const MODEL = { ...PROVIDER, level: "provider-model", model: "gpt-4o" } as const;

test.each<[change: Change, fault: string | undefined]>([
  [{ ...KEY, to: "invalid", reason: "invalid_api_key" }, "key.invalid"],
  [{ ...KEY, to: "exhausted", reason: "insufficient_quota" }, "key.exhausted"],
  [{ ...KEY, to: "disabled", reason: "rule_2" }, "key.disabled"],
  [{ ...KEY, to: "ready", from: "invalid", reason: "answers_again", alert: false }, undefined],
  [{ ...KEY, to: "half_open", reason: "operator_reset", alert: false }, undefined],
  [{ ...KEY, to: "invalid", from: "disabled", reason: "operator_enabled", alert: false }, undefined],
  [{ ...PROVIDER, to: "open", reason: "server_error" }, "provider.open"],
  [{ ...PROVIDER, to: "suspect", reason: "invalid_api_key" }, "provider.suspect"],
  [{ ...PROVIDER, to: "region_refused", reason: "region" }, "provider.region_refused"],
  [{ ...PROVIDER, to: "up", from: "open", reason: "answers_again" }, undefined],
  [{ ...PROVIDER, to: "half_open", from: "suspect", reason: "answers_again" }, "provider.open"],
  [{ ...MODEL, to: "open", reason: "overloaded" }, "model.open"],
  [{ ...MODEL, to: "up", from: "open", reason: "answers_again" }, undefined],
])("%j is told as %s", (change, fault) => {
  expect(conditionOf(change)?.fault).toBe(fault as never);
  expect(conditionOf(change)?.recovery).toMatch(/^(key\.recovered|provider\.closed|model\.closed)$/);
});

test.each<[change: Change]>([
  // A provider that is suspect has its own alert.
  [{ ...KEY, to: "invalid", reason: "invalid_api_key", alert: false }],
  [{ ...KEY, to: "cooling", reason: "server_error" }],
  [{ ...KEY, level: "key-model", model: "gpt-4o", to: "cooling", reason: "rate_limited" }],
  [{ ...KEY, level: "key-operation", operation: "files", to: "blocked", reason: "missing_scopes" }],
  [{ ...PROVIDER, level: "provider-model", to: "open", reason: "overloaded" }],
])("%j is not", (change) => {
  expect(conditionOf(change)).toBeUndefined();
});

test("what an operator disables by hand is told to nobody", () => {
  const change = { ...KEY, to: "disabled", reason: "operator_disabled", alert: false };
  expect(conditionOf(change)).toMatchObject({ isSilent: true, fault: undefined });
});

test("a quota group without credit is a moment of its own", () => {
  const change = { ...KEY, to: "exhausted", reason: "insufficient_quota", group: "org-1" };
  expect(conditionOf(change)).toMatchObject({ subject: "group main org-1", fault: "key.exhausted", isMoment: true });
});

test("a provider that an operator resets takes its models with it", () => {
  expect(conditionOf({ ...PROVIDER, to: "up", reason: "operator_reset" })).toMatchObject({ also: "model main " });
});

test.each([
  [0, 4, 0.25, "pool.empty"],
  [1, 5, 0.25, "pool.low"],
  [1, 4, 0.25, undefined],
  [3, 4, 1, "pool.low"],
  [0, 4, 0, "pool.empty"],
  [1, 400, 0, undefined],
])("%d of %d usable keys, below %d: %s", (usable, total, poolBelow, fault) => {
  expect(poolCondition({ provider: "main", usable, total }, poolBelow)?.fault).toBe(fault as never);
});

test("a pool whose keys an operator disabled, all of them, is no news, and no end of what was told", () => {
  expect(poolCondition({ provider: "main", usable: 0, total: 0 }, 0.25)).toBeUndefined();
});
