// keys.add on a real instance: all or nothing, in effect at once, on the disk, tested first where that is asked for.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localControl } from "../../src/admin/control-client.ts";
import type { InputOf } from "../../src/admin/operation-table.ts";
import type { KeyTester } from "../../src/admin/ports.ts";
import { UserError } from "../../src/core/user-error.ts";
import { type Lab, openLab, providerAt } from "../daemon/instance-lab.ts";
import { errorJson, silent, unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";
import { startUpstream, type Upstream } from "../fixture/upstream.ts";

const WRITTEN = fakeSecret("written");
const NEW = fakeSecret("new");

interface Opened extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
}

async function open(fields: object = {}, rest: object = {}): Promise<Opened> {
  const upstream = startUpstream({ otherwise: openai });
  const config = { providers: [providerAt(upstream.url, "openai", [WRITTEN], fields)], ...rest };
  const lab = await openLab({ config });
  return {
    lab,
    upstream,
    [Symbol.asyncDispose]: async () => {
      await lab[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

async function add(lab: Lab, input: InputOf<"keys.add">): Promise<readonly string[]> {
  const { keys } = await lab.control.call("keys.add", input);
  return keys.map(({ outcome }) => outcome);
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`It did not fail as it should: ${error}`);
  return error.message;
}

/** The keys that serve the next requests, one of each. */
async function serving({ lab, upstream }: Opened, requests: number): Promise<ReadonlySet<string | undefined>> {
  const from = upstream.calls.length;
  for (let i = 0; i < requests; i++) expect((await lab.chat("gpt-4o-mini")).status).toBe(200);
  return new Set(upstream.calls.slice(from).map(({ key }) => key));
}

describe("keys.add is in effect when it answers", () => {
  test("for the next requests", async () => {
    await using opened = await open();
    expect(await add(opened.lab, { keys: [{ key: NEW }] })).toEqual(["added"]);
    expect(await serving(opened, 2)).toEqual(new Set([WRITTEN, NEW]));
  });

  test("for a provider that had no key", async () => {
    await using opened = await open({ api_keys: [] });
    const { lab } = opened;
    expect((await lab.chat("gpt-4o-mini")).status).toBe(503);
    await add(lab, { keys: [{ key: NEW }] });
    expect(await serving(opened, 1)).toEqual(new Set([NEW]));
  });

  test.each([false, true])(
    "also while the config file is broken, which stays as it is; reloaded: %p",
    async (isTold) => {
      await using opened = await open();
      const { lab } = opened;
      const broken = "providers: [{ name: openai, api_kys: [";
      writeFileSync(lab.configFile, broken);
      if (isTold) expect(lab.instance.reload("test").ok).toBe(false);
      expect(await add(lab, { keys: [{ key: NEW, weight: 2 }] })).toEqual(["added"]);
      expect(await serving(opened, 3)).toEqual(new Set([WRITTEN, NEW]));
      expect(await Bun.file(lab.configFile).text()).toBe(broken);
      const said = await lab.log();
      expect(said.filter(({ level }) => level === "error").map(({ reason }) => reason)).toEqual(
        isTold ? ["test", "keys"] : [],
      );
      expect(said.find(({ msg }) => msg === "Keys changed")).toMatchObject({
        msg: "Keys changed",
        changes: ["provider openai: keys (1 added, 0 removed) changed"],
      });
    },
  );

  test("and completes a configuration that waits for it", async () => {
    await using opened = await open();
    const { lab } = opened;
    const waits = { stateful_key: "late", max_retries: 7 };
    const { providers } = JSON.parse(await Bun.file(lab.configFile).text());
    writeFileSync(lab.configFile, JSON.stringify({ providers: [{ ...providers[0], ...waits }] }));
    expect(lab.instance.reload("test").ok).toBe(false);
    await add(lab, { keys: [{ key: fakeSecret("another") }] });
    expect(lab.instance.config.providers[0]?.maxRetries).not.toBe(7);
    await add(lab, { keys: [{ key: NEW, name: "late" }] });
    expect(lab.instance.config.providers[0]?.maxRetries).toBe(7);
    expect((await lab.log()).at(-1)).toMatchObject({ msg: "Reloaded", reason: "keys" });
  });

  test("with the settings that a known key gets", async () => {
    await using opened = await open();
    const { lab } = opened;
    await add(lab, { keys: [{ key: NEW }] });
    expect(await add(lab, { keys: [{ key: NEW, name: "mine", priority: -1, models: ["gpt-*"] }] })).toEqual([
      "updated",
    ]);
    expect(await serving(opened, 3)).toEqual(new Set([NEW]));
    const { keys } = await lab.control.call("keys.list", { keys: ["mine"] });
    expect(keys).toMatchObject([{ priority: -1, models: ["gpt-*"], source: "key store", state: "ready" }]);
  });

  test("and masked in every text from then on", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    await add(lab, { keys: [{ key: NEW, priority: -1 }] });
    upstream.byKey(NEW, () => errorJson(401, null, `Incorrect API key provided: ${NEW}`));
    await lab.chat("gpt-4o-mini");
    const { keys } = await lab.control.call("keys.list", { status: "invalid" });
    expect(keys[0]?.message).toContain("Incorrect API key provided: fake...");
    expect(leakIn(JSON.stringify(await lab.log()))).toBeUndefined();
  });
});

describe("keys.add takes all or nothing", () => {
  test("of a list with one bad key", async () => {
    await using opened = await open();
    const { lab } = opened;
    const keys = [{ key: NEW }, { key: "a b" }, { key: fakeSecret("other") }];
    expect(await refusal(add(lab, { keys }))).toBe(
      "Cannot add 3 keys, none was added: key 2: expected a key without spaces",
    );
    expect(existsSync(join(lab.dataFolder, "keys.json"))).toBe(false);
    expect(lab.instance.config.providers[0]?.keys).toHaveLength(1);
  });

  test("where the disk refuses", async () => {
    await using opened = await open();
    const { lab } = opened;
    // In the way of the temporary file, for the administrator too.
    mkdirSync(join(lab.dataFolder, "keys.json.tmp", "x"), { recursive: true });
    expect(await refusal(add(lab, { keys: [{ key: NEW }] }))).toContain("Cannot write the key store");
    expect(lab.instance.config.providers[0]?.keys).toHaveLength(1);
    expect(await serving(opened, 2)).toEqual(new Set([WRITTEN]));
  });

  test("where the store cannot be opened", async () => {
    const prepare = (folder: string) => writeFileSync(join(folder, "keys.json"), '{"version":1,"master_key":"x"}');
    await using lab = await openLab({ config: { providers: [{ name: "openai", api_keys: [WRITTEN] }] }, prepare });
    expect(await refusal(add(lab, { keys: [{ key: NEW }] }))).toContain("cannot be opened");
    expect(lab.read("keys.json")).toBe('{"version":1,"master_key":"x"}');
  });
});

describe("keys.add knows keys", () => {
  test("that are written, with where", async () => {
    await using opened = await open();
    const { keys } = await opened.lab.control.call("keys.add", { keys: [{ key: WRITTEN, weight: 7 }] });
    expect(keys).toMatchObject([{ outcome: "known", source: expect.stringMatching(/^config\.yaml:1:\d+$/) }]);
    expect(existsSync(join(opened.lab.dataFolder, "keys.json"))).toBe(false);
  });

  test("that come from a variable, with its name", async () => {
    await using lab = await openLab({ env: { OPENAI_API_KEY: WRITTEN } });
    const { keys } = await lab.control.call("keys.add", { keys: [{ key: WRITTEN }] });
    expect(keys).toMatchObject([{ outcome: "known", source: "OPENAI_API_KEY", provider: "openai" }]);
  });

  test("that the store has, and that stand twice in the list", async () => {
    await using opened = await open();
    expect(await add(opened.lab, { keys: [{ key: NEW }, { key: NEW }] })).toEqual(["added", "duplicate"]);
    const { keys } = await opened.lab.control.call("keys.add", { keys: [{ key: NEW }] });
    expect(keys).toMatchObject([{ outcome: "known", source: "key store" }]);
    expect(opened.lab.ports.keys.list()).toHaveLength(1);
  });
});

describe("keys.add keeps keys", () => {
  test("over a restart, with their settings", async () => {
    await using opened = await open();
    await add(opened.lab, { keys: [{ key: NEW, name: "mine", weight: 3, priority: 1, models: ["gpt-4o*"] }] });
    await using next = await opened.lab.restart();
    expect(next.notes).toEqual([]);
    expect((await next.control.call("keys.list", { keys: ["mine"] })).keys).toMatchObject([
      { weight: 3, priority: 1, models: ["gpt-4o*"], source: "key store" },
    ]);
  });

  test("of two commands at once", async () => {
    await using opened = await open();
    const names = ["a", "b", "c", "d"];
    await Promise.all(names.map((name) => add(opened.lab, { keys: [{ key: fakeSecret(name), name }] })));
    expect(opened.lab.ports.keys.list().map(({ name }) => name)).toEqual(names);
    expect(opened.lab.instance.config.providers[0]?.keys).toHaveLength(5);
  });

  test("without any configuration: the provider comes with its first key", async () => {
    await using lab = await openLab();
    await add(lab, { keys: [{ key: NEW }] });
    await add(lab, { keys: [{ key: fakeSecret("groq") }], provider: "groq" });
    const { providers, defaultProvider } = lab.instance.config;
    expect(providers.map(({ name, keys }) => [name, keys.length])).toEqual([
      ["openai", 1],
      ["groq", 1],
    ]);
    expect(defaultProvider).toBe("openai");
  });

  test("only of providers that there will be", async () => {
    await using lab = await openLab({ env: { API_KEYS: WRITTEN } });
    expect(await refusal(add(lab, { keys: [{ key: NEW }], provider: "groq" }))).toBe(
      "Cannot add the key: there is no provider groq, and API_KEYS or PROVIDERS_CONFIG says which there are: add it there",
    );
    // The default one of the seed's variables takes some.
    expect(await add(lab, { keys: [{ key: NEW }] })).toEqual(["added"]);
    expect(lab.instance.config.providers.map(({ name, keys }) => [name, keys.length])).toEqual([["default", 2]]);
  });

  test("under the names that the configuration refers to", async () => {
    await using opened = await open();
    const { lab } = opened;
    await add(lab, { keys: [{ key: NEW, name: "files" }] });
    await lab.control.call("config.set", { path: "providers.openai.stateful_key", value: "files" });
    expect(await refusal(add(lab, { keys: [{ key: NEW, name: "other" }] }))).toBe(
      "Cannot add the key: the configuration names it as stateful_key, so that it cannot get another name: change that first",
    );
    expect(await add(lab, { keys: [{ key: NEW, name: "files", weight: 2 }] })).toEqual(["updated"]);
    await using next = await lab.restart();
    expect(next.instance.config.providers[0]?.statefulKey).toBeDefined();
  });
});

const GONE = {
  keyId: undefined,
  model: undefined,
  isOk: false,
  status: undefined,
  outcome: "client_gone",
  reason: undefined,
  message: undefined,
  latencyMs: 0,
  firstTokenMs: undefined,
};

describe("keys.add with a test", () => {
  const BAD = fakeSecret("bad");

  test("adds only the keys that work, each tested once, and tells of the others", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    upstream.byKey(BAD, unauthorized);
    const keys = [{ key: NEW }, { key: BAD }, { key: WRITTEN }, { key: NEW }];
    const answer = await lab.control.call("keys.add", { keys, test: true });
    expect(answer.keys.map(({ outcome, test }) => [outcome, test?.is_ok])).toEqual([
      ["added", true],
      ["refused", false],
      ["known", undefined],
      ["duplicate", true],
    ]);
    expect([upstream.count(NEW), upstream.count(BAD), upstream.count(WRITTEN)]).toEqual([1, 1, 0]);
    expect(lab.ports.keys.list().map(({ secret }) => secret)).toEqual([NEW]);
    expect(leakIn(JSON.stringify(answer))).toBeUndefined();
  });

  test("changes nothing at all where none works", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    upstream.byKey(BAD, unauthorized);
    expect(await add(lab, { keys: [{ key: BAD }], test: true })).toEqual(["refused"]);
    expect(existsSync(join(lab.dataFolder, "keys.json"))).toBe(false);
    expect((await lab.control.call("keys.list", {})).keys.map(({ state, used_24h }) => [state, used_24h])).toEqual([
      ["ready", 0],
    ]);
  });

  test("asks a provider without a model by its free call, where a missing scope proves a key", async () => {
    await using opened = await open({ name: "in-house", test_model: undefined, probe_path: "/key" });
    const { lab, upstream } = opened;
    upstream.byKey(NEW, () =>
      errorJson(403, null, "You have insufficient permissions. Missing scopes: api.model.read"),
    );
    upstream.byKey(BAD, unauthorized);
    expect(await add(lab, { keys: [{ key: NEW }, { key: BAD }], test: true })).toEqual(["added", "refused"]);
    expect(upstream.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /v1/key", "GET /v1/key"]);
  });

  test("is for keys of a provider that the store alone brings", async () => {
    await using lab = await openLab();
    const aborted = AbortSignal.abort();
    const tested = await lab.ports.keys.tester()({ provider: "groq", secret: NEW, added_at: "" }, aborted);
    expect(tested).toMatchObject({ provider: "groq", isOk: false, outcome: "client_gone" });
    expect(lab.instance.config.providers).toEqual([]);
  });

  test("reads the configuration once for each provider, however many keys are tested", async () => {
    await using opened = await open();
    const { lab } = opened;
    const { load } = lab.instance.options;
    let loads = 0;
    const counted: typeof load = (...given) => {
      loads++;
      return load(...given);
    };
    Object.assign(lab.instance.options, { load: counted });
    const keys = Array.from({ length: 20 }, (_, i) => ({ key: fakeSecret(`k${i}`) }));
    expect(await add(lab, { keys, test: true })).toEqual(keys.map(() => "added"));
    expect(loads).toBe(1);
  });

  test("sends nothing where the store could not take them", async () => {
    const upstream = startUpstream({ otherwise: openai });
    await using _upstream = upstream;
    const config = { providers: [providerAt(upstream.url, "openai", [WRITTEN])] };
    const prepare = (folder: string) => writeFileSync(join(folder, "keys.json"), '{"version":1,"master_key":"x"}');
    await using lab = await openLab({ config, prepare });
    expect(await refusal(add(lab, { keys: [{ key: NEW }], test: true }))).toContain("cannot be opened");
    expect(upstream.count()).toBe(0);
  });

  test("adds none while the configuration is wrong, and sends nothing", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    writeFileSync(lab.configFile, "providers: 5");
    const keys = Array.from({ length: 30 }, (_, i) => ({ key: fakeSecret(`k${i}`) }));
    expect(await refusal(add(lab, { keys, test: true }))).toBe(
      "Cannot test the key: the configuration is wrong at present; openai-balance config check says why",
    );
    expect([upstream.count(), lab.ports.keys.list().length]).toEqual([0, 0]);
  });

  test("of which one cannot be made ends the others, and adds none", async () => {
    await using opened = await open();
    const { lab } = opened;
    const signals: AbortSignal[] = [];
    const tryOut: KeyTester = async ({ provider }, signal) => {
      if (signals.push(signal) === 3) throw new UserError("It cannot be made");
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      return { ...GONE, provider };
    };
    const control = localControl({ ...lab.ports, keys: { ...lab.ports.keys, tester: () => tryOut } });
    const keys = Array.from({ length: 20 }, (_, i) => ({ key: fakeSecret(`k${i}`) }));
    expect(await refusal(control.call("keys.add", { keys, test: true }))).toBe("It cannot be made");
    expect([signals.length, signals.every(({ aborted }) => aborted), lab.ports.keys.list().length]).toEqual([
      8,
      true,
      0,
    ]);
  });

  test("that is left adds none, and ends the calls that run", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    upstream.otherwise(silent);
    const caller = new AbortController();
    const keys = Array.from({ length: 20 }, (_, i) => ({ key: fakeSecret(`k${i}`) }));
    const adding = lab.control.call("keys.add", { keys, test: true }, caller.signal);
    await until("the first calls", () => upstream.count() === 8);
    caller.abort();
    expect(await refusal(adding)).toBe("Stopped before all keys were tested: none was added");
    await until("the end of the calls", () => upstream.calls.every(({ signal }) => signal.aborted));
    expect([upstream.count(), lab.ports.keys.list().length]).toEqual([8, 0]);
  });
});
