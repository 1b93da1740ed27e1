// When a provider that is out is asked again.
import { expect, test } from "bun:test";
import type { PoolSummary } from "../../src/balancer/contract.ts";
import { nextProbeAt } from "../../src/daemon/next-probe.ts";

const NOW = 1_000_000;
const MODEL = { model: "m", state: "open", until: NOW + 5_000 } as const;

type Facts = Pick<PoolSummary, "state" | "until" | "openModels">;

const facts = (state: Facts["state"], until?: number, openModels: Facts["openModels"] = []): Facts => ({
  state,
  until,
  openModels,
});

test.each<[string, Facts, string | undefined, number | undefined, number | undefined]>([
  ["one that is up: never", facts("up"), undefined, undefined, undefined],
  ["a suspect one: a moment after a client may", facts("suspect", NOW + 4_000), undefined, undefined, NOW + 5_000],
  ["a suspect one whose time is over", facts("suspect", NOW - 9_000), undefined, undefined, NOW - 8_000],
  ["an open one: once it is half-open", facts("open", NOW + 7_000), undefined, undefined, NOW + 7_000],
  ["a half-open one: now", facts("half_open"), undefined, undefined, NOW],
  ["a half-open one that was asked in vain: 10 s later", facts("half_open"), undefined, NOW - 4_000, NOW + 6_000],
  ["a half-open one that was asked long ago: now", facts("half_open"), undefined, NOW - 40_000, NOW],
  ["whatever the clock says of the last time", facts("half_open"), undefined, NOW + 90_000, NOW + 10_000],
  ["a model that fails, by a free call: never", facts("up", undefined, [MODEL]), undefined, undefined, undefined],
  ["a model that fails, by a chat with it", facts("up", undefined, [MODEL]), "m", undefined, NOW + 5_000],
  ["another model that fails: never", facts("up", undefined, [MODEL]), "n", undefined, undefined],
  [
    "a model on trial, by a chat with it",
    facts("up", undefined, [{ ...MODEL, state: "half_open", until: NOW - 1 }]),
    "m",
    undefined,
    NOW - 1,
  ],
  ["a provider before its model", facts("open", NOW + 9_000, [MODEL]), "m", undefined, NOW + 9_000],
])("%s", (_what, pool, model, lastAt, at) => {
  expect(nextProbeAt(pool, { model }, { now: NOW, lastAt })).toBe(at);
});
