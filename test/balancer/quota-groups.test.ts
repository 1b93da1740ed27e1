// Keys that share a limit: who is in which group, what rests for all of them, and what for one.

import { describe, expect, test } from "bun:test";
import type { KeySpec } from "../../src/balancer/contract.ts";
import type { QuotaFacts } from "../../src/core/quota-facts.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { explainAll } from "./explain-all.ts";
import {
  balancerOf,
  Driver,
  HOUR,
  keySpec,
  MINUTE,
  needFor,
  needOf,
  OK,
  poolSpec,
  SECOND,
  SETTINGS,
  START,
  verdictOf,
} from "./fixtures.ts";

const LIMITED: Effect = { kind: "rate-limited", retryAfterMs: 10 * SECOND };

/** Keys a0, a1 of group a, b0, b1 of group b, and c alone. */
function grouped(fields: Partial<KeySpec> = {}): Driver {
  const keys = ["a0", "a1", "b0", "b1"].map((id) => keySpec(id, { quotaGroup: id[0], ...fields }));
  return new Driver(balancerOf([poolSpec("p", [...keys, keySpec("c")])]));
}

function usable(driver: Driver, model = "known"): readonly string[] {
  const need = needFor([[{ provider: "p", model }]]);
  return explainAll(driver.balancer, need, driver.now).flatMap(({ keyId, isUsable }) => (isUsable ? [keyId] : []));
}

function answer(driver: Driver, id: string, quota: Partial<QuotaFacts>, effect: Effect = OK.effect): void {
  const attempt = driver.begin(id, needOf("p"));
  driver.balancer.judge(attempt, { ...verdictOf(effect), quota: { readings: [], ...quota } }, driver.now);
  driver.balancer.end(attempt, driver.now);
}

describe("a rate limit of a grouped key", () => {
  test("rests all keys of the group for that model, and nobody else", () => {
    const driver = grouped();
    driver.attempt("a0", LIMITED);
    expect(usable(driver)).toEqual(["b0", "b1", "c"]);
    expect(usable(driver, "other")).toEqual(["a0", "a1", "b0", "b1", "c"]);
    driver.now += 11 * SECOND;
    expect(usable(driver)).toEqual(["a0", "a1", "b0", "b1", "c"]);
  });

  test("lets the group come back by one request at a time, whichever key takes it", () => {
    const driver = grouped();
    driver.attempt("a0", LIMITED);
    driver.now += 11 * SECOND;
    const attempt = driver.begin("a1", needOf("p"));
    expect(usable(driver)).toEqual(["b0", "b1", "c"]);
    driver.balancer.judge(attempt, OK, driver.now);
    expect(usable(driver)).toEqual(["a0", "a1", "b0", "b1", "c"]);
    driver.balancer.end(attempt, driver.now);
  });

  test("a success of one key ends the rest of all", () => {
    const driver = grouped();
    driver.attempt("a0", { kind: "rate-limited", retryAfterMs: HOUR });
    driver.attempt("a1", OK.effect);
    expect(usable(driver)).toEqual(["a0", "a1", "b0", "b1", "c"]);
  });
});

describe("credit that is used up", () => {
  test("of an organisation is that of all its keys, for every model", () => {
    const driver = grouped();
    driver.attempt("a0", { kind: "key-exhausted", retryAfterMs: MINUTE, scope: "organization" });
    expect(usable(driver)).toEqual(["b0", "b1", "c"]);
    expect(usable(driver, "other")).toEqual(["b0", "b1", "c"]);
    expect(driver.key("a1").state).toBe("ready");
    driver.now += 2 * MINUTE;
    driver.attempt("a1", OK.effect);
    expect(usable(driver)).toContain("a1");
  });

  test.each([2, 70])("is probed by one request of %d keys, and the others wait until it is decided", (count) => {
    const keys = Array.from({ length: count }, (_, i) => keySpec(`k${i}`, { quotaGroup: "g" }));
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    driver.attempt("k0", { kind: "key-exhausted", retryAfterMs: MINUTE, scope: "organization" });
    expect(driver.none()?.code).toBe("exhausted");
    driver.now += 2 * MINUTE;
    const probe = driver.balancer.begin(driver.pick(), needOf("p"), driver.now);
    const until = driver.now + 10 * SECOND;
    const waits = { kind: "wait", until: count > 64 ? expect.any(Number) : until, reason: { code: "exhausted" } };
    expect(driver.balancer.pick(needOf("p"), [], driver.now)).toMatchObject(waits as never);
    expect(explainAll(driver.balancer, needOf("p"), driver.now)[1]?.obstacles[0]?.code).toBe("probe_running");
    driver.judge(probe, OK.effect);
    expect(usable(driver).length).toBeGreaterThanOrEqual(count - 1);
    expect(driver.pick().keyId).not.toBe(probe.candidate.keyId);
  });

  test("is probed again after a probe that found out nothing", () => {
    const driver = grouped();
    driver.attempt("a0", { kind: "key-exhausted", retryAfterMs: MINUTE, scope: "organization" });
    driver.now += 2 * MINUTE;
    const probe = driver.begin("a1", needOf("p"));
    expect(driver.pick().keyId).not.toMatch(/^a/);
    driver.balancer.end(probe, driver.now);
    expect(driver.pick().keyId).toMatch(/^a/);
  });

  test("without a scope is that of the key", () => {
    const driver = grouped();
    driver.attempt("a0", { kind: "key-exhausted" });
    expect(usable(driver)).toEqual(["a1", "b0", "b1", "c"]);
  });
});

