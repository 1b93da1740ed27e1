// keys.remove, enable, disable and reset on a real instance: what they may touch, and that it is on the disk.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import { START, verdictOf } from "../balancer/fixtures.ts";
import { type Lab, openLab, providerAt } from "../daemon/instance-lab.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { startUpstream, type Upstream } from "../fixture/upstream.ts";
import { keyId } from "./every-state.ts";

interface Opened extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
}

const named = (name: string) => ({ name, key: fakeSecret(name) });

/** `written` stands in the file, `stored` and `spare` in the store, `asleep` at a provider that is not enabled. */
async function open(fields: object = {}): Promise<Opened> {
  const upstream = startUpstream({ otherwise: openai });
  const providers = [
    providerAt(upstream.url, "main", [named("written")]),
    providerAt(upstream.url, "off", [named("asleep")], { enabled: false }),
  ];
  const lab = await openLab({ config: { providers } });
  await lab.control.call("keys.add", { provider: "main", keys: [named("stored"), named("spare")] });
  if (Object.keys(fields).length > 0) {
    writeFileSync(lab.configFile, JSON.stringify({ providers: [{ ...providers[0], ...fields }, providers[1]] }));
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

function invalidate(lab: Lab, name: string): void {
  const { balancer } = lab.instance;
  const need = { route: [[{ provider: "main", model: "m" }]], operation: "chat/completions", client: "c" };
  const attempt = balancer.begin({ provider: "main", keyId: keyId(lab, name), model: "m" }, need, START);
  lab.instance.noteChanges(balancer.judge(attempt, verdictOf({ kind: "key-invalid" }), START));
  balancer.end(attempt, START);
}

async function stateOf(lab: Lab, name: string): Promise<string | undefined> {
  return (await lab.control.call("keys.list", { keys: [name] })).keys[0]?.state;
}

/** The provider of the stored keys is no longer configured. */
async function withoutProvider(lab: Lab): Promise<void> {
  writeFileSync(lab.configFile, JSON.stringify({ providers: [{ name: "groq", api_keys: [fakeSecret("other")] }] }));
  expect(lab.instance.reload("test")).toMatchObject({ ok: true });
}

/** What the file says now, without any waiting. */
function onDisk(lab: Lab): string {
  return readFileSync(join(lab.dataFolder, "state.json"), "utf8");
}

async function fault(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`It did not fail as it should: ${error}`);
  return error;
}

describe("keys.remove", () => {
  test("removes a stored key for good: no request, no list and no restart knows it", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    const { removed, refused } = await lab.control.call("keys.remove", { keys: ["stored"] });
    expect([removed.map(({ name }) => name), refused]).toEqual([["stored"], []]);
    for (let i = 0; i < 4; i++) await lab.chat("gpt-4o-mini");
    expect(upstream.count(fakeSecret("stored"))).toBe(0);
    await using next = await lab.restart();
    expect((await next.control.call("keys.list", { provider: "main" })).keys.map(({ name }) => name)).toEqual([
      "written",
      "spare",
    ]);
  });

  test("removes what it may and says why it leaves the others", async () => {
    await using opened = await open();
    const result = await opened.lab.control.call("keys.remove", { keys: ["stored", "written"] });
    expect(result).toMatchObject({
      removed: [{ name: "stored" }],
      refused: [
        {
          name: "written",
          why: expect.stringMatching(/^it comes from config\.yaml:1:\d+: remove it there, or disable it$/),
        },
      ],
    });
  });

  test("names the variable that a key comes from", async () => {
    await using lab = await openLab({ env: { OPENAI_API_KEY: fakeSecret("of-env") } });
    const { refused } = await lab.control.call("keys.remove", { status: "ready" });
    expect(refused).toMatchObject([{ why: "it comes from OPENAI_API_KEY: remove it there, or disable it" }]);
  });

  test.each(["stateful_key", "model_request_key"])("leaves a key that the configuration names as %s", async (field) => {
    await using opened = await open({ [field]: "stored" });
    const { lab } = opened;
    const { removed, refused } = await lab.control.call("keys.remove", { status: "ready", provider: "main" });
    expect(removed.map(({ name }) => name)).toEqual(["spare"]);
    expect(refused.find(({ name }) => name === "stored")?.why).toBe(
      `the configuration names it as ${field}: change that first`,
    );
    await using next = await lab.restart();
    expect(await stateOf(next, "stored")).toBe("ready");
  });

  test("forgets the health of what it removes: added again a key is like new", async () => {
    await using opened = await open();
    const { lab } = opened;
    const id = keyId(lab, "stored");
    invalidate(lab, "stored");
    await lab.control.call("keys.disable", { keys: ["stored"] });
    expect(onDisk(lab)).toContain(id);
    await lab.control.call("keys.remove", { keys: ["stored"] });
    expect(onDisk(lab)).not.toContain(id);
    await lab.control.call("keys.add", { provider: "main", keys: [named("stored")] });
    expect(await stateOf(lab, "stored")).toBe("ready");
  });

  test("is in effect while the config file is broken", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    writeFileSync(lab.configFile, "providers: 5");
    await lab.control.call("keys.remove", { keys: ["stored"] });
    for (let i = 0; i < 4; i++) expect((await lab.chat("gpt-4o-mini")).status).toBe(200);
    expect(upstream.count(fakeSecret("stored"))).toBe(0);
  });

  test("changes nothing where the disk refuses", async () => {
    await using opened = await open();
    const { lab } = opened;
    mkdirSync(join(lab.dataFolder, "keys.json.tmp", "x"), { recursive: true });
    expect((await fault(lab.control.call("keys.remove", { keys: ["stored"] }))).message).toContain("Cannot write");
    expect(await stateOf(lab, "stored")).toBe("ready");
    expect(lab.ports.keys.list()).toHaveLength(2);
  });

  test("of nothing changes nothing", async () => {
    await using opened = await open();
    const before = opened.lab.read("keys.json");
    const result = await opened.lab.control.call("keys.remove", { status: "invalid" });
    expect([result, opened.lab.read("keys.json") === before]).toEqual([{ removed: [], refused: [] }, true]);
  });
});

