// Pools, verdicts and a seeded randomness for the balancer's tests.
import { Balancer } from "../../src/balancer/balancer.ts";
import type {
  Attempt,
  BalancerSettings,
  Candidate,
  Change,
  KeyReport,
  KeySpec,
  Need,
  PoolReport,
  PoolSpec,
  Tried,
} from "../../src/balancer/contract.ts";
import { Pool } from "../../src/balancer/pool.ts";
import type { Effect, Verdict } from "../../src/core/verdict.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** A wall clock far from zero, as in production. */
export const START = 1_800_000_000_000;

export const SETTINGS: BalancerSettings = {
  maxCooldownMs: 24 * HOUR,
  retryBudget: 0.2,
  retryBudgetMin: 10,
  strategy: "balanced",
};

export function keySpec(id: string, fields: Partial<KeySpec> = {}): KeySpec {
  return { id, name: `name-${id}`, weight: 1, priority: 0, serves: () => true, ...fields };
}

export function keySpecs(count: number, prefix = "k"): readonly KeySpec[] {
  return Array.from({ length: count }, (_, i) => keySpec(`${prefix}${i}`));
}

export function poolSpec(provider: string, keys: readonly KeySpec[], fields: Partial<PoolSpec> = {}): PoolSpec {
  return {
    provider,
    keys,
    maxFailures: 3,
    strategy: "balanced",
    affinity: "off",
    names: (model) => model === "known",
    ...fields,
  };
}

export function needFor(route: Need["route"], fields: Partial<Need> = {}): Need {
  return { route, operation: "chat", client: "client", ...fields };
}

/** A need for the known model of one provider. */
export function needOf(provider: string, fields: Partial<Need> = {}): Need {
  return needFor([[{ provider, model: "known" }]], fields);
}

/** What a provider's limits are taken for before anything was learnt. */
export function newForms(): Pool["forms"] {
  return new Pool(poolSpec("p", keySpecs(1))).forms;
}

/** A small seeded generator (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Randomness in the middle: own back-off has no jitter, stated times get +5 %. */
export const MIDDLE = () => 0.5;

export function balancerOf(pools: readonly PoolSpec[], random: () => number = MIDDLE, settings = SETTINGS): Balancer {
  return new Balancer(pools, settings, random);
}

type Shape = Pick<Verdict, "blame" | "outcome" | "next" | "last" | "reason"> & { readonly status?: number };

const SHAPES: Readonly<Record<Effect["kind"], Shape>> = {
  none: {
    blame: "client",
    outcome: "client_error",
    next: "stop",
    last: "upstream",
    reason: "bad_request",
    status: 400,
  },
  success: { blame: "none", outcome: "ok", next: "stop", last: "upstream", reason: "ok", status: 200 },
  "key-invalid": {
    blame: "key",
    outcome: "invalid_key",
    next: "rotate",
    last: "no_usable_key",
    reason: "invalid_api_key",
    status: 401,
  },
  "key-exhausted": {
    blame: "key",
    outcome: "no_credit",
    next: "rotate",
    last: "no_credit",
    reason: "insufficient_quota",
    status: 429,
  },
  "rate-limited": {
    blame: "key-model",
    outcome: "rate_limited",
    next: "rotate",
    last: "rate_limited",
    reason: "rate_limit_exceeded",
    status: 429,
  },
  "model-missing": {
    blame: "key-model",
    outcome: "model_blocked",
    next: "rotate",
    last: "upstream",
    reason: "model_not_found",
    status: 404,
  },
  "operation-blocked": {
    blame: "key-operation",
    outcome: "forbidden",
    next: "rotate",
    last: "upstream",
    reason: "missing_scope",
    status: 403,
  },
  "key-cooled": {
    blame: "key",
    outcome: "by_rule",
    next: "rotate",
    last: "no_usable_key",
    reason: "rule",
    status: 403,
  },
  "key-disabled": {
    blame: "key",
    outcome: "by_rule",
    next: "rotate",
    last: "no_usable_key",
    reason: "rule",
    status: 403,
  },
  "key-refused": {
    blame: "key",
    outcome: "forbidden",
    next: "rotate",
    last: "no_usable_key",
    reason: "forbidden",
    status: 403,
  },
  "server-error": {
    blame: "provider-model",
    outcome: "server_error",
    next: "retry",
    last: "upstream",
    reason: "server_error",
    status: 500,
  },
  overloaded: {
    blame: "provider-model",
    outcome: "overloaded",
    next: "other-provider",
    last: "upstream",
    reason: "overloaded_error",
    status: 503,
  },
  unreachable: {
    blame: "provider",
    outcome: "connect_error",
    next: "retry",
    last: "unreachable",
    reason: "ECONNREFUSED",
  },
  "region-refused": {
    blame: "provider",
    outcome: "forbidden",
    next: "other-provider",
    last: "upstream",
    reason: "unsupported_country",
    status: 403,
  },
  "stream-broken": { blame: "provider-model", outcome: "cut", next: "stop", last: "upstream", reason: "cut" },
  "client-gone": { blame: "none", outcome: "client_gone", next: "stop", last: "upstream", reason: "client_gone" },
};

