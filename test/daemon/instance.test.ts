// An instance over restarts and reloads: what it keeps, what it takes up, and what it refuses.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import { lockFolder } from "../../src/storage/folder-lock.ts";
import { everyState, keyId } from "../admin/every-state.ts";
import { HOUR } from "../balancer/fixtures.ts";
import { serverError, unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";
import { type Lab, openLab, providerAt } from "./instance-lab.ts";

async function healthOf(lab: Lab): Promise<object> {
  const { keys } = await lab.control.call("keys.list", {});
  return { health: await lab.control.call("health", {}), keys };
}

describe("a restart", () => {
  test("brings every state of every key and provider back", async () => {
    await using state = await everyState();
    const before = await healthOf(state.lab);
    await using next = await state.lab.restart();
    expect(next.notes).toEqual([]);
    expect(await healthOf(next)).toEqual(before);
    await using third = await next.restart();
    expect(await healthOf(third)).toEqual(before);
  });

  test("does not make a rest longer or shorter", async () => {
    await using state = await everyState();
    const endOf = async (lab: Lab) => (await lab.control.call("keys.list", { keys: ["exhausted"] })).keys[0]?.until;
    const before = await endOf(state.lab);
    state.lab.now += HOUR / 2;
    await using next = await state.lab.restart();
    expect(await endOf(next)).toBe(before);
    next.now += HOUR;
    expect((await next.control.call("keys.list", { keys: ["exhausted"] })).keys[0]?.state).toBe("half_open");
  });

  test("knows of keys that were out of the configuration for a while", async () => {
    const named = ["one", "two"].map((name) => ({ name, key: fakeSecret(name) }));
    const config = (keys: readonly object[]) => ({ providers: [{ name: "openai", api_keys: keys }] });
    await using lab = await openLab({ config: config(named) });
    await lab.control.call("keys.disable", { keys: ["two"] });
    await using without = await lab.restart({ config: config(named.slice(0, 1)) });
    await without.control.call("keys.reset", { keys: ["*"] });
    await using again = await without.restart({ config: config(named) });
    expect((await again.control.call("keys.list", { keys: ["two"] })).keys).toMatchObject([{ state: "disabled" }]);
  });

  test("takes the generation before where the newest is damaged, says so, and serves", async () => {
    await using state = await everyState();
    await state.lab.control.call("keys.disable", { keys: ["ready"] });
    const prepare = (folder: string) => writeFileSync(join(folder, "state.json"), '{"version":1,"ent');
    await using next = await state.lab.restart({ prepare });
    expect(next.notes.join("\n")).toMatch(
      /state\.json is damaged: .*\n.*state\.json\.1, the generation before, is used/,
    );
    expect((await next.control.call("keys.list", { keys: ["disabled"] })).keys).toMatchObject([{ state: "disabled" }]);
    expect((await next.chat("gpt-4o-mini")).status).toBe(200);
    expect(readdirSync(next.dataFolder).some((name) => name.startsWith("state.json.corrupt-"))).toBe(true);
  });

  test("refuses the state of a newer version with the exit code for it, and leaves it and the lock alone", async () => {
    const newer = '{"version":99,"saved_at":1,"entries":[]}';
    const folder = await mkdtemp(join(tmpdir(), "openai-balance-newer-"));
    const prepare = (data: string) => writeFileSync(join(data, "state.json"), newer);
    const error = await openLab({ folder, prepare }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ exitCode: EXIT.usage, message: expect.stringContaining("format 99") });
    expect(readFileSync(join(folder, "data", "state.json"), "utf8")).toBe(newer);
    const locked = lockFolder(join(folder, "data"));
    expect(locked.kind).toBe("taken");
    if (locked.kind === "taken") locked.lock.release();
    await rm(folder, { recursive: true });
  });

  test("writes no secret into the state, and only what differs from new", async () => {
    await using state = await everyState();
    await using next = await state.lab.restart();
    const text = next.read("state.json");
    expect(leakIn(text)).toBeUndefined();
    expect([text.includes(keyId(next, "invalid")), text.includes(keyId(next, "of-off"))]).toEqual([true, false]);
  });
});

