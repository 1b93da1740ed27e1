// Histories of requests, verdicts, pauses, reloads and operators, played against a balancer.
import { expect } from "bun:test";
import fc from "fast-check";
import type { Attempt, Candidate, KeyReport, Need, PoolReport, PoolSpec, Tried } from "../../src/balancer/contract.ts";
import type { StateEntry } from "../../src/balancer/state.ts";
import type { Effect } from "../../src/core/verdict.ts";
import {
  balancerOf,
  Driver,
  keySpec,
  MINUTE,
  needFor,
  poolSpec,
  SECOND,
  SETTINGS,
  seeded,
  verdictOf,
} from "./fixtures.ts";

const MODELS = ["known", "other", undefined] as const;
export const EFFECTS: readonly Effect[] = [
  { kind: "none" },
  { kind: "success", complete: false, latencyMs: 50 },
  { kind: "success", complete: true, latencyMs: 50 },
  { kind: "key-invalid" },
  { kind: "key-exhausted" },
  { kind: "key-exhausted", retryAfterMs: 5 * SECOND },
  { kind: "rate-limited" },
  { kind: "rate-limited", retryAfterMs: 3 * SECOND },
  { kind: "rate-limited", retryAfterMs: MINUTE, daily: true },
  { kind: "model-missing" },
  { kind: "operation-blocked" },
  { kind: "key-refused" },
  { kind: "server-error" },
  { kind: "overloaded", retryAfterMs: SECOND },
  { kind: "unreachable" },
  { kind: "region-refused" },
  { kind: "stream-broken" },
  { kind: "client-gone", waitedMs: MINUTE },
];

export type Step =
  | {
      readonly kind: "request";
      readonly model: (typeof MODELS)[number];
      readonly both: boolean;
      readonly client: string;
    }
  | { readonly kind: "verdict"; readonly at: number; readonly effect: Effect; readonly ends: boolean }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "reload" }
  | { readonly kind: "operator"; readonly at: number; readonly action: "disable" | "enable" | "reset" }
  | { readonly kind: "restart" };

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("request" as const),
        model: fc.constantFrom(...MODELS),
        both: fc.boolean(),
        client: fc.constantFrom("a", "b"),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("verdict" as const),
        at: fc.nat(50),
        effect: fc.constantFrom(...EFFECTS),
        ends: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("wait" as const),
        ms: fc.constantFrom(1, SECOND, 11 * SECOND, 15 * MINUTE),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reload" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("operator" as const),
        at: fc.nat(50),
        action: fc.constantFrom("disable", "enable", "reset"),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  ),
  { maxLength: 120, size: "max" },
);

export const POOLS: readonly PoolSpec[] = [
  poolSpec("p", [
    keySpec("p0", { weight: 3 }),
    keySpec("p1"),
    keySpec("p2", { priority: 1 }),
    keySpec("p3", { serves: (model) => model === "known" }),
  ]),
  poolSpec("q", [keySpec("q0"), keySpec("q1", { priority: 1 })], { maxFailures: 1 }),
];

interface Running {
  readonly attempt: Attempt;
  readonly request: { readonly need: Need; readonly tried: Tried[] };
}

/** Plays a history against a balancer and checks the laws at every step. */
export class History {
  driver = new Driver(balancerOf(POOLS, seeded(1)));
  #running: Running[] = [];

  play(step: Step): void {
    switch (step.kind) {
      case "request": {
        const route = (step.both ? ["p", "q"] : ["p"]).map((provider) => [{ provider, model: step.model }]);
        const isFree = step.model === undefined;
        this.#next({ need: needFor(route, { client: step.client, ...(isFree && { isFree }) }), tried: [] });
        break;
      }
      case "verdict":
        this.#verdict(step);
        break;
      case "wait":
        this.driver.now += step.ms;
        break;
      case "reload":
        this.driver.balancer.replacePools(POOLS, SETTINGS, this.driver.now);
        break;
      case "operator":
        this.#operate(step);
        break;
      case "restart":
        this.#restart();
        break;
      default: {
        const unknown: never = step;
        throw new Error(String(unknown));
      }
    }
    for (const key of this.#keys()) {
      const running = this.#running.filter(({ attempt }) => attempt.candidate.keyId === key.id);
      expect(key.inFlight).toBe(running.length);
    }
  }

