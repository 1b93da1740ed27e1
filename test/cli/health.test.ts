// `health` and `test`: what a person reads of providers and keys, and how watching ends.
import { describe, expect, test } from "bun:test";
import type { OutputOf } from "../../src/admin/operation-table.ts";
import { keyRow } from "../fixture/key-row.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { ANSWERS } from "./daemon-answers.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { withDaemon } from "./with-daemon.ts";

const HEALTH = ANSWERS.health as OutputOf<"health">;
const LOOK = { isTerminal: true, columns: 80, env: { NO_COLOR: "1" } } as const;

describe("health", () => {
  test("shows providers, models that fail, and keys that do not serve all they could", async () => {
    await using place = withDaemon();
    const { exitCode, out, err } = await place.run(["health"], LOOK);
    expect({ exitCode, err }).toEqual({ exitCode: 4, err: "" });
    expect(out).toBe(
      [
        "PROVIDER          STATUS         KEYS                            BUSY    24H",
        "openai (default)  up             2 ready, 1 invalid, 1 disabled     3  27617",
        "deepseek          no usable key  1 exhausted                        0     88",
        "",
        "deepseek-reasoner fails at deepseek: others go first for 4s",
        "",
        "NAME         PROVIDER  STATUS     BACK IN  WHY",
        "team-b       openai    invalid    3m12s    401 invalid_api_key: Incorrect API k…",
        "sk-f...0003  openai    ready      21s      gpt-4o-mini cooling: 429 rate_limit_…",
        "batch        openai    disabled            by an operator",
        "main         deepseek  exhausted  47m      402 insufficient_quota: Insufficient…",
        "",
      ].join("\n"),
    );
  });

  test("says what a provider and a model fail with", async () => {
    const why = { reason: "server_error", status: 500, message: "The server had an error" };
    const providers = HEALTH.providers.map((provider) => ({
      ...provider,
      state: "open" as const,
      ...why,
      open_models: [{ model: "o1", state: "open" as const, until: "2026-03-01T12:00:10Z", ...why }],
    }));
    await using place = withDaemon({ health: { ...HEALTH, providers } });
    const { out } = await place.run(["health"]);
    expect(out).toContain("\nopenai fails with 500 server_error (The server had an error)\n");
    expect(out).toContain("\no1 fails at openai with 500 server_error (The server had an error): others go first for ");
  });

  test("a model whose rest is over is said to be tried again", async () => {
    const providers = HEALTH.providers.map((provider) => ({
      ...provider,
      open_models: [{ model: "o1", state: "half_open" as const, until: "2026-03-01T11:59:59Z" }],
    }));
    await using place = withDaemon({ health: { ...HEALTH, providers } });
    expect((await place.run(["health"])).out).toContain(
      "\no1 fails at openai: it is tried again with the next request\n",
    );
  });

  test("requests without a model are told as such", async () => {
    const providers = HEALTH.providers.map((provider) => ({
      ...provider,
      open_models: [{ model: "", state: "open" as const, until: "2026-03-01T12:00:04Z" }],
    }));
    await using place = withDaemon({ health: { ...HEALTH, providers } });
    expect((await place.run(["health"])).out).toContain(
      "\nWhat names no model fails at openai: others go first for 4s\n",
    );
  });

  test("colours stand around the text alone, never around an end of line", async () => {
    await using place = withDaemon();
    for (const args of [["health"], ["explain", "fast"], ["keys", "list"], ["test"]]) {
      const { out } = await place.run(args, { isTerminal: true, columns: 80 });
      expect(out).toContain("\x1b[");
      for (const line of out.split("\n")) expect(line).not.toBe("\x1b[31m\x1b[39m");
    }
  });

  test("says of a provider without a key how to add one", async () => {
    const [openai] = HEALTH.providers;
    const none = { total: 0, ready: 0, half_open: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0 };
    const providers = [
      { ...(openai as object), name: "groq", state: "no_key", keys: none },
    ] as OutputOf<"health">["providers"];
    await using place = withDaemon({ health: { healthy: false, providers, keys: [] } });
    const { out } = await place.run(["health"], LOOK);
    expect(out).toContain("\ngroq has no key. To add one:\n  openai-balance keys add --provider groq\n");
    expect(out).not.toContain("Every key");
  });

  test("says that every key serves, where there is one", async () => {
    const [openai] = HEALTH.providers;
    const providers = openai === undefined ? [] : [openai];
    await using place = withDaemon({ health: { healthy: true, providers, keys: [] } });
    const { exitCode, out } = await place.run(["health"], LOOK);
    expect(exitCode).toBe(0);
    expect(out).toEndWith("\n\nEvery key serves all it can\n");
  });

  test.each<[string, Partial<OutputOf<"health">["providers"][number]>]>([
    ["a provider fails", { state: "open" }],
    ["a model fails", { open_models: [{ model: "o1", state: "open", until: "2026-03-01T12:00:04Z" }] }],
  ])("says only that no key rests where %s", async (_, more) => {
    const providers = HEALTH.providers.slice(0, 1).map((provider) => ({ ...provider, ...more }));
    await using place = withDaemon({ health: { healthy: false, providers, keys: [] } });
    expect((await place.run(["health"], LOOK)).out).toEndWith("\n\nNo key rests\n");
  });

  test("says only that no key rests where an outbound proxy fails", async () => {
    const proxies = [{ id: "a40be55d0c12", url: "socks5h://proxy.example:1080", state: "out" } as const];
    const providers = HEALTH.providers.slice(0, 1);
    await using place = withDaemon({ health: { healthy: false, providers, keys: [], proxies } });
    expect((await place.run(["health"], LOOK)).out).toEndWith("\n\nNo key rests\n");
  });

  test("says how keys without any way out get one", async () => {
    const proxies = [{ id: "a40be55d0c12", url: "socks5h://proxy.example:1080", state: "disabled" } as const];
    const providers = HEALTH.providers.slice(0, 1);
    await using place = withDaemon({ health: { healthy: false, providers, keys: [], proxies } });
    expect((await place.run(["health"], LOOK)).out.replace(/\s+/g, " ")).toContain(
      "Outbound proxy socks5h://proxy.example:1080 is disabled, and its keys have no other: openai-balance proxies enable",
    );
  });

  test("says how to begin where nothing is configured", async () => {
    await using place = withDaemon({ health: { healthy: true, providers: [], keys: [] } });
    expect(await place.run(["health"])).toEqual({
      exitCode: 0,
      out: "No provider is configured. A key makes one:\n  openai-balance keys add\n",
      err: "",
    });
  });

  test("says first what is wrong with the key store", async () => {
    await using place = withDaemon({ health: { ...HEALTH, store_fault: "The key store is locked" } });
    expect((await place.run(["health"])).out).toContain("\n\nThe key store is locked\n");
  });

  test("without a daemon says it once, and advises nothing that cannot be done", async () => {
    using terminal = new FakeTerminal();
    const [mine, other] = [1, 2].map((byte) => ({
      OPENAI_BALANCE_MASTER_KEY: Buffer.alloc(32, byte).toString("base64"),
    }));
    terminal.write("config.yaml", "providers: [{ name: openai }]\n");
    await terminal.run(["keys", "add"], { stdin: fakeSecret("locked"), env: mine ?? {} });
    const { exitCode, out, err } = await terminal.run(["health"], { env: other ?? {} });
    expect(exitCode).toBe(4);
    expect((out + err).match(/cannot be opened/g)).toHaveLength(1);
    expect(out).not.toContain("keys add");
  });

  test("says that health cannot be saved", async () => {
    await using place = withDaemon({ health: { ...HEALTH, save_fault: "no space left on the disk" } });
    expect((await place.run(["health"])).out).toContain("\n\nThe state cannot be saved: no space left on the disk\n");
  });

  test("says that requests cannot be recorded, and how many records were lost", async () => {
    await using failing = withDaemon({ health: { ...HEALTH, records_fault: "the disk is full", records_dropped: 3 } });
    expect((await failing.run(["health"])).out).toContain("\n\nRequests cannot be recorded: the disk is full\n");
    await using lossy = withDaemon({ health: { ...HEALTH, records_dropped: 3 } });
    expect((await lossy.run(["health"])).out).toContain("\n\n3 request records lost since the start\n");
  });

  test("shows 50 keys, and says where the others are", async () => {
    const keys = Array.from({ length: 60 }, (_, index) =>
      keyRow({ id: String(index), name: `k${index}`, state: "invalid" }),
    );
    await using place = withDaemon({ health: { ...HEALTH, keys } });
    const { out } = await place.run(["health"], LOOK);
    expect(out).toContain("k49");
    expect(out).not.toContain("k50");
    expect(out).toEndWith("\n10 more keys: openai-balance keys list\n");
  });

  test("asks for one provider", async () => {
    await using place = withDaemon();
    await place.run(["health", "deepseek"]);
    expect(place.daemon.lastInput("health")).toEqual({ provider: "deepseek" });
  });

  test("a part of a key that rests stands in its reason, with the number of the others", async () => {
    const part = {
      state: "cooling",
      until: "2026-03-01T12:00:21Z",
      status: 429,
      reason: "rate_limit_exceeded",
    } as const;
    const parts = [
      { ...part, model: "late", until: "2026-03-01T12:05:00Z" },
      { ...part, model: "soon" },
      { ...part, until: "2026-03-01T12:09:00Z", operation: "files" },
    ];
    await using place = withDaemon({ health: { ...HEALTH, keys: [keyRow({ id: "1", name: "k", parts })] } });
    expect((await place.run(["health"])).out).toMatch(/ready +21s +soon cooling, 2 more: 429 rate_limit_exceeded$/m);
  });
});

