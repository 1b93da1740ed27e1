// Keys as operators see them: every state with its times, where they come from, and never a secret.
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { isoTime } from "../../src/admin/iso-time.ts";
import { keyRow, keyRows } from "../../src/admin/key-rows.ts";
import type { Config } from "../../src/config/config.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { poolSpecs } from "../../src/daemon/pool-specs.ts";
import { balancerOf, Driver, HOUR, MINUTE, START } from "../balancer/fixtures.ts";
import { loadValid } from "../config/load.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { configOf } from "./key-lists.ts";

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

function rowAfter(effects: readonly Effect[], operation?: string) {
  const driver = driverOf(CONFIG);
  const need = {
    route: [[{ provider: "p", model: "known" }]],
    operation: operation ?? "chat/completions",
    client: "c",
  };
  for (const effect of effects) driver.attempt(ID, effect, need);
  const [row] = keyRows(CONFIG, driver.balancer.report(driver.now));
  return strict.parse(row);
}

test("keyRows tells what is configured", () => {
  const [one, two, three] = keyRows(CONFIG, []);
  expect(one).toEqual({
    id: ID,
    name: "one",
    masked: "fake...".concat(SECRETS[0]?.slice(-4) ?? ""),
    provider: "p",
    source: "config.yaml:1:73",
    state: "ready",
    parts: [],
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
  ])("%s", (_what, effects, expected) => {
    expect(rowAfter(effects)).toMatchObject(expected);
  });

  test("disabled, since when and by whom", () => {
    const driver = driverOf(CONFIG);
    driver.balancer.setDisabled([{ provider: "p", keyId: ID }], true, START);
    const [row] = keyRows(CONFIG, driver.balancer.report(START));
    expect(strict.parse(row)).toMatchObject({ state: "disabled", since: isoTime(START), reason: "operator" });
    expect(row).not.toHaveProperty("until");
  });

  test("with what is in flight", () => {
    const driver = driverOf(CONFIG);
    const attempt = driver.begin(ID, { route: [[{ provider: "p", model: "known" }]], operation: "x", client: "c" });
    expect(keyRows(CONFIG, driver.balancer.report(START))[0]?.in_flight).toBe(1);
    driver.balancer.end(attempt, START);
  });
});

test("keyRows of one provider has only its keys", () => {
  const config = configOf([
    { name: "openai", api_keys: [SECRETS[0]] },
    { name: "groq", api_keys: [SECRETS[1]], enabled: false },
  ]);
  expect(keyRows(config, [], "groq").map(({ provider, state }) => [provider, state])).toEqual([["groq", "ready"]]);
  expect(keyRows(config, []).map(({ provider }) => provider)).toEqual(["openai", "groq"]);
});

test("keyRows says where each key comes from", () => {
  const stored = { provider: "openai", secret: fakeSecret("stored"), added_at: isoTime(START) };
  const files = { "/work/keys": `${fakeSecret("in a file")}\n` };
  const { config } = loadValid({
    yaml: `providers:\n  - name: openai\n    api_keys: ["\${MY_KEY}"]\n    keys_file: keys\n  - name: groq\n  - name: ollama\n`,
    env: { MY_KEY: fakeSecret("mine"), GROQ_API_KEY: fakeSecret("groq") },
    files,
    stored: { keys: [stored], isComplete: true },
  });
  expect(keyRows(config, []).map(({ provider, source }) => `${provider}: ${source}`)).toEqual([
    "openai: config.yaml:3:16",
    "openai: keys",
    "openai: key store",
    "groq: GROQ_API_KEY",
    "ollama: default",
  ]);
});

test("keyRows shows no secret", () => {
  expect(leakIn(JSON.stringify(keyRows(CONFIG, [])))).toBeUndefined();
});