  finish(): void {
    for (const { attempt } of this.#running) this.driver.balancer.end(attempt, this.driver.now);
    for (const key of this.#keys()) expect(key.inFlight).toBe(0);
  }

  #next(request: Running["request"]): void {
    const { balancer, now } = this.driver;
    const before = balancer.report(now);
    const pick = balancer.pick(request.need, request.tried, now);
    expect(balancer.report(now)).toEqual(before as never);
    if (pick.kind !== "candidate") return;
    expectUsable(pick.candidate, request.need, before);
    const wasTried = request.tried.some(
      ({ candidate, verdict }) => sameCandidate(candidate, pick.candidate) && verdict.effect.kind !== "rate-limited",
    );
    if (wasTried) expect(pick.again).toBe(true);
    expect(balancer.hasOther(request.need, request.tried, now)).toBe(!wasTried);
    this.#running.push({ attempt: balancer.begin(pick.candidate, request.need, now), request });
  }

  #verdict({ at, effect, ends }: Extract<Step, { kind: "verdict" }>): void {
    const index = this.#running.length === 0 ? -1 : at % this.#running.length;
    const running = this.#running[index];
    if (running === undefined) return;
    const before = this.#keys();
    const verdict = verdictOf(effect);
    this.driver.balancer.judge(running.attempt, verdict, this.driver.now);
    if (effect.kind !== "success" && effect.kind !== "operation-blocked") expectNoneShorter(before, this.#keys());
    if (!ends) return;
    this.driver.balancer.end(running.attempt, this.driver.now);
    this.#running.splice(index, 1);
    if (verdict.next === "stop") return;
    const { need, tried } = running.request;
    this.#next({ need, tried: [...tried, { candidate: running.attempt.candidate, verdict }] });
  }

  #operate({ at, action }: Extract<Step, { kind: "operator" }>): void {
    const { balancer, now } = this.driver;
    const places = POOLS.flatMap(({ provider, keys }) => keys.map(({ id }) => ({ provider, keyId: id })));
    const chosen = [places[at % places.length] ?? { provider: "", keyId: "" }];
    if (action === "reset") balancer.reset(chosen, now);
    else balancer.setDisabled(chosen, action === "disable", now);
  }

  /** Health is what it was; what was in flight is gone with the process. */
  #restart(): void {
    for (const { attempt } of this.#running) this.driver.balancer.end(attempt, this.driver.now);
    this.#running = [];
    const before = this.driver;
    const now = before.now;
    const written: readonly StateEntry[] = JSON.parse(JSON.stringify([...before.balancer.entries(now)]));
    this.driver = new Driver(balancerOf(POOLS, seeded(1)));
    this.driver.now = now;
    this.driver.balancer.restore(written, now);
    expect(withoutLimits(this.driver.balancer.report(now))).toEqual(
      withoutLimits(before.balancer.report(now)) as never,
    );
    expect(JSON.parse(JSON.stringify([...this.driver.balancer.entries(now)]))).toEqual(written as never);
  }

  #keys(): readonly KeyReport[] {
    return this.driver.balancer.report(this.driver.now).flatMap((pool) => pool.keys);
  }
}

function expectUsable(candidate: Candidate, need: Need, reports: readonly PoolReport[]): void {
  const key = reports
    .find(({ provider }) => provider === candidate.provider)
    ?.keys.find(({ id }) => id === candidate.keyId);
  const spec = POOLS.find(({ provider }) => provider === candidate.provider)?.keys.find(
    ({ id }) => id === candidate.keyId,
  );
  expect(["ready", "half_open"]).toContain(key?.state ?? "gone");
  const inTheWay = key?.parts.filter(
    ({ model, operation, state }) =>
      state !== "half_open" && (operation === undefined ? model === candidate.model : operation === need.operation),
  );
  expect(inTheWay).toEqual([]);
  expect(candidate.model === undefined || spec?.serves(candidate.model)).toBe(true);
}

function expectNoneShorter(before: readonly KeyReport[], after: readonly KeyReport[]): void {
  for (const [i, key] of before.entries()) {
    expect(after[i]?.until ?? 0).toBeGreaterThanOrEqual(key.until ?? 0);
    for (const part of key.parts) {
      const later = after[i]?.parts.find(
        ({ model, operation }) => model === part.model && operation === part.operation,
      );
      expect(later?.until ?? 0).toBeGreaterThanOrEqual(part.until);
    }
  }
}

/** What was learnt or read of limits is found out anew after a restart. */
export function withoutLimits(reports: readonly PoolReport[]): readonly unknown[] {
  return reports.map((pool) => ({ ...pool, keys: pool.keys.map((key) => ({ ...key, limits: [] })) }));
}

function sameCandidate(a: Candidate, b: Candidate): boolean {
  return a.provider === b.provider && a.keyId === b.keyId && a.model === b.model;
}
