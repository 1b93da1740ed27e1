// Health of providers and their models: breakers, suspicion, unknown models, retry budget.
import { describe, expect, test } from "bun:test";
import type { Attempt } from "../../src/balancer/contract.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { driverOf, MINUTE, needFor, needOf, SECOND, START, tried } from "./fixtures.ts";

const UNREACHABLE: Effect = { kind: "unreachable" };
const SERVED: Effect = { kind: "success", complete: true, latencyMs: 1 };
const COMMITTED: Effect = { kind: "success", complete: false, latencyMs: 1 };

/** A vote of a client of its own. */
function vote(driver: ReturnType<typeof driverOf>, effect: Effect = UNREACHABLE, client = `client-${driver.now}`) {
  return driver.attempt("k0", effect, needOf("p", { client }));
}

function votes(driver: ReturnType<typeof driverOf>, count: number, effect?: Effect) {
  for (let i = 0; i < count; i++) vote(driver, effect, `client-${i}`);
}

describe("breaker", () => {
  test("five votes in a row open a provider for 5 s, and the log hears of it once", () => {
    const driver = driverOf(1);
    votes(driver, 4);
    expect(driver.pool().state).toBe("up");
    expect(vote(driver)).toMatchObject([
      { level: "provider", from: "up", to: "open", until: START + 5 * SECOND, alert: true },
    ]);
    expect(driver.pool()).toMatchObject({ state: "open", until: START + 5 * SECOND });
    votes(driver, 20);
    expect(driver.changes).toHaveLength(1);
    driver.now += 5 * SECOND;
    expect(driver.pool()).toMatchObject({ state: "half_open", until: undefined });
  });

  test.each<[string, Effect]>([
    ["server-error", { kind: "server-error" }],
    ["overloaded", { kind: "overloaded" }],
    ["stream-broken", { kind: "stream-broken" }],
  ])("five votes of %s open the model, not its provider", (_name, effect) => {
    const driver = driverOf(1);
    votes(driver, 5, effect);
    expect(driver.pool()).toMatchObject({ state: "up", openModels: [{ model: "known", until: START + 5 * SECOND }] });
    expect(driver.changes).toMatchObject([{ level: "provider-model", model: "known", to: "open" }]);
  });

  test("two open models open their provider", () => {
    const driver = driverOf(1);
    votes(driver, 5, { kind: "server-error" });
    const other = (client: string) => needFor([[{ provider: "p", model: "other" }]], { client });
    for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "server-error" }, other(`client-${i}`));
    expect(driver.pool()).toMatchObject({ state: "open", until: START + 5 * SECOND });
    driver.now += SECOND;
    const third = (client: string) => needFor([[{ provider: "p", model: "third" }]], { client });
    for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "server-error" }, third(`client-${i}`));
    expect(driver.pool().until).toBe(START + 5 * SECOND);
  });

  test("it opens twice as long each time, up to 5 min, until a complete answer", () => {
    const driver = driverOf(1);
    for (const seconds of [5, 10, 20, 40, 80, 160, 300, 300]) {
      votes(driver, 5);
      expect(driver.pool().until).toBe(driver.now + seconds * SECOND);
      driver.now += seconds * SECOND;
    }
    expect(vote(driver, SERVED)).toMatchObject([{ level: "provider", to: "up" }]);
    votes(driver, 5);
    expect(driver.pool().until).toBe(driver.now + 5 * SECOND);
  });

  test("attempts that were in flight at the opening do not open it again", () => {
    const driver = driverOf(1);
    const begin = (_: unknown, i: number) => driver.begin("k0", needOf("p", { client: `client-${i}` }));
    const attempts = Array.from({ length: 15 }, begin);
    for (const attempt of attempts.splice(0, 5)) driver.judge(attempt, UNREACHABLE);
    driver.now += 5 * SECOND;
    for (const attempt of attempts) driver.judge(attempt, UNREACHABLE);
    expect(driver.pool().state).toBe("half_open");
  });

  test("votes older than 60 s do not count", () => {
    const driver = driverOf(1);
    votes(driver, 4);
    driver.now += MINUTE;
    vote(driver);
    expect(driver.pool().state).toBe("up");
  });

  test("a complete answer ends the row, a committed stream does not", () => {
    const driver = driverOf(2);
    votes(driver, 4);
    driver.attempt("k1", COMMITTED, needOf("p", { client: "x" }));
    vote(driver);
    expect(driver.pool().state).toBe("open");
    const fresh = driverOf(2);
    votes(fresh, 4);
    fresh.attempt("k1", SERVED);
    votes(fresh, 4);
    expect(fresh.pool().state).toBe("up");
  });

  test("a complete answer of an attempt after the opening closes it, of one before does not", () => {
    const driver = driverOf(2);
    const early = driver.begin("k1", needOf("p"));
    votes(driver, 5);
    driver.judge(early, SERVED);
    expect(driver.pool().state).toBe("open");
    expect(driver.attempt("k1", SERVED)).toMatchObject([{ level: "provider", from: "open", to: "up" }]);
  });

  test("one client request votes once on a scope", () => {
    const driver = driverOf(5);
    const need = needOf("p");
    for (let i = 0; i < 5; i++) driver.attempt(`k${i}`, UNREACHABLE, need);
    for (let i = 0; i < 3; i++) driver.attempt("k0", UNREACHABLE, needOf("p"));
    expect(driver.pool().state).toBe("up");
    driver.attempt("k0", UNREACHABLE, needOf("p"));
    expect(driver.pool().state).toBe("open");
  });

  test("one client alone opens nothing while another one was answered within 60 s", () => {
    const driver = driverOf(1);
    vote(driver, SERVED, "good");
    for (let i = 0; i < 20; i++) vote(driver, { kind: "server-error" }, "bad");
    expect(driver.pool().openModels).toEqual([]);
    vote(driver, { kind: "server-error" }, "other");
    expect(driver.pool().openModels).toHaveLength(1);
  });

  test("one client alone opens a scope that answers nobody", () => {
    const driver = driverOf(1);
    vote(driver, SERVED, "good");
    driver.now += MINUTE;
    for (let i = 0; i < 5; i++) vote(driver, UNREACHABLE, "only");
    expect(driver.pool().state).toBe("open");
  });

  test("the Retry-After of an overloaded provider lets others go first until then, at most 5 min", () => {
    const driver = driverOf(1);
    vote(driver, { kind: "overloaded", retryAfterMs: 20 * SECOND });
    expect(driver.pool().openModels).toMatchObject([
      { model: "known", state: "open", until: START + 20 * SECOND, since: START, reason: "overloaded_error" },
    ]);
    expect(driver.pick().keyId).toBe("k0");
    vote(driver, { kind: "overloaded", retryAfterMs: 24 * 60 * MINUTE });
    expect(driver.pool().openModels).toMatchObject([{ model: "known", state: "open", until: START + 5 * MINUTE }]);
  });
});

