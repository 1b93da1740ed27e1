// GET /models: one entry for each id that routes, from the cached lists.
import { describe, expect, test } from "bun:test";
import { ModelCatalog } from "../../src/proxy/models/model-catalog.ts";
import { routeModel } from "../../src/proxy/models/route-model.ts";
import { provider, World } from "./fixtures.ts";

const body = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const listed = (provided: string, ...ids: string[]) => ({
  data: ids.map((id) => ({ id, object: "model", owned_by: provided })),
});

function modelsWorld(rest: object = {}): World {
  const world = new World({
    providers: [
      provider("q", 1, { models: { exclude: ["hidden*"] } }),
      provider("p", 1),
      provider("r", 1),
      provider("off", 1, { enabled: false }),
    ],
    rest: { default_provider: "p", models: { fast: ["p/both"], both: ["q/only-q"], gone: ["off/x"] }, ...rest },
  });
  world.catalog.take("p", body(listed("p", "both", "only-p", "shared", "q/x")));
  world.catalog.take("q", body(listed("q", "shared", "only-q", "hidden-1", "org/name")));
  return world;
}

async function ids(world: World, path: string): Promise<readonly string[]> {
  const { data } = JSON.parse((await world.read(path)).text);
  return data.map(({ id, owned_by }: { id: string; owned_by: string }) => `${id}@${owned_by}`);
}

describe("the list", () => {
  test("has each id once, from the provider that gets it, then the aliases that lead somewhere", async () => {
    await using world = modelsWorld();
    expect(await ids(world, "/v1/models")).toEqual([
      "only-p@p",
      "shared@p",
      "q/x@p",
      "only-q@q",
      "org/name@q",
      "fast@openai-balance",
      "both@openai-balance",
    ]);
  });

  test("of one provider has its own ids, by its patterns", async () => {
    await using world = modelsWorld();
    const own = ["shared@q", "only-q@q", "org/name@q"];
    for (const path of ["/q/v1/models", "/v1/models?provider=q"]) expect(await ids(world, path)).toEqual(own);
    expect((await world.read("/v1/models?provider=off")).status).toBe(404);
    expect(world.trace).toMatchObject({ status: 404, errorCode: "provider_not_found", end: "error" });
  });

  test("names the providers whose list is unknown", async () => {
    await using world = modelsWorld();
    expect((await world.read("/v1/models")).headers.get("x-openai-balance-unavailable")).toBe("r");
    expect((await world.read("/p/v1/models")).headers.has("x-openai-balance-unavailable")).toBe(false);
    const empty = await world.read("/r/v1/models");
    expect([empty.headers.get("x-openai-balance-unavailable"), JSON.parse(empty.text).data]).toEqual(["r", []]);
  });

  test("says which path its own was taken for, and leaves a trace", async () => {
    await using world = modelsWorld();
    const answer = await world.read("/models");
    expect(answer.headers.get("x-openai-balance-repaired")).toBe("/models -> /v1/models");
    const { length } = answer.text;
    expect(world.trace).toMatchObject({ route: "/v1/models", operation: "models", status: 200, bytesOut: length });
    expect(answer.headers.get("x-request-id")).toBe(world.trace.id);
  });

  test("asks no upstream", async () => {
    await using world = modelsWorld();
    await world.read("/v1/models");
    expect(world.calls).toEqual([]);
  });
});

describe("one model", () => {
  test.each([
    ["/v1/models/shared", "p"],
    ["/v1/models/org/name", "q"],
    ["/v1/models/org%2Fname", "q"],
    ["/v1/models/fast", "openai-balance"],
    ["/v1/models/both", "openai-balance"],
    ["/q/v1/models/shared", "q"],
  ])("%s is that of %s", async (path, owner) => {
    await using world = modelsWorld();
    expect(JSON.parse((await world.read(path)).text).owned_by).toBe(owner);
    expect(world.trace.route).toBe("/v1/models/{id...}");
  });

  test.each(["/v1/models/none", "/v1/models/hidden-1", "/q/v1/models/fast", "/v1/models/gone", "/v1/models/%zz"])(
    "%s does not exist",
    async (path) => {
      await using world = modelsWorld();
      const answer = await world.read(path);
      expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([404, "model_not_found"]);
      expect(world.trace).toMatchObject({ status: 404, errorCode: "model_not_found" });
    },
  );
});

test("every id that the list shows is found alone", async () => {
  await using world = modelsWorld();
  for (const { id, owned_by } of JSON.parse((await world.read("/v1/models")).text).data) {
    expect(JSON.parse((await world.read(`/v1/models/${encodeURIComponent(id)}`)).text)).toMatchObject({ id, owned_by });
  }
});

