// Incidents in virtual time: what closed-loop clients live through while keys or a whole provider fail.
import { describe, expect, test } from "bun:test";
import type { Effect } from "../../src/core/verdict.ts";
import { balancerOf, HOUR, keySpecs, MINUTE, needFor, needOf, poolSpec, SECOND, START, seeded } from "./fixtures.ts";
import { type Answer, Simulation } from "./simulation.ts";

const served = (afterMs: number): Answer => ({
  afterMs,
  effect: { kind: "success", complete: true, latencyMs: afterMs },
});
const refused = (afterMs: number): Answer => ({ afterMs, effect: { kind: "key-invalid" } });

describe("a provider that answers 401 to each of 1,000 keys", () => {
  test.each([
    ["50 ms", 50, 0],
    ["500 ms", 500, 0],
    ["50 ms, after ten seconds of good answers", 50, 10 * SECOND],
    ["500 ms, after ten seconds of good answers", 500, 10 * SECOND],
    ["7 s", 7 * SECOND, 0],
  ])("gets at most 60 calls in 60 s under 20 clients, and every key back within 20 s (%s)", (_name, ms, goodMs) => {
    let isDown = false;
    const balancer = balancerOf([poolSpec("p", keySpecs(1_000))], seeded(1));
    const simulation = new Simulation({
      balancer,
      clients: 20,
      need: (client) => needOf("p", { client }),
      upstream: () => (isDown ? refused(ms) : served(ms)),
    });
    if (goodMs > 0) simulation.run(goodMs);
    isDown = true;
    const before = simulation.calls.length;
    simulation.run(60 * SECOND);
    expect(simulation.calls.length - before).toBeLessThanOrEqual(60);
    expect(balancer.report(simulation.now)).toMatchObject([{ state: "suspect" }]);
    expect(simulation.changes.filter(({ level, alert }) => level === "provider" && alert)).toHaveLength(1);
    expect(simulation.failures.at(-1)).toMatchObject({ code: "open" });
    isDown = false;
    simulation.run(20 * SECOND);
    const [report] = balancer.report(simulation.now);
    expect(report?.state).toBe("up");
    expect(report?.keys.filter((key) => key.state !== "ready")).toEqual([]);
    const failed = simulation.failures.length;
    simulation.run(10 * SECOND);
    expect(simulation.failures.length).toBe(failed);
  });

  test("costs no request anything while another provider is in the route", () => {
    let isDown = true;
    const balancer = balancerOf([poolSpec("p", keySpecs(1_000)), poolSpec("q", keySpecs(5, "q"))], seeded(2));
    const route = [[{ provider: "p", model: "known" }], [{ provider: "q", model: "known" }]];
    const simulation = new Simulation({
      balancer,
      clients: 20,
      need: (client) => needFor(route, { client }),
      upstream: ({ provider }) => (provider === "p" && isDown ? refused(50) : served(50)),
    });
    simulation.run(4 * MINUTE);
    expect(simulation.failures).toEqual([]);
    const calls = simulation.calls.filter(({ candidate }) => candidate.provider === "p");
    expect(calls.filter(({ at }) => at < START + MINUTE).length).toBeLessThanOrEqual(60);
    isDown = false;
    // Doubt is over a minute after the last refusal at the latest; a suspect provider is probed every 10 s.
    simulation.run(70 * SECOND);
    const before = simulation.calls.length;
    simulation.run(SECOND);
    const after = simulation.calls.slice(before);
    expect(after.filter(({ candidate }) => candidate.provider === "q")).toEqual([]);
    expect(balancer.report(simulation.now)[0]?.state).toBe("up");
  });

  test("is probed with keys that it refused when no others are left", () => {
    let isDown = true;
    const balancer = balancerOf([poolSpec("p", keySpecs(32))], seeded(3));
    const simulation = new Simulation({
      balancer,
      clients: 20,
      need: (client) => needOf("p", { client }),
      upstream: () => (isDown ? refused(50) : served(50)),
    });
    simulation.run(45 * SECOND);
    const probes = simulation.calls.filter(({ at }) => at >= START + 10 * SECOND);
    expect(probes.length).toBe(4);
    expect(new Set(probes.map(({ candidate }) => candidate.keyId)).size).toBe(4);
    isDown = false;
    simulation.run(20 * SECOND);
    expect(balancer.report(simulation.now)[0]?.keys.filter((key) => key.state !== "ready")).toEqual([]);
  });
});

