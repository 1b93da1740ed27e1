// Keys as operators see them: every state with its times, where they come from, and never a secret.
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { isoTime } from "../../src/admin/iso-time.ts";
import { type KeyRow, keyRow, keyRows } from "../../src/admin/key-rows.ts";
import { eachKnownKey, type KnownKey } from "../../src/admin/known-keys.ts";
import type { Config } from "../../src/config/config.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { poolSpecs } from "../../src/daemon/pool-specs.ts";
import { balancerOf, Driver, HOUR, MINUTE, START } from "../balancer/fixtures.ts";
import { loadValid } from "../config/load.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { configOf, type ListPorts, portsOf } from "./key-lists.ts";

const SECRETS = ["a", "b", "c"].map((name) => fakeSecret(name));
const CONFIG = configOf([
  {
    name: "p",
    base_url: "https://p.example/v1",
    api_keys: [
      { name: "one", key: SECRETS[0], weight: 2.5, priority: -1, models: ["known", "gpt-*"] },
      { name: "two", key: SECRETS[1] },
      SECRETS[2],
    ],
  },
]);
const [ID = ""] = CONFIG.providers[0]?.keys.map(({ id }) => id) ?? [];
const strict = z.strictObject(keyRow.shape);

function driverOf(config: Config): Driver {
  return new Driver(balancerOf(poolSpecs(config, () => true)));
}

function rowsOf(ports: ListPorts, isMeant?: (known: KnownKey) => boolean): Promise<KeyRow[]> {
  return keyRows(eachKnownKey(ports), ports, isMeant);
}

function rowsNow({ balancer, now }: Driver): Promise<KeyRow[]> {
  return rowsOf({ ...portsOf(CONFIG), key: (place) => balancer.reportKey(place, now) });
}

async function rowAfter(effects: readonly Effect[], operation?: string) {
  const driver = driverOf(CONFIG);
  const need = {
    route: [[{ provider: "p", model: "known" }]],
    operation: operation ?? "chat/completions",
    client: "c",
  };
  for (const effect of effects) driver.attempt(ID, effect, need);
  const [row] = await rowsNow(driver);
  return strict.parse(row);
}

test("keyRows tells what is configured", async () => {
  const [one, two, three] = await rowsOf(portsOf(CONFIG));
  expect(one).toEqual({
    id: ID,
    name: "one",
    masked: "fake...".concat(SECRETS[0]?.slice(-4) ?? ""),
    provider: "p",
    source: "config.yaml:1:73",
    state: "ready",
    parts: [],
    limits: [],
    groups: [],
    in_flight: 0,
    failures: 0,
    used_24h: 0,
    failed_24h: 0,
    weight: 2.5,
    priority: -1,
    models: ["known", "gpt-*"],
  });
  expect(two).not.toHaveProperty("models");
  expect(three?.name).toBe(three?.masked ?? "");
});

describe("keyRows tells the state", () => {
  test.each<[string, readonly Effect[], object]>([
    [
      "ready after a success",
      [{ kind: "success", complete: true, latencyMs: 5 }],
      { state: "ready", used_24h: 1, failed_24h: 0 },
    ],
    [
      "invalid",
      [{ kind: "key-invalid" }],
      { state: "invalid", status: 401, reason: "invalid_api_key", until: isoTime(START + 10 * MINUTE), failed_24h: 1 },
    ],
    ["exhausted", [{ kind: "key-exhausted" }], { state: "exhausted", status: 429, until: isoTime(START + HOUR) }],
    [
      "exhausted for as long as was stated",
      [{ kind: "key-exhausted", retryAfterMs: 2 * HOUR }],
      { state: "exhausted", since: isoTime(START) },
    ],
    [
      "cooling after failures in a row",
      [{ kind: "key-refused" }, { kind: "key-refused" }, { kind: "key-refused" }],
      { state: "cooling", failures: 3 },
    ],
    [
      "ready with a model that rests",
      [{ kind: "rate-limited", retryAfterMs: 30_000 }],
      { state: "ready", parts: [{ model: "known", state: "cooling", reason: "rate_limit_exceeded", status: 429 }] },
    ],
    [
      "ready with a model that is blocked",
      [{ kind: "model-missing" }],
      { parts: [{ model: "known", state: "blocked" }] },
    ],
    [
      "ready with an operation that is blocked",
      [{ kind: "operation-blocked" }],
      { parts: [{ operation: "chat/completions", state: "blocked", status: 403 }] },
    ],
  ])("%s", async (_what, effects, expected) => {
    expect(await rowAfter(effects)).toMatchObject(expected);
  });

  test("disabled, since when and by whom", async () => {
    const driver = driverOf(CONFIG);
    driver.balancer.setDisabled([{ provider: "p", keyId: ID }], true, START);
    const [row] = await rowsNow(driver);
    expect(strict.parse(row)).toMatchObject({ state: "disabled", since: isoTime(START), reason: "operator" });
    expect(row).not.toHaveProperty("until");
  });

  test("with what is in flight", async () => {
    const driver = driverOf(CONFIG);
    const attempt = driver.begin(ID, { route: [[{ provider: "p", model: "known" }]], operation: "x", client: "c" });
    expect((await rowsNow(driver))[0]?.in_flight).toBe(1);
    driver.balancer.end(attempt, START);
  });
});