test("Gemini's models are filtered and routed with and without the prefix of its list", async () => {
  await using world = new World({
    providers: [
      provider("p", 1),
      provider("g", 1, { dialect: "gemini", models: { include: ["gemini-*", "models/x"] } }),
    ],
    rest: { default_provider: "p" },
  });
  const given = listed("google", "models/gemini-3", "models/x", "models/veo-3");
  world.catalog.take("g", body(given), { prefix: "models/" });
  expect(await ids(world, "/v1/models")).toEqual(["gemini-3@google", "x@google"]);
  for (const model of ["gemini-3", "models/gemini-3", "x", "models/x"]) {
    const routed = routeModel(model, world.setup.routing);
    expect(routed).toMatchObject({ ok: true, rule: "listed", route: [[{ provider: "g", model }]] });
  }
  expect(routeModel("models/veo-3", world.setup.routing)).toMatchObject({ rule: "default" });
});

describe("ModelCatalog", () => {
  test.each([
    ["an object with data", { data: [{ id: "a" }] }],
    ["a bare array", [{ id: "a" }]],
    ["what holds more than models", { data: [{ id: "a" }, { id: "" }, { id: 1 }, null, "x", {}] }],
  ])("takes %s", (_name, value) => {
    const catalog = new ModelCatalog();
    expect(catalog.take("p", body(value))).toBe(true);
    expect([...(catalog.listOf("p")?.keys() ?? [])]).toEqual(["a"]);
    expect([catalog.has("p", "a"), catalog.has("p", "b"), catalog.has("q", "a")]).toEqual([true, false, false]);
  });

  test.each([{}, { data: {} }, 1, null, "x"])("keeps its list when given %p", (value) => {
    const catalog = new ModelCatalog();
    catalog.take("p", body([{ id: "a" }]));
    expect(catalog.take("p", body(value))).toBe(false);
    expect(catalog.take("p", new TextEncoder().encode("{"))).toBe(false);
    expect(catalog.has("p", "a")).toBe(true);
  });

  test("gives entries of other makes what clients of OpenAI insist on, and leaves OpenAI's alone", () => {
    const catalog = new ModelCatalog();
    const given = { id: "b", object: "model", owned_by: "x" };
    catalog.take("p", body([{ id: "a", type: "model", created_at: "2025-10-01T00:00:00Z" }, given, { id: "c" }]));
    expect(catalog.find("p", "a")).toEqual({
      id: "a",
      object: "model",
      created: 1_759_276_800,
      owned_by: "p",
      type: "model",
      created_at: "2025-10-01T00:00:00Z",
    });
    expect(catalog.find("p", "b")).toEqual(given);
    expect(catalog.find("p", "c")).toMatchObject({ created: 0, owned_by: "p" });
  });

  test("knows a model with and without the prefix of its list", () => {
    const catalog = new ModelCatalog();
    catalog.take("p", body([{ id: "models/a" }]), { prefix: "models/" });
    catalog.take("q", body([{ id: "models/a" }]));
    expect([...(catalog.listOf("p")?.keys() ?? [])]).toEqual(["a"]);
    expect([catalog.has("p", "a"), catalog.has("p", "models/a")]).toEqual([true, true]);
    expect([catalog.has("q", "a"), catalog.has("q", "models/a")]).toEqual([false, true]);
  });

  test("knows a model without the date of its id, the latest one, where that is the provider's way", () => {
    const catalog = new ModelCatalog();
    const given = body([{ id: "c-3-20240101" }, { id: "c-3-20250101" }, { id: "c-3-20240601" }, { id: "c-4" }]);
    catalog.take("p", given, { isDated: true });
    catalog.take("q", given);
    expect(catalog.find("p", "c-3")?.id).toBe("c-3-20250101");
    expect([catalog.has("p", "c"), catalog.has("p", "c-4"), catalog.has("q", "c-3")]).toEqual([false, true, false]);
    expect(catalog.listOf("p")?.has("c-3")).toBe(false);
  });

  test("joins pages, and keeps its list when one of them is none", () => {
    const catalog = new ModelCatalog();
    expect(catalog.take("p", [body([{ id: "a" }]), body([{ id: "b" }])])).toBe(true);
    expect([...(catalog.listOf("p")?.keys() ?? [])]).toEqual(["a", "b"]);
    expect(catalog.take("p", [body([{ id: "c" }]), body({})])).toBe(false);
    expect(catalog.has("p", "a")).toBe(true);
  });

  test("cuts a list off at 20,000 and forgets providers that are gone", () => {
    const catalog = new ModelCatalog();
    catalog.take("p", body(Array.from({ length: 20_001 }, (_, i) => ({ id: `m${i}` }))));
    expect([catalog.has("p", "m19999"), catalog.has("p", "m20000")]).toEqual([true, false]);
    catalog.retain((name) => name !== "p");
    expect(catalog.listOf("p")).toBeUndefined();
  });
});