test.each(["keys.remove", "keys.disable", "keys.enable", "keys.reset"] as const)(
  "%s takes an empty wish for none, never for all",
  async (name) => {
    await using opened = await open();
    const { message, exitCode } = await fault(opened.lab.control.call(name, { keys: [] }));
    expect([message, exitCode]).toEqual([expect.stringContaining("Which keys?"), EXIT.usage]);
    expect(await stateOf(opened.lab, "stored")).toBe("ready");
  },
);

describe("keys are meant by the fields of keys.list", () => {
  const names = async (lab: Lab, question: object) =>
    (await lab.control.call("keys.list", question)).keys.map(({ name }) => name);

  test.each<[object, readonly string[]]>([
    [{ search: "INVALID_api" }, ["stored"]],
    [{ status: ["invalid", "disabled"], provider: ["main"] }, ["stored", "spare"]],
    [{ min_failures: 1, provider: "main" }, []],
    [{ provider: ["main", "off"], search: "e" }, ["written", "stored", "spare", "asleep"]],
  ])("%j", async (question, expected) => {
    await using opened = await open();
    const { lab } = opened;
    invalidate(lab, "stored");
    await lab.control.call("keys.disable", { keys: ["spare"] });
    expect(await names(lab, question)).toEqual([...expected]);
    const { keys, passed_over } = await lab.control.call("keys.disable", question);
    expect(keys.map(({ name }) => name)).toEqual(expected.filter((name) => name !== "asleep"));
    expect(passed_over).toBe(expected.length - keys.length);
  });

  test("all of them only where that is said, and nothing else", async () => {
    await using opened = await open();
    const { lab } = opened;
    for (const empty of [{}, { search: "" }, { min_failures: 0 }]) {
      expect((await fault(lab.control.call("keys.remove", empty))).message).toStartWith("Which keys?");
    }
    const both = await fault(lab.control.call("keys.remove", { all: true, status: "ready" }));
    expect(both.message).toBe("Cannot tell which keys are meant: `all` stands beside what chooses some of them");
    const { removed, refused } = await lab.control.call("keys.remove", { all: true });
    expect([removed, refused].map((keys) => keys.map(({ name }) => name))).toEqual([
      ["stored", "spare"],
      ["written", "asleep"],
    ]);
  });
});

describe("stored keys whose provider is not configured", () => {
  test("are listed, and can be removed", async () => {
    await using opened = await open();
    const { lab } = opened;
    await withoutProvider(lab);
    const { keys } = await lab.control.call("keys.list", { status: "unused" });
    expect(keys.map(({ name, provider }) => [name, provider])).toEqual([
      ["stored", "main"],
      ["spare", "main"],
    ]);
    await lab.control.call("keys.remove", { keys: ["stored"] });
    expect(lab.ports.keys.list().map(({ name }) => name)).toEqual(["spare"]);
  });

  test("have no health that could change", async () => {
    await using opened = await open();
    await withoutProvider(opened.lab);
    expect((await fault(opened.lab.control.call("keys.disable", { keys: ["stored"] }))).message).toBe(
      "The provider main is not configured, so that its keys serve nothing: change the configuration first",
    );
  });
});