/** The verdict that the classification gives with an effect. */
export function verdictOf(effect: Effect): Verdict {
  return { ...SHAPES[effect.kind], effect };
}

export const OK = verdictOf({ kind: "success", complete: true, latencyMs: 100 });
export const COMMITTED = verdictOf({ kind: "success", complete: false, latencyMs: 100 });

/** Drives a balancer by hand. */
export class Driver {
  readonly balancer: Balancer;
  now = START;
  readonly changes: Change[] = [];

  constructor(balancer: Balancer) {
    this.balancer = balancer;
  }

  begin(keyId: string, need: Need): Attempt {
    const targets = need.route.flat();
    const has = (provider: string) => this.pool(provider).keys.some((key) => key.id === keyId);
    const target = targets.length === 1 ? targets[0] : targets.find(({ provider }) => has(provider));
    if (target === undefined) throw new Error(`No provider of the route has key ${keyId}`);
    return this.balancer.begin({ ...target, keyId }, need, this.now);
  }

  judge(attempt: Attempt, effect: Effect): readonly Change[] {
    const changes = this.balancer.judge(attempt, verdictOf(effect), this.now);
    this.changes.push(...changes);
    return changes;
  }

  /** One attempt on one key, from begin to end, in no time. */
  attempt(keyId: string, effect: Effect, need: Need = needOf("p")): readonly Change[] {
    const attempt = this.begin(keyId, need);
    const changes = this.judge(attempt, effect);
    this.balancer.end(attempt, this.now);
    return changes;
  }

  /** The candidate of a pick; fails when there is none. */
  pick(need: Need = needOf("p"), tried: readonly Tried[] = []): Candidate {
    const pick = this.balancer.pick(need, tried, this.now);
    if (pick.kind !== "candidate") throw new Error(`Nothing to pick: ${pick.reason.code}`);
    return pick.candidate;
  }

  /** One request that succeeds at once. */
  serve(need: Need): Candidate {
    const candidate = this.pick(need);
    const attempt = this.balancer.begin(candidate, need, this.now);
    this.balancer.judge(attempt, OK, this.now);
    this.balancer.end(attempt, this.now);
    return candidate;
  }

  pool(provider = "p"): PoolReport {
    const report = this.balancer.report(this.now).find((pool) => pool.provider === provider);
    if (report === undefined) throw new Error(`No provider ${provider}`);
    return report;
  }

  key(id: string): KeyReport {
    const found = this.balancer
      .report(this.now)
      .flatMap((pool) => pool.keys)
      .find((key) => key.id === id);
    if (found === undefined) throw new Error(`No key ${id}`);
    return found;
  }

  /** The reason of a pick that finds nothing, or undefined. */
  none(need: Need = needOf("p"), tried: readonly Tried[] = []) {
    const pick = this.balancer.pick(need, tried, this.now);
    return pick.kind === "candidate" ? undefined : pick.reason;
  }
}

/** A driver over one provider `p` with keys k0, k1, … */
export function driverOf(keys: number, fields: Partial<PoolSpec> = {}, random: () => number = MIDDLE): Driver {
  return new Driver(balancerOf([poolSpec("p", keySpecs(keys), fields)], random));
}

export function tried(provider: string, keyId: string, effect: Effect, model: string | undefined = "known"): Tried {
  return { candidate: { provider, keyId, model }, verdict: verdictOf(effect) };
}

/** A route from provider `p` to `q`. */
export const FALLBACK = [[{ provider: "p", model: "known" }], [{ provider: "q", model: "known" }]];

/** A driver over `p` with k0, k1 and `q` with q0, q1. */
export function twoProviders(): Driver {
  return new Driver(balancerOf([poolSpec("p", keySpecs(2)), poolSpec("q", keySpecs(2, "q"))]));
}

/** How often each key served, over serial requests. */
export function countServed(driver: Driver, need: () => Need, requests: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < requests; i++) {
    const { keyId } = driver.serve(need());
    counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
  }
  return counts;
}
