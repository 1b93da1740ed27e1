// keys.set on a real instance: in effect at once and on the disk, health stays, and what may not be is refused.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localControl } from "../../src/admin/control-client.ts";
import type { InputOf, OutputOf } from "../../src/admin/operation-table.ts";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import { START, verdictOf } from "../balancer/fixtures.ts";
import { type Lab, openLab, providerAt } from "../daemon/instance-lab.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { startUpstream, type Upstream } from "../fixture/upstream.ts";
import { keyId } from "./every-state.ts";

interface Opened extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
}

type Change = Omit<InputOf<"keys.set">, "keys" | "provider" | "status">;
type Row = OutputOf<"keys.list">["keys"][number];

const named = (name: string) => ({ name, key: fakeSecret(name) });

/** `written` stands in the file, `stored` and `spare` in the store. */
async function open(fields: object = {}, rest: object = {}): Promise<Opened> {
  const upstream = startUpstream({ otherwise: openai });
  const config = { ...rest, providers: [providerAt(upstream.url, "main", [named("written")])] };
  const lab = await openLab({ config });
  await lab.control.call("keys.add", { provider: "main", keys: [named("stored"), named("spare")] });
  if (Object.keys(fields).length > 0) {
    const providers = [{ ...config.providers[0], ...fields }];
    writeFileSync(lab.configFile, JSON.stringify({ ...rest, providers }));
    expect(lab.instance.reload("test")).toMatchObject({ ok: true });
  }
  return {
    lab,
    upstream,
    [Symbol.asyncDispose]: async () => {
      await lab[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

async function set(lab: Lab, name: string, change: Change): Promise<OutputOf<"keys.set">> {
  return lab.control.call("keys.set", { keys: [name], ...change });
}

async function row(lab: Lab, name: string): Promise<Row> {
  const [found] = (await lab.control.call("keys.list", { keys: [name] })).keys;
  if (found === undefined) throw new Error("There is no such key");
  return found;
}

async function fault(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`It did not fail as it should: ${error}`);
  return error;
}

/** Why a change of one key was refused. */
async function whyNot(lab: Lab, name: string, change: Change): Promise<string | undefined> {
  const { keys, refused } = await set(lab, name, change);
  expect(keys).toEqual([]);
  return refused[0]?.why;
}

function limited(limits: Row["limits"]): readonly string[] {
  return limits.map(({ name, used, limit }) => `${name} ${used}/${limit}`);
}

describe("keys.set", () => {
  test("is in effect when it answers, and after a restart", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    const change = { name: "prime", weight: 3, priority: -1, models: ["gpt-*"], limits: { rpm: 60, tpd: "2M" } };
    const { keys, refused } = await set(lab, "stored", change);
    expect([keys, refused]).toEqual([
      [{ id: keyId(lab, "prime"), name: "prime", provider: "main", source: "key store" }],
      [],
    ]);
    for (let i = 0; i < 3; i++) await lab.chat("gpt-4o-mini");
    expect(upstream.calls.map(({ key }) => key)).toEqual(Array(3).fill(fakeSecret("stored")));
    await using next = await lab.restart();
    const { limits: own_limits, ...others } = change;
    expect(await row(next, "prime")).toMatchObject({ ...others, own_limits, added_at: expect.any(String) });
  });

  test("takes back what null says", async () => {
    await using opened = await open();
    const { lab } = opened;
    await set(lab, "stored", { name: "prime", weight: 3, priority: 1, models: ["x"], limits: { rpm: 5, tpm: 7 } });
    await set(lab, "prime", { name: null, weight: null, priority: null, models: null, limits: { rpm: null } });
    const [, found] = (await lab.control.call("keys.list", { provider: "main" })).keys;
    expect(found).toMatchObject({ name: found?.masked, weight: 1, priority: 0, own_limits: { tpm: 7 } });
    expect(found).not.toHaveProperty("models");
    await lab.control.call("keys.set", { keys: [found?.id ?? ""], limits: null });
    expect(lab.ports.keys.list()[0]).toEqual({
      provider: "main",
      secret: fakeSecret("stored"),
      added_at: new Date(START).toISOString(),
    });
  });

  test("changes many at once, each of them", async () => {
    await using opened = await open();
    const { lab } = opened;
    const { keys } = await lab.control.call("keys.set", { keys: ["s*"], weight: 4, limits: { concurrency: 2 } });
    expect(keys.map(({ name }) => name)).toEqual(["stored", "spare"]);
    for (const name of ["stored", "spare"])
      expect(await row(lab, name)).toMatchObject({ weight: 4, own_limits: { concurrency: 2 } });
  });

  test("writes nothing where nothing is new", async () => {
    await using opened = await open();
    const { lab } = opened;
    await set(lab, "stored", { weight: 2 });
    const before = lab.read("keys.json");
    expect((await set(lab, "stored", { weight: 2, name: "stored" })).keys).toHaveLength(1);
    expect(lab.read("keys.json")).toBe(before);
  });

  test("changes a key whose provider is not configured", async () => {
    await using opened = await open();
    const { lab } = opened;
    writeFileSync(lab.configFile, JSON.stringify({ providers: [{ name: "groq", api_keys: [fakeSecret("other")] }] }));
    expect(lab.instance.reload("test")).toMatchObject({ ok: true });
    await set(lab, "stored", { weight: 2 });
    expect(await row(lab, "stored")).toMatchObject({ state: "unused", weight: 2 });
  });
});

describe("keys.set keeps health", () => {
  test("what a key rests for, and what it was used", async () => {
    await using opened = await open();
    const { lab } = opened;
    for (let i = 0; i < 3; i++) await lab.chat("gpt-4o-mini");
    const { balancer } = lab.instance;
    const need = { route: [[{ provider: "main", model: "m" }]], operation: "chat/completions", client: "c" };
    const attempt = balancer.begin({ provider: "main", keyId: keyId(lab, "stored"), model: "m" }, need, START);
    lab.instance.noteChanges(balancer.judge(attempt, verdictOf({ kind: "key-invalid" }), START));
    balancer.end(attempt, START);
    await lab.control.call("keys.disable", { keys: ["spare"] });
    const before = await row(lab, "stored");
    expect([before.state, before.used_24h]).toEqual(["invalid", 2]);
    await set(lab, "stored", { name: "prime", weight: 2, priority: 1, models: ["*"] });
    await set(lab, "spare", { weight: 2 });
    const { weight: _, priority: __, name: ___, models: ____, ...kept } = await row(lab, "prime");
    const { weight: _____, priority: ______, name: _______, ...were } = before;
    expect(kept).toEqual(were);
    expect((await row(lab, "spare")).state).toBe("disabled");
  });

  test("what is used of a limit counts under another one, which holds at once", async () => {
    await using opened = await open({}, { queue: { max_wait: "0s" } });
    const { lab, upstream } = opened;
    await lab.control.call("keys.disable", { keys: ["written", "spare"] });
    await set(lab, "stored", { limits: { rpm: 5, concurrency: 3 } });
    for (let i = 0; i < 3; i++) expect((await lab.chat("gpt-4o-mini")).status).toBe(200);
    expect(limited((await row(lab, "stored")).limits)).toEqual(["rpm 3/5", "concurrency 0/3"]);
    await set(lab, "stored", { limits: { rpm: 4 } });
    expect(limited((await row(lab, "stored")).limits)).toEqual(["rpm 3/4", "concurrency 0/3"]);
    expect((await lab.chat("gpt-4o-mini")).status).toBe(200);
    expect((await lab.chat("gpt-4o-mini")).status).toBe(429);
    expect(upstream.count()).toBe(4);
    await set(lab, "stored", { limits: null });
    expect((await lab.chat("gpt-4o-mini")).status).toBe(200);
    expect((await row(lab, "stored")).limits).toEqual([]);
  });

  test("and the limits of the provider come back where a key's own are taken back", async () => {
    await using opened = await open({ limits: { rpm: 60, tpm: "30k" } });
    const { lab } = opened;
    await set(lab, "stored", { limits: { rpm: 5 } });
    const limitsOf = async () => (await row(lab, "stored")).limits.map(({ name, limit }) => [name, limit]);
    expect(await limitsOf()).toEqual([
      ["rpm", 5],
      ["tpm", 30_000],
    ]);
    await set(lab, "stored", { limits: { rpm: null } });
    expect(await limitsOf()).toEqual([
      ["rpm", 60],
      ["tpm", 30_000],
    ]);
  });
});

describe("keys.set refuses", () => {
  test("keys of the config file, says where they stand, and changes the others", async () => {
    await using opened = await open();
    const { lab } = opened;
    const { keys, refused } = await lab.control.call("keys.set", { provider: "main", weight: 2 });
    expect(keys.map(({ name }) => name)).toEqual(["stored", "spare"]);
    expect(refused).toMatchObject([
      { name: "written", why: expect.stringMatching(/^it comes from config\.yaml:1:\d+: change it there$/) },
    ]);
  });

  test("keys of a variable, and says where more could be said of them", async () => {
    await using lab = await openLab({ env: { OPENAI_API_KEY: fakeSecret("of-env") } });
    expect(await whyNot(lab, "*", { weight: 2 })).toBe(
      "it comes from OPENAI_API_KEY, which holds nothing but keys: write it under providers.openai.api_keys of a config file, or take it out there and add it with openai-balance keys add",
    );
    expect(existsSync(join(lab.dataFolder, "keys.json"))).toBe(false);
  });

  test("keys of a file of keys", async () => {
    await using opened = await open();
    const { lab } = opened;
    writeFileSync(join(lab.folder, "keys.txt"), `${fakeSecret("of-file")}\n`);
    const [provider] = JSON.parse(await Bun.file(lab.configFile).text()).providers;
    writeFileSync(lab.configFile, JSON.stringify({ providers: [{ ...provider, keys_file: "keys.txt" }] }));
    expect(lab.instance.reload("test")).toMatchObject({ ok: true });
    const { refused } = await lab.control.call("keys.set", { keys: ["fake...*"], weight: 2 });
    expect(refused[0]?.why).toMatch(/^it comes from .*keys\.txt, which holds nothing but keys/);
  });

  test.each<[string, Change, string]>([
    ["a name that a written key has", { name: "written" }, "written is already the name of another key of main"],
    ["a name that a stored key has", { name: "spare" }, "spare is already the name of another key of main"],
    ["a name of two lines", { name: "a\nb" }, "expected a name without control characters"],
    ["a name that moves the cursor", { name: "\u009b2J" }, "expected a name without control characters"],
    ["its own secret as a name", { name: `x ${fakeSecret("stored")}` }, "expected a name that holds no key"],
    ["another secret as a name", { name: fakeSecret("written") }, "expected a name that holds no key"],
    ["a day that nothing heeds", { limits: { day: "UTC" } }, "limits.day has no effect: neither rpd nor tpd is set"],
  ])("%s", async (_what, change, why) => {
    await using opened = await open();
    expect(await whyNot(opened.lab, "stored", change)).toBe(why);
    expect(await row(opened.lab, "stored")).toMatchObject({ weight: 1 });
  });

  test("another name for a key that the configuration refers to, and nothing else of it", async () => {
    await using opened = await open({ stateful_key: "stored" });
    const { lab } = opened;
    const why = "the configuration names it as stateful_key, so that it cannot get another name: change that first";
    expect(await whyNot(lab, "stored", { name: "other" })).toBe(why);
    expect(await whyNot(lab, "stored", { name: null })).toBe(why);
    expect((await set(lab, "stored", { name: "stored", weight: 2 })).keys).toHaveLength(1);
  });

  test.each<[string, object, string]>([
    ["nothing to change", { keys: ["stored"] }, "What is to change? "],
    ["no limit to change", { keys: ["stored"], limits: {} }, "What is to change? "],
    ["an empty wish for all keys", { keys: [], weight: 2 }, "Which keys? "],
    ["one name for several keys", { keys: ["s*"], name: "x" }, "A name is for one key only, and these are 2"],
    ["a key that is not there", { keys: ["stord"], weight: 2 }, "There is no key stord: did you mean stored"],
  ])("%s", async (_what, input, message) => {
    await using opened = await open();
    const error = await fault(opened.lab.control.call("keys.set", input));
    expect([error.exitCode, error.message]).toEqual([EXIT.usage, expect.stringContaining(message)]);
  });

  test.each<[string, object, string]>([
    ["a name of 10 kB", { name: "x".repeat(10_240) }, "name: expected at most 200 characters, got a string of 10240"],
    ["a name of nothing", { name: "  " }, "name: expected at least 1 character"],
    ["a weight of nothing", { weight: 0 }, "weight: expected more than 0, got a smaller one"],
    ["a limit of nothing", { limits: { rpm: 0 } }, "limits.rpm: expected more than 0, got a smaller one"],
    ["a limit that is none", { limits: { rpx: 1 } }, "limits.rpx: unknown field, did you mean rpm"],
    ["a zone that is none", { limits: { day: "Mars" } }, "limits.day: expected rolling or a time zone"],
    ["no model at all", { models: [] }, "models: expected at least 1 item, got an empty list"],
  ])("%s, with a clear message", async (_what, change, message) => {
    await using opened = await open();
    const error = await fault(opened.lab.control.call("keys.set", { keys: ["stored"], ...change }));
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(200);
  });

  test("everything where the disk refuses", async () => {
    await using opened = await open();
    const { lab } = opened;
    mkdirSync(join(lab.dataFolder, "keys.json.tmp", "x"), { recursive: true });
    expect((await fault(set(lab, "stored", { weight: 2 }))).message).toContain("Cannot write the key store");
    expect(await row(lab, "stored")).toMatchObject({ weight: 1 });
  });
});

test.each([
  ["of letters that run from right to left", "\u05de\u05e4\u05ea\u05d7 \u202eabc"],
  ["of a page", `<script>alert("x")</script>'&`],
  ["of signs beyond the first plane", "cl\u00e9 \u{1F511}"],
  ["that a program would read", "../../etc/passwd %00 $(x)"],
])("a name %s is kept as text", async (_what, name) => {
  await using opened = await open();
  const { lab } = opened;
  const { keys } = await set(lab, "stored", { name });
  expect(keys[0]?.name).toBe(name);
  await using next = await lab.restart();
  expect((await row(next, keys[0]?.id ?? "")).name).toBe(name);
});

describe("two changes at once", () => {
  test("of different things both count", async () => {
    await using opened = await open();
    const { lab } = opened;
    await Promise.all([
      set(lab, "stored", { weight: 2 }),
      set(lab, "stored", { priority: 3 }),
      set(lab, "stored", { limits: { rpm: 5 } }),
      set(lab, "stored", { limits: { tpm: 7 } }),
    ]);
    expect(await row(lab, "stored")).toMatchObject({ weight: 2, priority: 3, own_limits: { rpm: 5, tpm: 7 } });
  });

  test("for one name give it to one key", async () => {
    await using opened = await open();
    const { lab } = opened;
    const results = await Promise.all([set(lab, "stored", { name: "prime" }), set(lab, "spare", { name: "prime" })]);
    expect(results.map(({ keys }) => keys.length)).toEqual([1, 0]);
    expect(results[1]?.refused[0]?.why).toBe("prime is already the name of another key of main");
  });

  test("of which one removes the key change nothing of it", async () => {
    await using opened = await open();
    const { lab } = opened;
    // The key goes between the choice of keys and the turn of the change.
    const keys = {
      ...lab.ports.keys,
      change: async (edit: Parameters<typeof lab.ports.keys.change>[0]) => {
        await lab.control.call("keys.remove", { keys: ["stored"] });
        await lab.ports.keys.change(edit);
      },
    };
    const result = await localControl({ ...lab.ports, keys }).call("keys.set", { keys: ["stored"], weight: 2 });
    expect(result).toMatchObject({ keys: [], refused: [{ name: "stored", why: "it was removed meanwhile" }] });
    expect(lab.ports.keys.list().map(({ name }) => name)).toEqual(["spare"]);
  });
});

test("no secret stands in what keys.set answers, refuses or logs", async () => {
  await using opened = await open();
  const { lab } = opened;
  const answer = await lab.control.call("keys.set", { keys: [fakeSecret("stored"), "written"], weight: 2 });
  const refused = await set(lab, "stored", { name: fakeSecret("written") });
  expect(refused.refused).toHaveLength(1);
  expect(leakIn(JSON.stringify([answer, refused, await lab.log()]))).toBeUndefined();
});