describe("keys.disable, keys.enable and keys.reset", () => {
  test("are on the disk when they answer", async () => {
    await using opened = await open();
    const { lab } = opened;
    const id = keyId(lab, "stored");
    invalidate(lab, "stored");
    await lab.control.call("keys.disable", { keys: ["stored"] });
    expect(onDisk(lab)).toContain(`"keyId":"${id}","state":{"disabled":${START}`);
    await lab.control.call("keys.enable", { keys: ["stored"] });
    expect(onDisk(lab)).not.toContain('"disabled"');
    expect(onDisk(lab)).toContain('"cause":"invalid"');
    await lab.control.call("keys.reset", { keys: ["stored"] });
    expect(onDisk(lab)).not.toContain('"rests"');
  });

  test("are in effect when they answer, and after a restart", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    await lab.control.call("keys.disable", { keys: ["written", "spare"] });
    for (let i = 0; i < 4; i++) await lab.chat("gpt-4o-mini");
    await using next = await lab.restart();
    for (let i = 0; i < 4; i++) await next.chat("gpt-4o-mini");
    expect(new Set(upstream.calls.map(({ key }) => key))).toEqual(new Set([fakeSecret("stored")]));
    await next.control.call("keys.enable", { status: "disabled" });
    expect(await stateOf(next, "written")).toBe("ready");
  });

  test("leave what a key rests for to the other one of them", async () => {
    await using opened = await open();
    const { lab } = opened;
    invalidate(lab, "stored");
    await lab.control.call("keys.disable", { keys: ["stored"] });
    await lab.control.call("keys.reset", { keys: ["stored"] });
    expect(await stateOf(lab, "stored")).toBe("disabled");
    invalidate(lab, "spare");
    await lab.control.call("keys.disable", { keys: ["spare"] });
    await lab.control.call("keys.enable", { keys: ["spare"] });
    expect(await stateOf(lab, "spare")).toBe("invalid");
  });

  test("may be asked twice", async () => {
    await using opened = await open();
    for (const name of ["keys.disable", "keys.disable", "keys.enable", "keys.enable", "keys.reset"] as const) {
      const { keys } = await opened.lab.control.call(name, { keys: ["stored"] });
      expect(keys.map((key) => key.name)).toEqual(["stored"]);
    }
    const said = (await opened.lab.log()).filter(({ scope }) => scope === "key").map(({ msg }) => msg);
    expect(said).toEqual(["Key disabled by an operator", "Key enabled by an operator"]);
  });

  test("say so where a restart would forget it, and save it once the disk takes it", async () => {
    await using opened = await open();
    const { lab } = opened;
    const inTheWay = join(lab.dataFolder, "state.json.tmp");
    mkdirSync(join(inTheWay, "x"), { recursive: true });
    const error = await fault(lab.control.call("keys.disable", { keys: ["stored"] }));
    expect([error.message, error.exitCode]).toEqual([
      expect.stringMatching(/^It is in effect, but cannot be saved, so that a restart would forget it: /),
      EXIT.failed,
    ]);
    expect(await stateOf(lab, "stored")).toBe("disabled");
    rmSync(inTheWay, { recursive: true });
    await lab.control.call("keys.reset", { keys: ["stored"] });
    expect(onDisk(lab)).toContain('"disabled"');
    const said = (await lab.log()).map(({ msg }) => msg);
    expect(said).toContain("State cannot be saved, a restart would forget it; trying on");
    expect(said).toContain("State is saved again");
  });

  test("say so where nothing can be kept at all", async () => {
    await using reader = await openLab({ config: { providers: [] }, env: {}, isReadOnly: true });
    expect((await fault(reader.control.call("keys.reset", { status: "ready" }))).message).toContain("not locked");
  });

  test.each(["keys.disable", "keys.enable", "keys.reset"] as const)(
    "%s never claims to have changed a key that has no health",
    async (name) => {
      await using opened = await open();
      const all = await opened.lab.control.call(name, { keys: ["*"] });
      expect(all.keys.map((key) => key.name)).toEqual(["written", "stored", "spare"]);
      expect((await fault(opened.lab.control.call(name, { keys: ["asleep"] }))).message).toBe(
        "The provider off is not enabled, so that its keys serve nothing: change the configuration first",
      );
    },
  );
});

test.each(["keys.disable", "keys.enable", "keys.reset"] as const)(
  "%s counts all keys, and names no more than asked for",
  async (operation) => {
    await using opened = await open();
    const { lab } = opened;
    const question = { provider: "main", keys: [] };
    const all = await lab.control.call(operation, question);
    expect(all.keys).toHaveLength(3);
    expect(await lab.control.call(operation, { ...question, named: 0 })).toMatchObject({ keys: [], count: 3 });
    expect(await lab.control.call(operation, { ...question, named: 2 })).toMatchObject({
      keys: all.keys.slice(0, 2),
      count: 3,
      passed_over: 0,
    });
  },
);
