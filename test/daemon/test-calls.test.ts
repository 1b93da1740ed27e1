// Test calls of commands and checks: which key they take, by which call, and what is said where there is none.
import { describe, expect, test } from "bun:test";
import type { TestResult, TestTarget } from "../../src/admin/ports.ts";
import { checkKey } from "../../src/daemon/test-calls.ts";
import { keyId } from "../admin/every-state.ts";
import { START, verdictOf } from "../balancer/fixtures.ts";
import { errorJson, forbidden, silent, unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";
import { startUpstream, type Upstream } from "../fixture/upstream.ts";
import { type Lab, openLab, providerAt } from "./instance-lab.ts";

interface Opened extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
  test(target: Partial<TestTarget>, signal?: AbortSignal): Promise<TestResult>;
}

const named = (name: string, priority = 0) => ({ name, key: fakeSecret(name), priority });

async function open(fields: object = {}): Promise<Opened> {
  const upstream = startUpstream({ otherwise: openai });
  const providers = [
    providerAt(upstream.url, "main", [named("first"), named("second", 1)], fields),
    providerAt(upstream.url, "off", [named("asleep")], { enabled: false }),
  ];
  const lab = await openLab({ config: { providers } });
  return {
    lab,
    upstream,
    test: (target, signal = new AbortController().signal) =>
      lab.ports.test({ provider: "main", keyId: undefined, model: undefined, ...target }, signal),
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
  balancer.judge(attempt, verdictOf({ kind: "key-invalid" }), START);
  balancer.end(attempt, START);
}

function stateOf(lab: Lab, name: string): string | undefined {
  return lab.instance.balancer.reportKey({ provider: "main", keyId: keyId(lab, name) }, START)?.state;
}

describe("a test call takes", () => {
  test("the key that a request would get, and the provider's test model", async () => {
    await using opened = await open();
    const result = await opened.test({});
    expect(result).toMatchObject({ isOk: true, outcome: "ok", status: 200, model: "gpt-4o-mini", reason: undefined });
    expect(result.keyId).toBe(keyId(opened.lab, "first"));
    expect(opened.upstream.calls.map(({ method, path, model }) => `${method} ${path} ${model}`)).toEqual([
      "POST /v1/chat/completions gpt-4o-mini",
    ]);
  });

  test("another one while that rests", async () => {
    await using opened = await open();
    invalidate(opened.lab, "first");
    expect((await opened.test({})).keyId).toBe(keyId(opened.lab, "second"));
  });

  test("the first one where none may serve, which tells why", async () => {
    await using opened = await open();
    for (const name of ["first", "second"]) invalidate(opened.lab, name);
    opened.upstream.otherwise(unauthorized);
    expect(await opened.test({})).toMatchObject({ isOk: false, outcome: "invalid_key", reason: "invalid_api_key" });
    expect(opened.upstream.calls.map(({ key }) => key)).toEqual([fakeSecret("first")]);
  });

  test("the key that is named, whatever its state", async () => {
    await using opened = await open();
    const place = { provider: "main", keyId: keyId(opened.lab, "second") };
    opened.lab.instance.balancer.setDisabled([place], true, START);
    expect(await opened.test(place)).toMatchObject({ isOk: true, keyId: place.keyId });
    expect(stateOf(opened.lab, "second")).toBe("disabled");
  });

  test("the model that is named", async () => {
    await using opened = await open();
    expect(await opened.test({ model: "gpt-4o" })).toMatchObject({ model: "gpt-4o" });
    expect(opened.upstream.calls[0]?.model).toBe("gpt-4o");
  });

  test("the free call where there is no model to ask", async () => {
    await using opened = await open({ test_model: undefined, probe_path: "/key" });
    opened.upstream.otherwise(() => Response.json({ data: {} }));
    expect(await opened.test({})).toMatchObject({ isOk: true, model: undefined, firstTokenMs: undefined });
    expect(opened.upstream.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /v1/key"]);
  });
});

describe("a test call sends nothing", () => {
  test.each<[string, object, Partial<TestTarget>, string, string]>([
    [
      "to a provider without a model and a free call",
      { test_model: undefined, probe_path: "none" },
      {},
      "no_test_model",
      "no model to ask: set test_model, or name one with --model",
    ],
    ["to a provider that is not enabled", {}, { provider: "off" }, "off", "the provider is not enabled"],
    ["without a key", { api_keys: [] }, {}, "no_usable_key", "no key of the provider may serve now"],
    ["with a key that is gone", {}, { keyId: "000000000000" }, "no_usable_key", "no key of the provider may serve now"],
  ])("%s", async (_what, fields, target, outcome, message) => {
    await using opened = await open(fields);
    expect(await opened.test(target)).toMatchObject({ isOk: false, outcome, message, status: undefined, latencyMs: 0 });
    expect([opened.upstream.count(), opened.upstream.listings.length]).toEqual([0, 0]);
  });

  test("but to a provider without a free call that is asked for a model", async () => {
    await using opened = await open({ test_model: undefined, probe_path: "none" });
    expect(await opened.test({ model: "m" })).toMatchObject({ isOk: true });
  });
});

describe("a test call counts for health", () => {
  test("as what it met: a dead key rests, is logged and saved, and revives", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    upstream.byKey(fakeSecret("first"), unauthorized);
    await opened.test({ keyId: keyId(lab, "first") });
    expect(stateOf(lab, "first")).toBe("invalid");
    upstream.byKey(fakeSecret("first"), openai);
    await opened.test({ keyId: keyId(lab, "first") });
    expect(stateOf(lab, "first")).toBe("ready");
    expect((await lab.log()).map(({ msg }) => msg)).toEqual(["Key is invalid", "Key answers again"]);
  });

  test("but not where a key is only tried out", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    upstream.otherwise(unauthorized);
    const key = { provider: "main", secret: fakeSecret("first"), added_at: "2027-01-15T08:00:00Z" };
    const result = await lab.ports.keys.tester()(key, new AbortController().signal);
    expect(result).toMatchObject({ isOk: false, outcome: "invalid_key", keyId: keyId(lab, "first") });
    expect([stateOf(lab, "first"), await lab.log()]).toEqual(["ready", []]);
  });

  test("and tells no secret, whatever the provider says", async () => {
    await using opened = await open();
    const secret = fakeSecret("first");
    opened.upstream.byKey(secret, () => errorJson(401, "invalid_api_key", `Incorrect API key: ${secret}`));
    const result = await opened.test({ keyId: keyId(opened.lab, "first") });
    expect([result.message, leakIn(JSON.stringify(result))]).toEqual([
      expect.stringContaining("Incorrect API key: fake..."),
      undefined,
    ]);
  });

  test("and leaves no slot when it is aborted", async () => {
    await using opened = await open();
    opened.upstream.otherwise(silent);
    const stop = new AbortController();
    const running = opened.test({}, stop.signal);
    await until("the call", () => opened.upstream.count() === 1);
    stop.abort();
    expect(await running).toMatchObject({ isOk: false, outcome: "client_gone" });
    const [pool] = opened.lab.instance.balancer.report(START);
    expect(pool?.keys.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });
});

describe("checkKey", () => {
  test.each([
    [false, "GET /v1/models"],
    [true, "POST /v1/chat/completions"],
  ])("with chat %p calls %s", async (isChat, called) => {
    await using opened = await open();
    const { lab, upstream } = opened;
    invalidate(lab, "first");
    const provider = lab.instance.handler.setup.providers.get("main");
    const key = provider?.keys.get(keyId(lab, "first"));
    if (provider === undefined || key === undefined) throw new Error("There is no key");
    await checkKey(provider, key, isChat, lab.instance, new AbortController().signal);
    const calls = [...upstream.calls, ...upstream.listings];
    expect(calls.map(({ method, path, key: sent }) => [`${method} ${path}`, sent])).toEqual([
      [called, fakeSecret("first")],
    ]);
    expect(stateOf(lab, "first")).toBe("ready");
  });

  test("sends nothing where no free call proves a key", async () => {
    await using opened = await open({ probe_path: "none" });
    const { lab, upstream } = opened;
    invalidate(lab, "first");
    upstream.otherwise(forbidden);
    const provider = lab.instance.handler.setup.providers.get("main");
    const key = provider?.keys.get(keyId(lab, "first"));
    if (provider === undefined || key === undefined) throw new Error("There is no key");
    await checkKey(provider, key, false, lab.instance, new AbortController().signal);
    expect([upstream.count(), upstream.listings.length, stateOf(lab, "first")]).toEqual([0, 0, "invalid"]);
  });
});