describe("groups that answers tell", () => {
  const organization = "org";

  test("keys of the same organisation are one from then on", () => {
    const driver = new Driver(
      balancerOf([
        poolSpec(
          "p",
          ["a", "b", "c"].map((id) => keySpec(id)),
        ),
      ]),
    );
    for (const id of ["a", "b"]) answer(driver, id, { organization });
    answer(driver, "c", { organization: "another" });
    driver.attempt("a", LIMITED);
    expect(usable(driver)).toEqual(["c"]);
  });

  test("a limit that names a project is that of its keys only", () => {
    const driver = new Driver(
      balancerOf([
        poolSpec(
          "p",
          ["a", "b", "c"].map((id) => keySpec(id)),
        ),
      ]),
    );
    answer(driver, "a", { organization, project: "x" });
    answer(driver, "b", { organization, project: "x" });
    answer(driver, "c", { organization, project: "y" });
    driver.attempt("a", { ...LIMITED, scope: "project" });
    expect(usable(driver)).toEqual(["c"]);
    driver.attempt("c", { ...LIMITED, scope: "organization" });
    driver.now += 10.6 * SECOND;
    driver.attempt("c", { ...LIMITED, scope: "organization" });
    expect(usable(driver)).toEqual([]);
  });

  test("what an operator says counts more", () => {
    const driver = grouped();
    for (const id of ["a0", "b0", "c"]) answer(driver, id, { organization });
    driver.attempt("a0", LIMITED);
    expect(usable(driver)).toEqual(["b0", "b1", "c"]);
  });

  test("an answer that names another owner moves the key", () => {
    const driver = new Driver(
      balancerOf([
        poolSpec(
          "p",
          ["a", "b"].map((id) => keySpec(id)),
        ),
      ]),
    );
    answer(driver, "a", { organization });
    answer(driver, "b", { organization });
    answer(driver, "a", { organization }, LIMITED);
    expect(usable(driver)).toEqual([]);
    const attempt = driver.begin("b", needOf("p"));
    const quota = { readings: [], organization: "another" };
    driver.balancer.judge(attempt, { ...verdictOf({ kind: "none" }), quota }, driver.now);
    driver.balancer.end(attempt, driver.now);
    expect(usable(driver)).toEqual(["b"]);
  });

  test("ten thousand owners of one key take no memory", () => {
    const driver = new Driver(balancerOf([poolSpec("p", [keySpec("a")])]));
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 10_000; i++) answer(driver, "a", { organization: `org-${i}` });
    Bun.gc(true);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
    expect(driver.key("a").groups).toEqual(["organization org-9999"]);
  });
});

describe("headers of a grouped key", () => {
  test("state what is left for all of them", () => {
    const driver = grouped();
    const reading = { unit: "requests", limit: 10, remaining: 1, resetMs: MINUTE, form: "fixed" } as const;
    answer(driver, "a0", { readings: [reading] });
    expect(usable(driver)).toContain("a1");
    driver.begin("a1", needOf("p"));
    expect(usable(driver)).toEqual(["b0", "b1", "c"]);
  });
});

test("a reload moves keys between groups, and keeps what rests", () => {
  const driver = grouped();
  driver.attempt("a0", { kind: "rate-limited", retryAfterMs: HOUR });
  const keys = ["a0", "a1", "b0"].map((id) => keySpec(id, { quotaGroup: id === "a1" ? "b" : id[0] }));
  driver.balancer.replacePools([poolSpec("p", keys)], SETTINGS, START);
  expect(usable(driver)).toEqual(["a1", "b0"]);
});
