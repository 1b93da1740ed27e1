// Pools with limits, groups, priorities and strategies, and what happens to them, as fast-check generates it.
import fc from "fast-check";
import type { KeySpec, Limits, PoolSpec } from "../../src/balancer/contract.ts";
import type { QuotaFacts } from "../../src/core/quota-facts.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { HOUR, keySpec, MINUTE, poolSpec, SECOND } from "./fixtures.ts";
import { EFFECTS } from "./history.ts";

const MODELS = ["known", "known", "other", undefined] as const;

const limits: fc.Arbitrary<Limits | undefined> = fc.option(
  fc.record({
    rpm: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    rpd: fc.option(fc.integer({ min: 3, max: 12 }), { nil: undefined }),
    tpm: fc.option(fc.integer({ min: 20, max: 100 }), { nil: undefined }),
    concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    day: fc.constantFrom("rolling", "UTC", "America/Los_Angeles"),
  }),
  { nil: undefined, freq: 2 },
);

function keysOf(provider: string, count: number): fc.Arbitrary<readonly KeySpec[]> {
  const key = fc.record({
    weight: fc.constantFrom(1, 1, 3),
    priority: fc.constantFrom(0, 0, 0, 1),
    quotaGroup: fc.constantFrom(undefined, undefined, "g", "h"),
    limits,
    forKnown: limits,
  });
  return fc.array(key, { minLength: Math.min(count, 4), maxLength: Math.min(count, 4) }).map((kinds) =>
    Array.from({ length: count }, (_, i) => {
      const { forKnown, ...fields } = kinds[i % kinds.length] ?? { forKnown: undefined };
      const modelLimits = (model: string) => (model === "known" ? forKnown : undefined);
      return keySpec(`${provider}${i}`, { ...fields, modelLimits });
    }),
  );
}

function poolOf(provider: string, counts: readonly number[]): fc.Arbitrary<PoolSpec> {
  return fc.constantFrom(...counts).chain((count) =>
    fc
      .record({
        keys: keysOf(provider, count),
        strategy: fc.constantFrom("balanced", "round_robin", "random", "fill_first", "least_used", "headroom"),
        affinity: fc.constantFrom("off", "auto"),
        maxFailures: fc.constantFrom(1, 3),
      })
      .map(({ keys, ...fields }) => poolSpec(provider, keys, fields)),
  );
}

/** A pool of few or of many keys, and a small one beside it. */
export const pools: fc.Arbitrary<readonly PoolSpec[]> = fc.tuple(poolOf("p", [1, 2, 6, 70]), poolOf("q", [1, 3]));

const quota: fc.Arbitrary<QuotaFacts | undefined> = fc.option(
  fc.record({
    readings: fc.array(
      fc.record({
        unit: fc.constantFrom("requests", "tokens"),
        limit: fc.constantFrom(10, 1_000),
        remaining: fc.constantFrom(0, 1, 9, 800),
        resetMs: fc.constantFrom(0, SECOND, MINUTE),
      }),
      { maxLength: 2 },
    ),
    organization: fc.constant("o1"),
  }),
  { nil: undefined, freq: 2 },
);

const effects: readonly Effect[] = [
  ...EFFECTS,
  { kind: "success", complete: true, latencyMs: 50 },
  { kind: "success", complete: true, latencyMs: 50 },
  { kind: "rate-limited", scope: "organization" },
  { kind: "key-exhausted", scope: "organization", retryAfterMs: MINUTE },
  { kind: "key-cooled", forMs: 5 * SECOND },
  { kind: "key-disabled" },
  { kind: "client-gone", waitedMs: 1 },
];

const request = fc.record({
  kind: fc.constant("request" as const),
  model: fc.constantFrom(...MODELS),
  /** Where it may go: one provider, one and then the other, both alike. */
  route: fc.constantFrom("p", "p, q", "p and q"),
  client: fc.constantFrom("a", "b", "c"),
  tokens: fc.constantFrom(undefined, 1, 15, 500),
  text: fc.constantFrom(undefined, "x", "y"),
  isFree: fc.constantFrom(false, false, false, true),
});

const verdict = fc.record({
  kind: fc.constant("verdict" as const),
  at: fc.nat(50),
  effect: fc.constantFrom(...effects),
  quota,
  ends: fc.constantFrom(true, true, false),
  isSent: fc.constantFrom(true, true, true, false),
  tokens: fc.constantFrom(undefined, 5, 40),
});

const pause = fc.record({
  kind: fc.constant("pause" as const),
  ms: fc.constantFrom(1, 300, SECOND, 11 * SECOND, MINUTE, 15 * MINUTE, 5 * HOUR),
});

const operate = fc.record({
  kind: fc.constant("operate" as const),
  at: fc.nat(80),
  isForAll: fc.boolean(),
  action: fc.constantFrom("disable", "enable", "enable", "reset", "reset-model"),
});

/** All keys but one meet the same: what random requests would take thousands of steps for in a large pool. */
const everyone = fc.record({
  kind: fc.constant("everyone" as const),
  but: fc.nat(80),
  effect: fc.constantFrom(...effects),
});

/** A request, an answer, or something that happens to all. `wait-out`: a request waits for as long as it is told to. */
export const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: request },
    { weight: 8, arbitrary: verdict },
    { weight: 2, arbitrary: pause },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait-out" as const), model: fc.constantFrom(...MODELS) }) },
    { weight: 2, arbitrary: operate },
    { weight: 1, arbitrary: everyone },
    { weight: 1, arbitrary: fc.constantFrom({ kind: "reload" as const }, { kind: "restart" as const }) },
  ),
  { maxLength: 100, size: "max" },
);

export type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;
export type Request = Extract<Step, { kind: "request" }>;
