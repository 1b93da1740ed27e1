// What `explain` says of a path that names an object: whose it is, and what a request would meet.
import { expect, test } from "bun:test";
import { explainRequest } from "../../src/daemon/explain-request.ts";
import { answers, OK, provider, World } from "../proxy/fixtures.ts";

function worldWithNames(): World {
  const api_keys = ["a", "b"].map((name) => ({ key: `sk-fake-p-${name}`, name }));
  return new World({ providers: [provider("p", 0, { api_keys }), provider("q", 1)] });
}

function explain(world: World, request: string) {
  const { handler, catalog, balancer, tokens } = world;
  return explainRequest(
    { request },
    { handler, catalog, balancer, admission: tokens.admission, now: world.time.now() },
  );
}

function own(world: World, id: string, keyId = world.setup.providers.get("p")?.config.keys[1]?.id ?? ""): void {
  world.owners.remember(id, { provider: "p", keyId, account: undefined });
}

test("a known object: its maker, and nobody else", async () => {
  await using world = worldWithNames();
  own(world, "file-1");
  for (const path of ["/v1/files/file-1", "/p/v1/files/file-1/content", "/v1/files?after=file-1"]) {
    const { rule, keys } = explain(world, path);
    expect(rule).toBe("file-1 was made by b of p");
    expect(Array.from(keys, ({ keyName, isPicked }) => [keyName, isPicked])).toEqual([
      ["a", false],
      ["b", true],
    ]);
    expect([...keys][0]?.obstacles).toEqual([{ code: "other_key_pinned" }]);
  }
});

test("an object whose maker is disabled: the key that is asked instead, as by a real request", async () => {
  await using world = worldWithNames();
  world.script = answers(200, OK);
  const [a = "", b = ""] = world.setup.providers.get("p")?.config.keys.map(({ id }) => id) ?? [];
  own(world, "file-1", a);
  const disable = (keyId: string) => world.balancer.setDisabled([{ provider: "p", keyId }], true, world.time.now());
  disable(a);
  const told = explain(world, "/v1/files/file-1");
  expect(told.rule).toMatch(/^file-1 was made by .*, which is disabled: .*; until then other keys are asked for it$/);
  expect(told.refusal).toBeUndefined();
  await world.read("/v1/files/file-1", undefined, { method: "GET" });
  expect(world.trace.attempts.map(({ keyId }) => keyId)).toEqual([b]);
  expect([...told.keys].filter(({ isPicked }) => isPicked).map(({ keyId }) => keyId)).toEqual([b]);
  disable(b);
  const answer = await world.read("/v1/files/file-1", undefined, { method: "GET" });
  expect(explain(world, "/v1/files/file-1").refusal).toMatchObject({
    status: answer.status,
    code: "object_owner_gone",
  });
});

test("an object's own path is read, where no method is named, and without a model none is missed", async () => {
  await using world = worldWithNames();
  for (const path of ["/v1/files/file-9", "/v1/files/file-9/content"]) {
    expect(explain(world, path)).toMatchObject({ method: "GET" });
    expect(explain(world, path).rule).toStartWith("the request names neither a provider nor a model");
  }
  expect(explain(world, "/v1/batches/b/cancel").method).toBe("POST");
});

test("an object of another provider than the one that is named", async () => {
  await using world = worldWithNames();
  own(world, "file-1");
  expect(explain(world, "/q/v1/files/file-1").rule).toContain("who made the object is not known");
});

test("an object whose maker is gone, and one that nobody knows", async () => {
  await using world = worldWithNames();
  own(world, "file-1", "0123456789ab");
  expect(explain(world, "/v1/files/file-1").rule).toMatch(
    /^file-1 was made by key id 0123456789ab, of p, which is no longer configured: .*; until then other keys are asked for it$/,
  );
  expect(explain(world, "/v1/files/file-2").rule).toEndWith(
    "who made the object is not known, so keys are asked in turn",
  );
  expect(explain(world, "/v1/files").rule).not.toContain("object");
});
