// Every operation of the table, over realistic states: what it answers is exactly what its schema says.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { type InputOf, OPERATIONS, type OperationName } from "../../src/admin/operation-table.ts";
import { type Lab, openLab } from "../daemon/instance-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { CHAT_SCENARIOS } from "./chat-scenarios.ts";
import { CONFIG_SCENARIOS } from "./config-scenarios.ts";
import { DAEMON_SCENARIOS } from "./daemon-scenarios.ts";
import { everyState } from "./every-state.ts";
import { JOBS_SCENARIOS } from "./jobs-scenarios.ts";
import { KEYS_SCENARIOS } from "./keys-scenarios.ts";
import { LIVE_SCENARIOS } from "./live-scenarios.ts";
import { OVERVIEW_SCENARIOS } from "./overview-scenarios.ts";
import { PROXIES_SCENARIOS } from "./proxies-scenarios.ts";
import { READ_SCENARIOS } from "./read-scenarios.ts";
import { RECORDS_SCENARIOS } from "./records-scenarios.ts";
import { one, run, type Scenarios } from "./run-operation.ts";
import { SESSIONS_SCENARIOS } from "./sessions-scenarios.ts";
import { TOKENS_SCENARIOS } from "./tokens-scenarios.ts";
import { WEBHOOKS_SCENARIOS } from "./webhooks-scenarios.ts";

/** Each operation has at least one. */
const SCENARIOS: Readonly<Record<OperationName, Scenarios>> = {
  ...READ_SCENARIOS,
  ...OVERVIEW_SCENARIOS,
  ...KEYS_SCENARIOS,
  ...TOKENS_SCENARIOS,
  ...SESSIONS_SCENARIOS,
  ...DAEMON_SCENARIOS,
  ...CONFIG_SCENARIOS,
  ...PROXIES_SCENARIOS,
  ...RECORDS_SCENARIOS,
  ...JOBS_SCENARIOS,
  ...WEBHOOKS_SCENARIOS,
  ...CHAT_SCENARIOS,
  ...LIVE_SCENARIOS,
};

test("every operation has a scenario", () => {
  expect(Object.keys(SCENARIOS).toSorted()).toEqual([...OPERATIONS.keys()].toSorted());
  expect(Object.values(SCENARIOS).every((scenarios) => Object.keys(scenarios).length > 0)).toBe(true);
});

test("every operation and each field of its input is described, in a sentence", () => {
  for (const { name, summary, input } of OPERATIONS.values()) {
    expect(summary).toMatch(/^[A-Z].*[^.]\.$/);
    const fields = Object.entries(input.shape).map(([field, schema]) => [
      field,
      (schema as z.ZodType).description ?? "",
    ]);
    expect([name, fields.filter(([, description = ""]) => !/^[A-Z`].*\.$/.test(description))]).toEqual([name, []]);
  }
});

describe.each(Object.entries(SCENARIOS))("%s", (_name, scenarios) => {
  test.each(Object.entries(scenarios))("%s", async (_what, scenario) => {
    await using state = await everyState();
    await scenario(state);
  });
});

describe("in an empty folder, without any configuration", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.each<[OperationName, object]>([
    ["health", {}],
    ["providers", {}],
    ["models", {}],
    ["explain", { request: "gpt-4o" }],
    ["explain", { request: "/v1/models" }],
    ["keys.list", {}],
    ["keys.remove", { status: "ready" }],
    ["keys.enable", { status: "ready" }],
    ["keys.disable", { status: "ready" }],
    ["keys.reset", { status: "ready" }],
    ["keys.export", {}],
    ["tokens.list", {}],
    ["sessions.list", {}],
    ["sessions.revoke", { all: true }],
    ["test", {}],
    ["test", { all_keys: true }],
  ])("%s answers %j", async (name, input) => {
    await run(name, lab.ports, input as InputOf<typeof name>);
  });
});

describe("operations that need a daemon", () => {
  test.each(["status", "reload", "stop", "open"] as const)("%s without one is a bug of ours", async (name) => {
    await using lab = await openLab();
    await expect(run(name, lab.ports, {})).rejects.toThrow("Cannot do this without a running daemon");
  });
});

test("keys.export gives out keys whose provider is not configured any more", async () => {
  await using lab = await openLab({ config: { providers: [{ name: "groq" }, { name: "openai" }] } });
  await one("keys.add", lab.ports, { keys: [{ key: fakeSecret("left") }], provider: "groq" });
  await using next = await lab.restart({ config: { providers: [{ name: "openai" }] } });
  const left = [{ provider: "groq", key: fakeSecret("left") }];
  expect(await one("keys.export", next.ports, { provider: "groq" })).toEqual({ keys: left });
  expect(await one("keys.export", next.ports, { provider: "openai" })).toEqual({ keys: [] });
  await expect(run("keys.export", next.ports, { provider: "grok" })).rejects.toThrow("There is no provider grok");
});

test("keys.export tells why the store gives nothing, rather than an empty list", async () => {
  const prepare = (folder: string) => writeFileSync(join(folder, "keys.json"), '{"version":1,"master_key":"x"}');
  await using lab = await openLab({ prepare });
  await expect(run("keys.export", lab.ports, {})).rejects.toThrow("cannot be opened");
});