describe("a reload", () => {
  const KEY = fakeSecret("first");

  test("is taken as a whole, with the health of what stays", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    const config = (keys: readonly unknown[]) => ({ providers: [providerAt(upstream.url, "openai", keys)] });
    await using lab = await openLab({ config: config([KEY]) });
    upstream.byKey(KEY, unauthorized);
    await lab.chat("gpt-4o-mini");
    writeFileSync(
      lab.configFile,
      JSON.stringify({ ...config([KEY, fakeSecret("second")]), logging: { level: "warn" } }),
    );
    expect(lab.instance.reload("test")).toMatchObject({ ok: true, changes: expect.any(Array) });
    const { keys } = await lab.control.call("keys.list", {});
    expect(keys.map(({ state }) => state)).toEqual(["invalid", "ready"]);
    expect((await lab.chat("gpt-4o-mini")).status).toBe(200);
    expect([lab.instance.config.logging.level, lab.logger.isEnabled("info")]).toEqual(["warn", false]);
  });

  test("that is wrong changes nothing, and says why", async () => {
    await using lab = await openLab({ config: { providers: [{ name: "openai", api_keys: [KEY] }] } });
    const before = lab.instance.config;
    let uses = 0;
    lab.instance.onUse = () => {
      uses += 1;
    };
    writeFileSync(lab.configFile, "servr: {}\n");
    expect(lab.instance.reload("test")).toEqual({
      ok: false,
      diagnostics: [expect.stringContaining("servr: unknown field, did you mean server")],
    });
    expect([lab.instance.config === before, uses]).toEqual([true, 0]);
  });

  test("is remembered, until the next one: what runs may not be what stands in the file", async () => {
    const config = { providers: [{ name: "openai", api_keys: [KEY] }] };
    await using lab = await openLab({ config });
    expect(lab.instance.lastReload).toBeUndefined();
    writeFileSync(lab.configFile, "servr: {}\n");
    lab.instance.reload("SIGHUP");
    expect(lab.instance.lastReload).toEqual({
      at: lab.now,
      reason: "SIGHUP",
      isOk: false,
      diagnostics: [expect.stringContaining("servr: unknown field")],
      needRestart: [],
    });
    writeFileSync(lab.configFile, JSON.stringify({ ...config, server: { port: 8_001 } }));
    lab.now += 1_000;
    lab.instance.reload("command");
    const taken = { isOk: true, diagnostics: [], needRestart: ["server.port"] };
    expect(lab.instance.lastReload).toEqual({ at: lab.now, reason: "command", ...taken });
  });

  test("masks the secrets that it brings before anything can speak of them", async () => {
    await using lab = await openLab({ config: { providers: [{ name: "openai", api_keys: [KEY] }] } });
    const fresh = fakeSecret("brought by a reload");
    writeFileSync(lab.configFile, JSON.stringify({ providers: [{ name: "openai", api_keys: [KEY, fresh] }] }));
    lab.instance.reload("test");
    lab.logger.info({ text: `speaks of ${fresh}` }, "Test");
    expect(leakIn(JSON.stringify(await lab.log()))).toBeUndefined();
  });

  test("keeps the list of models of a provider that stays where it was, and forgets that of one that moved", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    const at = (url: string) => ({
      providers: [providerAt(upstream.url, "stays", [KEY]), providerAt(url, "moves", [KEY])],
    });
    await using lab = await openLab({ config: at(upstream.url) });
    await lab.control.call("models", {});
    const { catalog } = lab.instance;
    expect([catalog.has("stays", "gpt-4o"), catalog.has("moves", "gpt-4o")]).toEqual([true, true]);
    writeFileSync(lab.configFile, JSON.stringify(at(`${upstream.url}/other`)));
    lab.instance.reload("test");
    expect([catalog.has("stays", "gpt-4o"), catalog.has("moves", "gpt-4o")]).toEqual([true, false]);
  });
});

describe("changeKeys", () => {
  test("of nothing writes nothing and reloads nothing", async () => {
    await using lab = await openLab();
    let uses = 0;
    lab.instance.onUse = () => {
      uses += 1;
    };
    await lab.instance.changeKeys((keys) => keys);
    expect([uses, existsSync(join(lab.dataFolder, "keys.json"))]).toEqual([0, false]);
  });

  test("masks what it stores in every text, also where no provider takes it", async () => {
    await using lab = await openLab();
    const secret = fakeSecret("of a provider that is gone");
    await lab.instance.changeKeys(() => [{ provider: "gone", secret, added_at: "2027-01-15T08:00:00Z" }]);
    lab.logger.info({ text: `speaks of ${secret}` }, "Test");
    expect(leakIn(JSON.stringify(await lab.log()))).toBeUndefined();
  });

  test("hands on what its edit throws, and changes nothing", async () => {
    await using lab = await openLab();
    const thrown = lab.instance.changeKeys(() => {
      throw new UserError("no");
    });
    await expect(thrown).rejects.toThrow("no");
    expect(existsSync(join(lab.dataFolder, "keys.json"))).toBe(false);
  });
});

test("a change of health is logged, and on the disk within 100 ms by itself", async () => {
  await using upstream = startUpstream({ otherwise: unauthorized });
  await using lab = await openLab({ config: { providers: [providerAt(upstream.url, "openai", [fakeSecret("k")])] } });
  await lab.chat("gpt-4o-mini");
  // By the timers of the instance alone, without any command.
  await until("the write", () => lab.instance.state.savedAt !== undefined);
  expect(lab.read("state.json")).toContain('"cause":"invalid"');
  const said = await lab.log();
  expect(said.filter(({ scope }) => scope === "key")).toMatchObject([{ msg: "Key is invalid", level: "warn" }]);
  expect(said.at(-1)).toMatchObject({ msg: "Request failed", error: "no_usable_key", attempts: 1 });
});

test("a request tells in the log what was tried before", async () => {
  await using upstream = startUpstream({ otherwise: openai, keys: { [fakeSecret("a")]: serverError } });
  const keys = ["a", "b"].map((name, priority) => ({ name, key: fakeSecret(name), priority }));
  await using lab = await openLab({ config: { providers: [providerAt(upstream.url, "openai", keys)] } });
  expect((await lab.chat("gpt-4o-mini")).status).toBe(200);
  expect((await lab.log()).at(-1)).toMatchObject({
    msg: "Request served",
    key: "b",
    attempts: 2,
    tried: [{ provider: "openai", key: "a", key_id: keyId(lab, "a"), outcome: "server_error", status: 500 }],
  });
});