describe("keyRows tells of limits and quota groups", () => {
  const config = configOf([
    {
      name: "p",
      base_url: "https://p.example/v1",
      api_keys: [
        { name: "one", key: SECRETS[0], limits: { rpm: 60, concurrency: 3 }, quota_group: "org-2" },
        { name: "two", key: SECRETS[1], quota_group: "org-2" },
      ],
    },
  ]);
  const [one = "", two = ""] = config.providers[0]?.keys.map(({ id }) => id) ?? [];

  async function rowsAfter(drive: (driver: Driver) => void) {
    const driver = driverOf(config);
    drive(driver);
    const { balancer, now } = driver;
    const rows = await rowsOf({ ...portsOf(config), key: (place) => balancer.reportKey(place, now) });
    return rows.map((row) => strict.parse(row));
  }

  test("stated ones with what is used of them, and the groups of a key", async () => {
    const [first, second] = await rowsAfter((driver) => {
      driver.begin(one, { route: [[{ provider: "p", model: "known" }]], operation: "x", client: "c" });
    });
    expect(first?.limits).toEqual([
      { name: "rpm", source: "config", limit: 60, used: 1 },
      { name: "concurrency", source: "config", limit: 3, used: 1 },
    ]);
    expect([first?.groups, second?.groups, second?.limits]).toEqual([["org-2"], ["org-2"], []]);
  });

  test("what rests for a group, at each of its keys", async () => {
    const rows = await rowsAfter((driver) => {
      driver.attempt(two, { kind: "rate-limited", retryAfterMs: 30_000 });
    });
    const part = { group: "org-2", model: "known", state: "cooling", reason: "rate_limit_exceeded" };
    expect(rows.map(({ state, parts }) => [state, parts])).toMatchObject([
      ["ready", [part]],
      ["ready", [part]],
    ]);
  });

  test("a learnt one with its window, in whole numbers", async () => {
    const report = driverOf(config).balancer.reportKey({ provider: "p", keyId: one }, START);
    const learnt = { model: "m", group: "org-2", name: "learnt", source: "refusals" } as const;
    const limits = [{ ...learnt, limit: 20.7, used: 11.6, windowMs: 6_500 }];
    const [row] = await rowsOf({ ...portsOf(config), key: () => report && { ...report, limits } });
    expect(strict.parse(row).limits).toEqual([{ ...learnt, limit: 20, used: 12, window_s: 6.5 }]);
  });
});

test("keyRows tells of a key that its next request is a probe", async () => {
  const driver = driverOf(CONFIG);
  driver.attempt(ID, { kind: "key-invalid" });
  driver.now += 10 * MINUTE;
  const [row] = await rowsNow(driver);
  expect(strict.parse(row)).toMatchObject({
    state: "half_open",
    until: isoTime(START + 10 * MINUTE),
    reason: "invalid_api_key",
  });
});

test("keyRows tells of keys that serve nothing as well", async () => {
  const config = configOf([
    { name: "openai", api_keys: [SECRETS[0]] },
    { name: "groq", api_keys: [SECRETS[1]], enabled: false },
  ]);
  const stray = { provider: "gone", secret: fakeSecret("stray"), added_at: isoTime(START) };
  const rows = await rowsOf(portsOf(config, {}, [stray]));
  expect(rows.map(({ provider, state, source }) => [provider, state, source])).toEqual([
    ["openai", "ready", "config.yaml:1:44"],
    ["groq", "ready", "config.yaml:1:98"],
    ["gone", "unused", "key store"],
  ]);
  expect(rows[2]).not.toHaveProperty("since");
});

test("keyRows makes rows in slices, all of them in their order, and keeps only those that are meant", async () => {
  const secrets = Array.from({ length: 600 }, (_, index) => fakeSecret(`many-${index}`));
  const ports = portsOf(configOf([{ name: "openai", api_keys: secrets }]));
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const rows = await rowsOf(ports);
  isDone = true;
  expect(turns).toBeGreaterThanOrEqual(2);
  expect(rows.map(({ id }) => id)).toEqual(Array.from(eachKnownKey(ports), ({ key }) => key.id));
  const [, , third] = rows;
  expect(await rowsOf(ports, ({ key }) => key.id === third?.id)).toEqual(third === undefined ? [] : [third]);
});

test("keyRows says where each key comes from", async () => {
  const stored = { provider: "openai", secret: fakeSecret("stored"), added_at: isoTime(START) };
  const files = { "/work/keys": `${fakeSecret("in a file")}\n` };
  const { config } = loadValid({
    yaml: `providers:\n  - name: openai\n    api_keys: ["\${MY_KEY}"]\n    keys_file: keys\n  - name: groq\n  - name: ollama\n`,
    env: { MY_KEY: fakeSecret("mine"), GROQ_API_KEY: fakeSecret("groq") },
    files,
    stored: { keys: [stored], isComplete: true },
  });
  expect((await rowsOf(portsOf(config))).map(({ provider, source }) => `${provider}: ${source}`)).toEqual([
    "openai: config.yaml:3:16",
    "openai: keys",
    "openai: key store",
    "groq: GROQ_API_KEY",
    "ollama: default",
  ]);
});

test("keyRows shows no secret", async () => {
  expect(leakIn(JSON.stringify(await rowsOf(portsOf(CONFIG))))).toBeUndefined();
});
