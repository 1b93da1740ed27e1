// What an operator's rules do to a key.
import { describe, expect, test } from "bun:test";
import type { Effect } from "../../src/core/verdict.ts";
import { driverOf, HOUR, keySpecs, MINUTE, needFor, needOf, OK, poolSpec, SETTINGS } from "./fixtures.ts";

const COOL: Effect = { kind: "key-cooled", forMs: HOUR };
const OTHER = needFor([[{ provider: "p", model: "other" }]]);

describe("cool_key", () => {
  test("rests the key for every model, for the time of the rule", () => {
    const driver = driverOf(2);
    driver.attempt("k0", COOL);
    expect(driver.key("k0")).toMatchObject({ state: "cooling", until: driver.now + HOUR });
    expect(driver.pick().keyId).toBe("k1");
    expect(driver.pick(OTHER).keyId).toBe("k1");
    driver.now += HOUR;
    expect(driver.key("k0").state).toBe("ready");
  });

  test("never shortens a longer rest, nor is shortened by one", () => {
    const driver = driverOf(1);
    driver.attempt("k0", COOL);
    driver.attempt("k0", { kind: "key-cooled", forMs: MINUTE });
    driver.attempt("k0", { kind: "key-invalid" });
    expect(driver.key("k0").until).toBe(driver.now + HOUR);
  });

  test("is over with a success that began after it", () => {
    const driver = driverOf(1);
    const early = driver.begin("k0", needOf("p"));
    driver.attempt("k0", COOL);
    driver.judge(early, OK.effect);
    expect(driver.key("k0").state).toBe("cooling");
    driver.attempt("k0", OK.effect);
    expect(driver.key("k0").state).toBe("ready");
  });

  test("is capped like every rest", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "key-cooled", forMs: 100 * HOUR });
    expect(driver.key("k0").until).toBe(driver.now + SETTINGS.maxCooldownMs);
  });
});

describe("disable", () => {
  test("keeps the key out until an operator lets it in, and says so once", () => {
    const driver = driverOf(2);
    const running = [driver.begin("k0", needOf("p")), driver.begin("k0", needOf("p"))];
    for (const attempt of running) driver.judge(attempt, { kind: "key-disabled" });
    expect(driver.changes.map(({ to, alert }) => [to, alert])).toEqual([["disabled", true]]);
    driver.now += 1_000 * HOUR;
    driver.judge(running[0] as never, OK.effect);
    expect(driver.key("k0").state).toBe("disabled");
    driver.balancer.replacePools([poolSpec("p", keySpecs(2))], SETTINGS, driver.now);
    expect(driver.pick().keyId).toBe("k1");
    driver.balancer.setDisabled([{ provider: "p", keyId: "k0" }], false, driver.now);
    expect(driver.key("k0").state).toBe("ready");
  });

  test("is told from what an operator disabled, by every glance", () => {
    const driver = driverOf(3);
    driver.attempt("k0", { kind: "key-disabled" });
    driver.balancer.setDisabled([{ provider: "p", keyId: "k1" }], true, driver.now);
    const [pool] = driver.balancer.glance(driver.now);
    const seen = Array.from(pool?.keys ?? [], ({ id, state, isOutByRule }) => [id, state, isOutByRule]);
    expect(seen).toEqual([
      ["k0", "disabled", true],
      ["k1", "disabled", false],
      ["k2", "ready", false],
    ]);
  });
});