test("a model that only asked to wait does not make another one's outage that of the provider", () => {
  const driver = driverOf(1);
  driver.attempt("k0", { kind: "overloaded", retryAfterMs: MINUTE });
  const other = (client: string) => needFor([[{ provider: "p", model: "other" }]], { client });
  for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "server-error" }, other(`client-${i}`));
  expect(driver.pool().openModels.map(({ model }) => model)).toEqual(["known", "other"]);
  expect(driver.pool().state).toBe("up");
});

test.each<Effect>([{ kind: "server-error" }, UNREACHABLE])(
  "one of 50 that fails at once opens nothing, though all others take half a minute: %p",
  (effect) => {
    const driver = driverOf(4);
    const running: Attempt[] = [];
    for (let i = 0; i < 2_000; i++) {
      driver.now += 100;
      const over = running[0];
      if (over !== undefined && over.startedAt + 30 * SECOND <= driver.now) {
        driver.judge(over, SERVED);
        driver.balancer.end(over, driver.now);
        running.shift();
      }
      const need = needOf("p", { client: `client-${i}` });
      const attempt = driver.balancer.begin(driver.pick(need), need, driver.now);
      if (i % 50 > 0) running.push(attempt);
      else {
        driver.judge(attempt, effect);
        driver.balancer.end(attempt, driver.now);
      }
    }
    expect(driver.changes).toEqual([]);
  },
);