describe("a pool with many dead keys", () => {
  test("loses no request when 40 of 64 keys die in a block", () => {
    const balancer = balancerOf([poolSpec("p", keySpecs(64))], seeded(4));
    const isDead = (keyId: string) => Number(keyId.slice(1)) < 40;
    const simulation = new Simulation({
      balancer,
      clients: 1,
      need: (client) => needOf("p", { client }),
      upstream: ({ keyId }) => (isDead(keyId) ? refused(50) : served(50)),
    });
    simulation.run(MINUTE);
    expect(simulation.failures).toEqual([]);
    expect(balancer.report(simulation.now)).toMatchObject([{ state: "up" }]);
    expect(simulation.calls.filter(({ candidate }) => isDead(candidate.keyId)).length).toBeLessThanOrEqual(40);
  });

  test("a tenth of 1,000 keys that dies is called once per key and rest", () => {
    const balancer = balancerOf([poolSpec("p", keySpecs(1_000))], seeded(5));
    const isDead = (keyId: string) => Number(keyId.slice(1)) < 100;
    const simulation = new Simulation({
      balancer,
      clients: 20,
      need: (client) => needOf("p", { client }),
      upstream: ({ keyId }) => (isDead(keyId) ? refused(50) : served(500)),
    });
    simulation.run(9 * MINUTE);
    expect(simulation.failures).toEqual([]);
    const dead = simulation.calls.filter(({ candidate }) => isDead(candidate.keyId));
    expect(dead.length).toBe(100);
  });
});

describe("ten keys of which nine are bad in different ways", () => {
  const effects: readonly Effect[] = [
    { kind: "key-invalid" },
    { kind: "key-refused" },
    { kind: "key-exhausted" },
    { kind: "rate-limited", retryAfterMs: 5 * SECOND },
    { kind: "server-error" },
    { kind: "model-missing" },
    { kind: "operation-blocked" },
    { kind: "rate-limited" },
    { kind: "key-exhausted", retryAfterMs: HOUR },
  ];

  test.each([1, 8])("no request of %d clients fails, and each bad key costs a bounded number of calls", (clients) => {
    const balancer = balancerOf([poolSpec("p", keySpecs(10))], seeded(6));
    const simulation = new Simulation({
      balancer,
      clients,
      need: (client) => needOf("p", { client }),
      upstream: ({ keyId }) => {
        const effect = effects[Number(keyId.slice(1))];
        return effect === undefined ? served(20) : { afterMs: 20, effect };
      },
    });
    simulation.run(50 * SECOND);
    expect(simulation.served).toBeGreaterThan(1_000);
    expect(simulation.failures).toEqual([]);
    const calls = (keyId: string) => simulation.calls.filter(({ candidate }) => candidate.keyId === keyId).length;
    for (const definite of ["k0", "k2", "k5", "k6", "k8"]) expect(calls(definite)).toBeLessThanOrEqual(1 + clients);
    for (const counted of ["k1", "k4"]) expect(calls(counted)).toBeLessThanOrEqual(3 + clients);
    expect(calls("k3")).toBeLessThanOrEqual(10 * clients);
  });
});

describe("a key that accepts and never answers", () => {
  test("holds one request at a time while the other clients go on", () => {
    const balancer = balancerOf([poolSpec("p", keySpecs(5))], seeded(7));
    const simulation = new Simulation({
      balancer,
      clients: 5,
      need: (client) => needOf("p", { client }),
      upstream: ({ keyId }) =>
        keyId === "k0" ? { afterMs: Number.POSITIVE_INFINITY, effect: { kind: "none" } } : served(50),
    });
    simulation.run(MINUTE);
    expect(simulation.calls.filter(({ candidate }) => candidate.keyId === "k0")).toHaveLength(1);
    expect(simulation.servedBy.size).toBeGreaterThanOrEqual(4);
    expect(simulation.served).toBeGreaterThanOrEqual(4 * (MINUTE / 50) - 10);
  });
});
