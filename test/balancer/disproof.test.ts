// What a success disproves, what one event is, and what a change tells.
import { describe, expect, test } from "bun:test";
import { driverOf, MINUTE, needFor, needOf, SECOND, START } from "./fixtures.ts";

describe("judge: what a success disproves", () => {
  test("an attempt that began before the penalty clears nothing", () => {
    const driver = driverOf(2);
    const early = driver.begin("k0", needOf("p"));
    driver.attempt("k0", { kind: "key-invalid" });
    driver.attempt("k1", { kind: "rate-limited", retryAfterMs: MINUTE });
    expect(driver.judge(early, { kind: "success", complete: true, latencyMs: 1 })).toEqual([]);
    expect(driver.key("k0").state).toBe("invalid");
  });

  test("an attempt that began after the penalty clears the key and that model", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "key-invalid" });
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: MINUTE });
    const other = needFor([[{ provider: "p", model: "other" }]]);
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: MINUTE }, other);
    const changes = driver.attempt("k0", { kind: "success", complete: false, latencyMs: 1 });
    expect(changes.map(({ level, from, to }) => [level, from, to])).toEqual([
      ["key", "invalid", "ready"],
      ["key-model", "cooling", "ready"],
    ]);
    expect(driver.key("k0")).toMatchObject({ state: "ready", parts: [{ model: "other" }] });
  });

  test("twenty requests in flight on a key when it dies are one event", () => {
    const driver = driverOf(2);
    const attempts = Array.from({ length: 20 }, () => driver.begin("k0", needOf("p")));
    const changes = attempts.flatMap((attempt) => driver.judge(attempt, { kind: "key-invalid" }));
    expect(changes).toHaveLength(1);
    expect(driver.key("k0").until).toBe(START + 10 * MINUTE);
    driver.now += 10 * MINUTE;
    driver.attempt("k0", { kind: "key-invalid" });
    expect(driver.key("k0").until).toBe(driver.now + 20 * MINUTE);
  });

  test("twenty refusals in flight rest a key once, at max_failures", () => {
    const driver = driverOf(2);
    const attempts = Array.from({ length: 20 }, () => driver.begin("k0", needOf("p")));
    const changes = attempts.flatMap((attempt) => driver.judge(attempt, { kind: "key-refused" }));
    expect(changes).toHaveLength(1);
    expect(driver.key("k0").failures).toBe(3);
  });

  test("twenty rate limits in flight take one step of back-off", () => {
    const driver = driverOf(1);
    const attempts = Array.from({ length: 20 }, () => driver.begin("k0", needOf("p")));
    for (const attempt of attempts) driver.judge(attempt, { kind: "rate-limited" });
    expect(driver.key("k0").parts[0]?.until).toBe(START + SECOND);
    driver.now += SECOND;
    driver.attempt("k0", { kind: "rate-limited" });
    expect(driver.key("k0").parts[0]?.until).toBe(driver.now + 2 * SECOND);
  });
});

describe("judge: changes", () => {
  test("a change carries status, reason and message of the verdict, and no field that does not apply", () => {
    const driver = driverOf(1);
    const [change] = driver.attempt("k0", { kind: "key-invalid" });
    expect(change).toEqual({
      at: START,
      level: "key",
      provider: "p",
      keyId: "k0",
      keyName: "name-k0",
      from: "ready",
      to: "invalid",
      until: START + 10 * MINUTE,
      reason: "invalid_api_key",
      status: 401,
      alert: true,
    });
  });

  test("a refused region alerts once, until an answer or ten minutes", () => {
    const driver = driverOf(1);
    expect(driver.attempt("k0", { kind: "region-refused" })).toMatchObject([{ level: "provider", alert: true }]);
    expect(driver.attempt("k0", { kind: "region-refused" })).toEqual([]);
    driver.now += 10 * MINUTE;
    expect(driver.attempt("k0", { kind: "region-refused" })).toHaveLength(1);
    driver.attempt("k0", { kind: "success", complete: true, latencyMs: 1 });
    expect(driver.attempt("k0", { kind: "region-refused" })).toHaveLength(1);
  });
});