describe("a model that nobody knows", () => {
  const typo = () => needFor([[{ provider: "p", model: "typo" }]]);
  const missing = (keyId: string) => tried("p", keyId, { kind: "model-missing" }, "typo");

  test("costs two keys, then one for 60 s, and touches none", () => {
    const driver = driverOf(5);
    const need = typo();
    driver.attempt("k0", { kind: "model-missing" }, need);
    expect(driver.balancer.pick(need, [missing("k0")], driver.now).kind).toBe("candidate");
    driver.attempt("k1", { kind: "model-missing" }, need);
    expect(driver.none(need, [missing("k0"), missing("k1")])).toEqual({ code: "all-tried" });
    expect(driver.none(typo(), [missing("k2")])).toEqual({ code: "all-tried" });
    expect(driver.pool().keys.flatMap((key) => key.parts)).toEqual([]);
    driver.now += MINUTE;
    expect(driver.none(typo(), [missing("k2")])).toBeUndefined();
  });

  test("goes on with the next provider of the route", () => {
    const driver = driverOf(3);
    const route = [[{ provider: "p", model: "typo" }], [{ provider: "p", model: "known" }]];
    expect(driver.pick(needFor(route), [missing("k0"), missing("k1")]).model).toBe("known");
  });

  test("further requests take the keys in turn", () => {
    const driver = driverOf(5);
    const picked = Array.from({ length: 5 }, () => {
      const need = typo();
      const { keyId } = driver.pick(need);
      driver.attempt(keyId, { kind: "model-missing" }, need);
      return keyId;
    });
    expect(new Set(picked).size).toBe(5);
  });

  test("becomes known with its first success", () => {
    const driver = driverOf(3);
    const need = typo();
    driver.attempt("k0", { kind: "model-missing" }, need);
    driver.attempt("k1", { kind: "model-missing" }, need);
    driver.attempt("k2", SERVED, typo());
    expect(driver.none(typo(), [missing("k0")])).toBeUndefined();
    driver.attempt("k0", { kind: "model-missing" }, typo());
    expect(driver.key("k0").parts).toMatchObject([{ model: "typo", state: "blocked" }]);
  });

  test("an empty name is not the absence of a model", () => {
    const driver = driverOf(1);
    driver.attempt("k0", SERVED, needFor([[{ provider: "p", model: undefined }]]));
    driver.attempt("k0", { kind: "model-missing" }, needFor([[{ provider: "p", model: "" }]]));
    expect(driver.key("k0").parts).toEqual([]);
  });
});

describe("takeRetry", () => {
  const failed = { provider: "p", keyId: "k0", model: "known" };
  const grants = (driver: ReturnType<typeof driverOf>, count: number) =>
    Array.from({ length: count }, () => driver.balancer.takeRetry(failed, driver.now));
  const paid = (driver: ReturnType<typeof driverOf>, count: number) =>
    grants(driver, count).filter((grant) => grant === "paid").length;

  test("ten retries in 60 s are always allowed", () => {
    const driver = driverOf(1);
    expect(grants(driver, 12)).toEqual([...Array(10).fill("paid"), "denied", "denied"]);
    // What is counted leaves by whole seconds.
    driver.now += MINUTE + SECOND;
    expect(grants(driver, 1)).toEqual(["paid"]);
  });

  test("a fifth of the first attempts in the last 60 s may be retried", () => {
    const driver = driverOf(1);
    for (let i = 0; i < 100; i++) driver.attempt("k0", SERVED, needOf("p"));
    expect(paid(driver, 50)).toBe(20);
    driver.now += MINUTE + SECOND;
    expect(paid(driver, 50)).toBe(10);
  });

  test("further attempts of one request are no first attempts", () => {
    const driver = driverOf(1);
    const need = needOf("p");
    for (let i = 0; i < 100; i++) driver.attempt("k0", SERVED, need);
    expect(paid(driver, 50)).toBe(10);
  });

  test("it is free while another key succeeds with the model, and not because of the failed key's own success", () => {
    const driver = driverOf(2);
    driver.attempt("k0", SERVED, needOf("p"));
    expect(grants(driver, 1)).toEqual(["paid"]);
    driver.attempt("k1", SERVED, needOf("p"));
    expect(grants(driver, 20)).toEqual(Array(20).fill("free"));
    driver.now += 10_000;
    expect(grants(driver, 10)).toEqual([...Array(9).fill("paid"), "denied"]);
  });

  test("an unknown provider has no budget", () => {
    expect(driverOf(1).balancer.takeRetry({ ...failed, provider: "nobody" }, START)).toBe("denied");
  });
});