describe("health --watch", () => {
  test("draws again each time, from the upper left corner, until Ctrl-C", async () => {
    const pressed = new AbortController();
    let asked = 0;
    await using place = withDaemon({
      health: () => {
        asked += 1;
        if (asked === 1) pressed.abort();
        return HEALTH;
      },
    });
    const { exitCode, out } = await place.run(["health", "--watch"], { ...LOOK, signal: pressed.signal });
    expect(exitCode).toBe(130);
    expect(out).toStartWith("\x1b[2J\x1b[H\x1b[JPROVIDER");
    expect(asked).toBe(1);
  });

  test("gives a program a line each time", async () => {
    const pressed = new AbortController();
    await using place = withDaemon({
      health: () => {
        pressed.abort();
        return HEALTH;
      },
    });
    const { exitCode, out } = await place.run(["health", "--watch", "--json"], { signal: pressed.signal });
    expect(exitCode).toBe(130);
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).healthy),
    ).toEqual([false]);
  });

  test("needs a terminal or --json", async () => {
    await using place = withDaemon();
    const { exitCode, out } = await place.run(["health", "--watch"]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  });
});

describe("test", () => {
  test("shows each call, and what went wrong", async () => {
    await using place = withDaemon();
    const { out } = await place.run(["test"], { ...LOOK, columns: 120 });
    expect(out).toBe(
      [
        "PROVIDER  KEY     MODEL          RESULT     STATUS  FIRST TOKEN    TIME  WHY",
        "openai    team-a  gpt-4o-mini    ok            200       402 ms  812 ms",
        "deepseek  main    deepseek-chat  no credit     402               203 ms  insufficient_quota: Insufficient Balance",
        "",
      ].join("\n"),
    );
  });

  test("asks for what was said", async () => {
    await using place = withDaemon();
    await place.run(["test", "openai", "--model", "m", "--all-keys", "--concurrency", "3"]);
    expect(place.daemon.lastInput("test")).toEqual({
      keys: [],
      provider: "openai",
      model: "m",
      all_keys: true,
      concurrency: 3,
    });
    await place.run(["keys", "test"]);
    expect(place.daemon.lastInput("test")).toEqual({ keys: [], all_keys: true });
    await place.run(["keys", "test", "team-*"]);
    expect(place.daemon.lastInput("test")).toEqual({ keys: ["team-*"], all_keys: false });
    await place.run(["keys", "test", "--status", "invalid"]);
    expect(place.daemon.lastInput("test")).toEqual({ keys: [], all_keys: false, status: "invalid" });
  });

  test.each([
    [[], 4, "There is no key to test. To add one:\n  openai-balance keys add\n"],
    [["--status", "invalid"], 0, "No key is invalid\n"],
  ])("of nothing %j", async (more, exitCode, err) => {
    await using place = withDaemon({ test: [] });
    expect(await place.run(["keys", "test", ...more])).toEqual({ exitCode, out: "", err });
    expect(JSON.parse((await place.run(["keys", "test", ...more, "--json"])).out)).toEqual({ ok: false, results: [] });
  });

  test("a call that was never made took no time", async () => {
    const row = { provider: "groq", is_ok: false, outcome: "no_key", latency_ms: 0, total: 1 };
    await using place = withDaemon({ test: [row] });
    expect((await place.run(["test"])).out).toBe("PROVIDER  RESULT\ngroq      no key\n");
  });
});
