// The choice of a key alone, in this process: how long it takes with few and with many keys, and what a key weighs.
import { heapStats } from "bun:jsc";
import { Balancer } from "../../src/balancer/balancer.ts";
import type { BalancerSettings, Need, PoolSpec } from "../../src/balancer/contract.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import type { BenchContext } from "../bench-context.ts";
import { median } from "../statistics.ts";

const SIZES = [1, 64, 100, 10_000, 100_000] as const;
const USABLE = 10;
const MODEL = "known";
const ROUNDS = 15;

/** Medians over rounds of the mean of one choice, in microseconds. */
export interface PickFigures {
  readonly keys: number;
  /** Every key could serve; then all but ten rest; then all rest. */
  readonly allUs: number;
  readonly fewUs: number;
  readonly noneUs: number;
  /** Choice, begin, verdict and end together, while every key could serve. */
  readonly wholeUs: number;
  /** Of a key that was never used. */
  readonly bytesPerKey: number;
}

const SETTINGS: BalancerSettings = {
  maxCooldownMs: 86_400_000,
  retryBudget: 0.2,
  retryBudgetMin: 10,
  strategy: "balanced",
};

type Shape = Pick<Verdict, "blame" | "outcome" | "next" | "last" | "reason">;
const SERVED: Verdict = {
  ...({ blame: "none", outcome: "ok", next: "stop", last: "upstream", reason: "ok" } satisfies Shape),
  effect: { kind: "success", complete: true, latencyMs: 1 },
};
const LIMITED: Verdict = {
  ...({
    blame: "key-model",
    outcome: "rate_limited",
    next: "rotate",
    last: "rate_limited",
    reason: "rpm",
  } satisfies Shape),
  effect: { kind: "rate-limited", retryAfterMs: 3_600_000 },
};

export function runPickSuite({ say, isQuick }: BenchContext): readonly PickFigures[] {
  say("Choice of a key: one provider, one model");
  return SIZES.map((keys) => measure(keys, isQuick ? 200 : 2_000));
}

function measure(keys: number, picks: number): PickFigures {
  const before = heapSize();
  const bench = new PickBench(keys);
  const bytesPerKey = (heapSize() - before) / keys;
  bench.warmUp(picks);
  const wholeUs = bench.medianUs(picks, () => bench.serve());
  const allUs = bench.medianUs(picks, () => bench.pick());
  bench.limitFrom(USABLE);
  const fewUs = bench.medianUs(picks, () => bench.pick());
  bench.limitFrom(0);
  return { keys, allUs, fewUs, noneUs: bench.medianUs(picks, () => bench.pick()), wholeUs, bytesPerKey };
}

class PickBench {
  readonly #balancer: Balancer;
  readonly #keys: number;
  #now = 1_800_000_000_000;

  constructor(keys: number) {
    this.#keys = keys;
    this.#balancer = new Balancer([poolOf(keys)], SETTINGS, Math.random);
  }

  warmUp(picks: number): void {
    for (let i = 0; i < 10 * picks; i++) this.serve();
  }

  medianUs(picks: number, run: () => void): number {
    run();
    const rounds = Array.from({ length: ROUNDS }, () => {
      const began = Bun.nanoseconds();
      for (let i = 0; i < picks; i++) run();
      return (Bun.nanoseconds() - began) / picks / 1_000;
    });
    return median(rounds);
  }

  pick(): string {
    this.#now += 1;
    return this.#balancer.pick(needOf(), [], this.#now).kind;
  }

  serve(): void {
    const need = needOf();
    this.#now += 1;
    const pick = this.#balancer.pick(need, [], this.#now);
    if (pick.kind !== "candidate") throw new Error("Cannot measure: nothing to choose");
    this.#finish(pick.candidate, SERVED, need);
  }

  /** All keys from this one on are limited for an hour. */
  limitFrom(first: number): void {
    for (let index = first; index < this.#keys; index++) {
      this.#finish({ provider: "bench", keyId: `key-${index}`, model: MODEL }, LIMITED, needOf());
    }
  }

  #finish(candidate: Parameters<Balancer["begin"]>[0], verdict: Verdict, need: Need): void {
    const attempt = this.#balancer.begin(candidate, need, this.#now);
    this.#balancer.judge(attempt, verdict, this.#now);
    this.#balancer.end(attempt, this.#now);
  }
}

function needOf(): Need {
  return { route: [[{ provider: "bench", model: MODEL }]], operation: "chat/completions", client: "bench" };
}

function poolOf(count: number): PoolSpec {
  const keys = Array.from({ length: count }, (_, index) => {
    return { id: `key-${index}`, name: `key-${index}`, weight: 1, priority: 0, serves: () => true };
  });
  return {
    provider: "bench",
    keys,
    maxFailures: 3,
    strategy: "balanced",
    affinity: "off",
    names: (model) => model === MODEL,
  };
}

function heapSize(): number {
  Bun.gc(true);
  return heapStats().heapSize;
}
