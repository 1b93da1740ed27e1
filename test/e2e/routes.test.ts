// Routes, path repair, models over several providers, admin reads, health.
import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { fixed, serverError } from "../fixture/behaviours.ts";
import { chat, MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ADMIN = fakeSecret("routes_admin");
const list = (...ids: string[]) =>
  fixed(200, JSON.stringify({ object: "list", data: ids.map((id) => ({ id, object: "model", owned_by: "fixture" })) }));
const ok = fixed(200, "{}");
const first = startUpstream({ otherwise: ok, listing: list(MODEL, "shared", "old-preview") });
const second = startUpstream({ otherwise: ok, listing: list("shared", "only-second", "vendor/model") });
const broken = startUpstream({ otherwise: serverError });
const provider = (name: string, url: string, more: object = {}) => {
  return { name, base_url: url, api_keys: [fakeSecret(`routes_${name}`)], ...more };
};
const daemon = await startDaemon(
  JSON.stringify({
    auth: { admin_token: ADMIN },
    providers: [
      provider("first", first.url, { models: { exclude: ["*-preview"] } }),
      provider("second", second.url, { path: "two" }),
      provider("broken", broken.url, { max_retries: 0 }),
      provider("off", second.url, { enabled: false }),
      provider("google", second.url, { dialect: "gemini" }),
    ],
    models: { fast: [`second/only-second`, `first/${MODEL}`] },
  }),
);
afterAll(async () => {
  await daemon.stop();
  for (const upstream of [first, second, broken]) await upstream[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await until("the model lists", async () => (await daemon.ask("/v1/models")).text.includes("only-second"));
  for (const upstream of [first, second, broken]) upstream.calls.length = 0;
});

const asked = () => ({ first: first.calls.map((call) => call.path), second: second.calls.map((call) => call.path) });

describe("a form of path goes to its provider", () => {
  test.each([
    ["/v1/chat/completions", "first", "/v1/chat/completions"],
    ["/hf/v1/chat/completions", "first", "/v1/chat/completions"],
    ["/openai/v1/chat/completions", "first", "/v1/chat/completions"],
    ["/first/v1/chat/completions", "first", "/v1/chat/completions"],
    ["/second/v1/chat/completions", "second", "/v1/chat/completions"],
    ["/two/v1/chat/completions", "second", "/v1/chat/completions"],
    ["/hf/second/v1/chat/completions", "second", "/v1/chat/completions"],
    ["/openai/two/v1/chat/completions", "second", "/v1/chat/completions"],
    ["/v1/chat/completions?provider=second&a=1", "second", "/v1/chat/completions?a=1"],
    ["/second/v1/any/thing%20else?x=%2F", "second", "/v1/any/thing%20else?x=%2F"],
    [
      "/google/v1beta/models/gemini-2.0-flash:generateContent",
      "second",
      "/v1beta/models/gemini-2.0-flash:generateContent",
    ],
  ] as const)("%s", async (path, name, target) => {
    const answer = await daemon.ask(path, chat({ model: "m" }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-openai-balance-repaired")).toBeNull();
    expect(asked()).toEqual({ first: [], second: [], [name]: [target] });
  });

  test.each([
    ["/nobody/v1/chat/completions", "provider_not_found"],
    ["/Second/v1/chat/completions", "provider_not_found"],
    ["/off/v1/chat/completions", "provider_not_found"],
    ["/v1/chat/completions?provider=nobody", "provider_not_found"],
    ["/hf/nobody/v1/models", "provider_not_found"],
    ["/nothing", "not_found"],
  ])("%s is %s", async (path, code) => {
    const answer = await daemon.ask(path, chat());
    expect(answer.status).toBe(404);
    expect(answer.json().error).toMatchObject({ code, type: expect.any(String), param: null });
    expect(asked()).toEqual({ first: [], second: [] });
  });
});

describe("a mistaken path is repaired, and the answer says so", () => {
  test.each([
    ["//v1//chat/completions", "/v1/chat/completions"],
    ["/v1/chat/completions/", "/v1/chat/completions"],
    ["/chat/completions", "/v1/chat/completions"],
    ["/v1/v1/chat/completions", "/v1/chat/completions"],
    ["/v1/chat/completions/chat/completions", "/v1/chat/completions"],
    ["/api/v1/chat/completions", "/v1/chat/completions"],
    ["/v1/openai/chat/completions", "/v1/chat/completions"],
    ["/v1beta/openai/chat/completions", "/v1/chat/completions"],
    ["/v1/chat/completion", "/v1/chat/completions"],
    ["/V1/Chat/Completions", "/v1/chat/completions"],
    ["/embeddings", "/v1/embeddings"],
  ])("%s", async (path, target) => {
    const answer = await daemon.ask(path, chat({ model: "m" }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-openai-balance-repaired")).toEndWith(` -> ${target}`);
    expect(asked().first).toEqual([target]);
  });

  test("for a provider, which stays the same", async () => {
    const answer = await daemon.ask("/two/chat/completions", chat({ model: "m" }));
    expect(answer.headers.get("x-openai-balance-repaired")).toBe("/two/chat/completions -> /two/v1/chat/completions");
    expect(asked()).toEqual({ first: [], second: ["/v1/chat/completions"] });
  });
});

describe("a model goes to the provider that has it", () => {
  test.each([
    [MODEL, "first", MODEL],
    ["shared", "first", "shared"],
    ["only-second", "second", "only-second"],
    ["vendor/model", "second", "vendor/model"],
    ["second/anything", "second", "anything"],
    ["unheard-of", "first", "unheard-of"],
    ["fast", "second", "only-second"],
  ] as const)("%s", async (model, name, sent) => {
    expect((await daemon.ask("/v1/chat/completions", chat({ model }))).status).toBe(200);
    const upstream = name === "first" ? first : second;
    expect(upstream.calls.map((call) => call.model)).toEqual([sent]);
    expect(first.count() + second.count()).toBe(1);
  });

  test("a filtered model is not found", async () => {
    for (const path of ["/v1/chat/completions", "/first/v1/chat/completions"]) {
      const answer = await daemon.ask(path, chat({ model: "old-preview" }));
      expect(answer.status).toBe(404);
      expect(answer.json().error.code).toBe("model_not_found");
    }
    expect(first.count()).toBe(0);
  });

  test("on a provider form the name goes upstream as it is", async () => {
    await daemon.ask("/first/v1/chat/completions", chat({ model: "fast" }));
    await daemon.ask("/first/v1/chat/completions", chat({ model: "second/x" }));
    expect(first.calls.map((call) => call.model)).toEqual(["fast", "second/x"]);
  });
});

interface ModelList {
  readonly object: string;
  readonly data: readonly { readonly id: string; readonly owned_by: string }[];
}

test("/v1/models lists each id once, the aliases, and names the provider that is missing", async () => {
  const answer = await daemon.ask("/v1/models");
  const models = answer.json<ModelList>();
  expect(models.object).toBe("list");
  expect(models.data.map((model) => model.id)).toEqual([MODEL, "shared", "only-second", "vendor/model", "fast"]);
  expect(models.data.at(-1)?.owned_by).toBe("openai-balance");
  expect(answer.headers.get("x-openai-balance-unavailable")).toContain("broken");
});

test("a provider's own models, one model, and one that is not there", async () => {
  const own = (await daemon.ask("/second/v1/models")).json<ModelList>();
  expect(own.data.map((model) => model.id)).toEqual(["shared", "only-second", "vendor/model"]);
  expect((await daemon.ask("/v1/models/shared")).json<{ id: string }>().id).toBe("shared");
  expect((await daemon.ask("/v1/models/vendor/model")).json<{ id: string }>().id).toBe("vendor/model");
  const missing = await daemon.ask("/v1/models/nothing");
  expect(missing.status).toBe(404);
  expect(missing.json().error.code).toBe("model_not_found");
});

test("the admin reads have the seed's shapes, under every prefix", async () => {
  const headers = { authorization: `Bearer ${ADMIN}` };
  for (const prefix of ["", "/hf", "/openai"]) {
    const providers = (await daemon.ask(`${prefix}/v1/providers`, { headers })).json<Record<string, unknown>>();
    expect(providers).toMatchObject({ status: "success", default_provider: "first", total: 5 });
    const fields = { name: "second", path: "two", base_url: second.url, enabled: true, is_default: false };
    expect(providers.data).toContainEqual(fields);
    const status = (await daemon.ask(`${prefix}/v1/providers/status`, { headers })).json<Record<string, unknown>>();
    const counts = { total_keys: 1, valid_keys_count: 1, invalid_keys_count: 0 };
    expect(status).toMatchObject({ status: "success", default_provider: "first", data: { second: counts } });
    const keys = (await daemon.ask(`${prefix}/v1/keys/list`, { headers })).json<Record<string, unknown>>();
    expect(keys).toMatchObject({ status: "success", total: 5 });
  }
});

test.each([{}, { authorization: "Bearer wrong" }])("the admin reads need the admin token (%j)", async (headers) => {
  for (const path of ["/v1/providers", "/v1/providers/status", "/v1/keys/list", "/hf/v1/keys/list"]) {
    const answer = await daemon.ask(path, { headers });
    expect(answer.status).toBe(401);
    expect(answer.json().error.message).toContain("this path takes auth.admin_token");
  }
});

test("the admin token counts without `Bearer` too", async () => {
  expect((await daemon.ask("/v1/providers", { headers: { authorization: ADMIN } })).status).toBe(200);
});

test("health and ready", async () => {
  for (const path of ["/health", "/ready"]) {
    const answer = await daemon.ask(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/json");
  }
});

test("a provider's own 5xx goes through with status and body when nothing else is left", async () => {
  const answer = await daemon.ask("/broken/v1/chat/completions", chat());
  expect(answer.status).toBe(500);
  expect(answer.json().error.message).toBe("The server had an error");
});
