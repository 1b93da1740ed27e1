// What the operations that look on answer, over every state.
import { expect } from "bun:test";
import { KEY_STATES } from "../../src/admin/key-rows.ts";
import type { ControlPorts } from "../../src/admin/ports.ts";
import { START, verdictOf } from "../balancer/fixtures.ts";
import { openLab } from "../daemon/instance-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { daemonOf } from "./daemon-scenarios.ts";
import { keyId } from "./every-state.ts";
import { FakeRecords } from "./fake-records.ts";
import { one, run, type Scenarios } from "./run-operation.ts";

/** With a stored key whose provider is not configured. */
function withStray(ports: ControlPorts): ControlPorts {
  const stray = { provider: "gone", secret: fakeSecret("stray"), added_at: "2026-01-01T00:00:00.000Z" };
  return { ...ports, keys: { ...ports.keys, list: () => [stray] } };
}

/** A key is half-open only once its rest is over. */
const AT_START = KEY_STATES.filter((state) => state !== "half_open");

export const READ_SCENARIOS = {
  health: {
    "of all": async ({ lab }) => {
      const { healthy, providers, keys } = await one("health", lab.ports, {});
      expect(healthy).toBe(false);
      const states = (providers as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`);
      expect(states).toEqual([
        "main up",
        "open open",
        "suspect suspect",
        "off off",
        "spent no_usable_key",
        "groq no_key",
        "ollama up",
      ]);
      const [main, open, suspect] = providers as Record<string, unknown>[];
      expect(main).toMatchObject({
        keys: { total: 9, ready: 5, cooling: 1, exhausted: 1, invalid: 1, disabled: 1 },
        is_default: true,
        open_models: [],
        used_24h: 9,
        failed_24h: 8,
      });
      expect(main).not.toHaveProperty("until");
      expect(open).toMatchObject({ until: expect.any(String), open_models: [{ model: "gpt-4o-mini" }] });
      expect(suspect).toMatchObject({ until: expect.any(String) });
      // Those that serve all they could are not worth a line.
      const names = (keys as { name: string }[]).map(({ name }) => name).filter((name) => !name.startsWith("many"));
      expect(names).toEqual([
        "cooling",
        "exhausted",
        "invalid",
        "disabled",
        "limited",
        "blocked",
        "scoped",
        "of-spent",
      ]);
    },
    "of one provider": async ({ lab }) => {
      const { healthy, providers, keys } = await one("health", lab.ports, { provider: "ollama" });
      expect([healthy, (providers as []).length, keys]).toEqual([true, 1, []]);
    },
    "of a provider that is not enabled, which is no illness": async ({ lab }) => {
      expect(await one("health", lab.ports, { provider: "off" })).toMatchObject({
        healthy: true,
        providers: [{ state: "off" }],
      });
    },
    "with a key store that cannot be opened": async ({ lab }) => {
      const keys = { ...lab.ports.keys, fault: "The key store cannot be opened" };
      expect(await one("health", { ...lab.ports, keys }, { provider: "ollama" })).toMatchObject({
        healthy: false,
        store_fault: "The key store cannot be opened",
      });
    },
    "of a daemon that cannot save": async ({ lab }) => {
      const asked = { provider: "ollama" };
      const saving = daemonOf({ saveFault: "no space left on the disk" });
      expect(await one("health", { ...lab.ports, daemon: saving }, asked)).toMatchObject({
        healthy: false,
        save_fault: "no space left on the disk",
      });
      const folder = daemonOf({ saveFault: "it cannot be written", folderFault: "the file system is read-only" });
      expect(await one("health", { ...lab.ports, daemon: folder }, asked)).toMatchObject({
        save_fault: "the file system is read-only",
      });
      expect(await one("health", { ...lab.ports, daemon: daemonOf() }, asked)).toMatchObject({ healthy: true });
    },
    "with request records that are lost, and that cannot be written": async ({ lab }) => {
      const records = new FakeRecords();
      records.state = { ...records.state, dropped: 2 };
      const ask = (daemon = daemonOf()) => one("health", { ...lab.ports, daemon, records }, { provider: "ollama" });
      expect(await ask()).toMatchObject({ healthy: true, records_dropped: 2 });
      records.state = { ...records.state, fault: "the disk is full" };
      expect(await ask()).toMatchObject({ healthy: false, records_fault: "the disk is full" });
      // Without a daemon nobody would write any.
      const offline = await one("health", { ...lab.ports, records }, { provider: "ollama" });
      expect(offline).toMatchObject({ healthy: true });
    },
    "of each provider alone: healthy only where nothing is wrong": async ({ lab }) => {
      const healthy = await Promise.all(
        ["main", "open", "suspect", "spent", "groq"].map(
          async (provider) => [provider, (await one("health", lab.ports, { provider })).healthy] as const,
        ),
      );
      expect(healthy.filter(([, isHealthy]) => isHealthy)).toEqual([]);
    },
    "of a provider that is up, but for one model": async () => {
      await using lab = await openLab({ config: { providers: [{ name: "openai", api_keys: [fakeSecret("k")] }] } });
      const { balancer, config } = lab.instance;
      const [provider] = config.providers;
      for (let i = 0; i < 5; i++) {
        const need = { route: [[{ provider: "openai", model: "m" }]], operation: "chat/completions", client: `c${i}` };
        const attempt = balancer.begin(
          { provider: "openai", keyId: provider?.keys[0]?.id ?? "", model: "m" },
          need,
          START,
        );
        balancer.judge(attempt, verdictOf({ kind: "server-error" }), START);
        balancer.end(attempt, START);
      }
      expect(await one("health", lab.ports, {})).toMatchObject({
        healthy: false,
        providers: [{ state: "up", open_models: [{ model: "m", until: expect.any(String) }] }],
      });
    },
    "of nothing": async () => {
      await using lab = await openLab();
      expect(await one("health", lab.ports, {})).toMatchObject({ providers: [], keys: [] });
    },
  },
  providers: {
    "of all": async ({ lab, upstream }) => {
      const { providers } = await one("providers", lab.ports, {});
      expect((providers as unknown[]).slice(3, 5)).toEqual([
        {
          name: "off",
          path: "off",
          base_url: upstream.url,
          dialect: "openai",
          enabled: false,
          is_default: false,
          keys: 1,
          test_model: "gpt-4o-mini",
        },
        {
          name: "spent",
          path: "spent",
          base_url: upstream.url,
          dialect: "openai",
          enabled: true,
          is_default: false,
          keys: 1,
        },
      ]);
    },
  },
  models: {
    "of the default form": async ({ lab }) => {
      expect(await one("models", lab.ports, {})).toEqual({
        models: [
          { id: "gpt-4o-mini", kind: "model", route: [["main/gpt-4o-mini"]] },
          { id: "gpt-4o", kind: "model", route: [["main/gpt-4o"]] },
          {
            id: "fast",
            kind: "alias",
            route: [["main/gpt-4o-mini", "open/gpt-4o"], ["suspect/gpt-4o-mini"]],
          },
        ],
        unavailable: ["open", "suspect", "spent", "groq"],
      });
    },
    "of one provider": async ({ lab }) => {
      expect(await one("models", lab.ports, { provider: "ollama" })).toMatchObject({
        models: [{ route: [["ollama/gpt-4o-mini"]] }, { id: "gpt-4o" }],
        unavailable: [],
      });
      expect(await one("models", lab.ports, { provider: "off" })).toEqual({ models: [], unavailable: [] });
    },
  },
  explain: {
    "of an alias over all providers": async ({ lab }) => {
      const { picked, keys, rule } = await one("explain", lab.ports, { request: "fast" });
      expect([rule, picked]).toMatchObject([
        "the model is a name under models",
        { name: "ready", choice: "picked", why: [] },
      ]);
      const codes = (keys as { why: { code: string }[] }[]).flatMap(({ why }) => why.map(({ code }) => code));
      expect([...new Set(codes)].toSorted()).toEqual([
        "cooling",
        "disabled",
        "exhausted",
        "invalid",
        "lower_priority",
        "model_blocked",
        "model_cooling",
        "operation_blocked",
        "provider_open",
        "provider_suspect",
      ]);
    },
    "of an alias, with what is known of its providers": async ({ lab }) => {
      const { route } = await one("explain", lab.ports, { request: "fast" });
      expect(route).toMatchObject([
        {
          strategy: "balanced",
          targets: [
            { provider: "main", model: "gpt-4o-mini", state: "up" },
            { provider: "open", model: "gpt-4o", state: "open", until: expect.any(String) },
          ],
        },
        { targets: [{ provider: "suspect", state: "suspect", until: expect.any(String) }] },
      ]);
    },
    "of a model that waits for a limit of the configuration": async () => {
      const keys = [{ name: "k", key: fakeSecret("k"), limits: { rpm: 1 } }];
      const config = { queue: { max_wait: "2m" }, providers: [{ name: "openai", api_keys: keys }] };
      await using lab = await openLab({ config });
      const need = { route: [[{ provider: "openai", model: "m" }]], operation: "chat/completions", client: "c" };
      const { balancer } = lab.instance;
      balancer.end(balancer.begin({ provider: "openai", keyId: keyId(lab, "k"), model: "m" }, need, START), START);
      const limits = [{ name: "rpm", source: "config", limit: 1, used: 1 }];
      const explained = await one("explain", lab.ports, { request: "m" });
      expect(explained).toMatchObject({
        wait: { until: expect.any(String), at_most_s: 120, waiting: 0 },
        keys: [{ choice: "skipped", why: [{ code: "limit_stated" }], limits }],
      });
      expect(explained).not.toHaveProperty("refusal");
    },
    "of a path": async ({ lab }) => {
      expect(await one("explain", lab.ports, { request: "/v1/files", method: "get" })).toMatchObject({
        method: "GET",
        operation: "files",
        picked: { tier: 0, provider: "main" },
      });
    },
    "of what is refused": async ({ lab }) => {
      expect(await one("explain", lab.ports, { request: "/spent/v1/chat/completions", model: "m" })).toMatchObject({
        refusal: { status: 429, code: "insufficient_quota", message: expect.any(String) },
        rule: "the request names its provider",
        keys: [{ choice: "skipped", why: [{ code: "exhausted", until: expect.any(String), status: 429 }] }],
      });
      expect(await one("explain", lab.ports, { request: "dead" })).toMatchObject({
        model: "dead",
        refusal: { status: 404 },
        keys: [],
      });
    },
    "of what is answered here": async ({ lab }) => {
      expect(await one("explain", lab.ports, { request: "/health" })).toEqual({
        method: "GET",
        path: "/health",
        operation: "health",
        rule: "this daemon answers it itself",
        route: [],
        keys: [],
        choices: { picked: 0, usable: 0, skipped: 0 },
        reasons: [],
      });
    },
    "of an alias, as a list that is not long": async ({ lab }) => {
      const all = await one("explain", lab.ports, { request: "fast" });
      const few = await one("explain", lab.ports, { request: "fast", limit: 3 });
      const choices = (keys: unknown) => (keys as { choice: string }[]).map(({ choice }) => choice);
      expect(choices(few.keys)).toEqual(["picked", "usable", "skipped"]);
      expect({ ...few, keys: [] }).toEqual({ ...all, keys: [] });
      expect(few.choices).toEqual({ picked: 1, usable: 1, skipped: choices(all.keys).length - 2 });
      expect((few.reasons as { code: string; keys: number }[])[0]).toEqual({ code: "invalid", keys: 41 });
    },
  },
  "keys.list": {
    "of all": async ({ lab }) => {
      const { keys, total } = await one("keys.list", withStray(lab.ports), {});
      expect([(keys as []).length, total]).toEqual([54, 54]);
      const states = new Set((keys as { state: string }[]).map(({ state }) => state));
      expect([...states].toSorted()).toEqual(AT_START.toSorted());
    },
    "by state": async ({ lab }) => {
      for (const status of AT_START) {
        const { keys } = await one("keys.list", withStray(lab.ports), { status });
        expect(new Set((keys as { state: string }[]).map(({ state }) => state))).toEqual(new Set([status]));
      }
    },
    "a piece of them, in an order that is kept while somebody scrolls": async ({ lab }) => {
      const { ports } = lab;
      const question = { provider: ["main", "off"], sort: "name" as const, descending: true, limit: 2 };
      const whole = await one("keys.list", ports, { ...question, limit: 1_000 });
      const first = await one("keys.list", ports, question);
      const next = await one("keys.list", ports, { ...question, offset: 2, order: String(first.order) });
      expect([...(first.keys as []), ...(next.keys as [])]).toEqual((whole.keys as []).slice(0, 4));
      expect([first.matched, first.order]).toEqual([(whole.keys as []).length, next.order]);
      const ids = await one("keys.list", ports, { ...question, offset: 1, limit: 3, ids_only: true });
      expect([ids.keys, ids.ids]).toEqual([[], (whole.keys as { id: string }[]).slice(1, 4).map(({ id }) => id)]);
      const beyond = await one("keys.list", ports, { ...question, offset: 9_999 });
      expect(beyond).toMatchObject({ keys: [], matched: first.matched });
    },
    "that were used, and when": async ({ lab }) => {
      await lab.chat("gpt-4o-mini");
      const { keys } = await one("keys.list", lab.ports, { sort: "last_used", descending: true, limit: 1 });
      expect(keys).toMatchObject([{ last_used: expect.any(String) }]);
    },
    "that are searched, in any case, by name, id, provider, reason and message": async ({ lab }) => {
      const search = async (text: string) =>
        (await one("keys.list", lab.ports, { search: text })).keys as Record<string, string>[];
      expect((await search("PATTERN")).map(({ name }) => name)).toEqual(["patterned"]);
      const [{ id = "" } = {}] = await search("patterned");
      expect((await search(id.toUpperCase())).map(({ name }) => name)).toEqual(["patterned"]);
      expect((await search("ollama")).map(({ name }) => name)).toEqual(["anonymous"]);
      expect((await search("Invalid_API")).length).toBeGreaterThan(1);
      expect((await search("what the provider said")).length).toBeGreaterThan(1);
      expect(await search("nowhere")).toEqual([]);
    },
    "with a key store that cannot be opened": async ({ lab }) => {
      const keys = { ...lab.ports.keys, fault: "The key store cannot be opened" };
      expect(await one("keys.list", { ...lab.ports, keys }, { provider: "off" })).toMatchObject({
        store_fault: "The key store cannot be opened",
        keys: [{ state: "ready" }],
      });
    },
  },
  "daemon.log": {
    "of what was written": async ({ lab }) => {
      await lab.chat("gpt-4o-mini");
      await lab.log();
      const answers = await run("daemon.log", lab.ports, { last: 1 });
      expect(answers.map(({ line }) => JSON.parse(String(line)).msg)).toEqual(["Request served"]);
    },
  },
} as const satisfies Readonly<Record<string, Scenarios>>;
