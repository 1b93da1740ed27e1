// What `explain` says of a path that names an object: whose it is, and what a request would meet.
import { expect, test } from "bun:test";
import { explainRequest } from "../../src/daemon/explain-request.ts";
import { provider, World } from "../proxy/fixtures.ts";

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
    expect(keys.map(({ keyName, isPicked }) => [keyName, isPicked])).toEqual([
      ["a", false],
      ["b", true],
    ]);
    expect(keys[0]?.obstacles).toEqual([{ code: "other_key_pinned" }]);
  }
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
