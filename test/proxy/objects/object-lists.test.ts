// Lists of several accounts, one after the other, page by page.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { joinPages, readPage } from "../../../src/proxy/objects/list-page.ts";
import { type FakeCall, provider, World } from "../fixtures.ts";

/** What each key's account has; keys of one group share. */
type Accounts = Readonly<Record<string, readonly string[]>>;

interface Listed {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

function worldOf(groups: readonly (string | undefined)[], fields: object = {}): World {
  const api_keys = groups.map((quota_group, i) => ({ key: `sk-fake-p-${i}`, ...(quota_group && { quota_group }) }));
  return new World({ providers: [provider("p", 0, { api_keys, object_lists: "every_account", ...fields })] });
}

/** Answers as OpenAI's lists do (platform.openai.com/docs/api-reference/files/list). */
function listing(accounts: Accounts, groups: readonly (string | undefined)[]) {
  return (call: FakeCall) => {
    const all = accounts[groups[Number(call.key.slice(-1))] ?? ""] ?? [];
    const params = new URL(call.call.path, "http://x").searchParams;
    const after = params.get("after");
    const begin = after === null ? 0 : all.indexOf(after) + 1;
    if (after !== null && begin === 0) return call.json(404, { error: { message: "No such cursor", code: null } });
    const ids = all.slice(begin, begin + Number(params.get("limit") ?? 20));
    const has_more = begin + ids.length < all.length;
    const data = ids.map((id) => ({ id, object: "file", bytes: 1 }));
    return call.json(200, { object: "list", data, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null, has_more });
  };
}

async function read(world: World, query = ""): Promise<Listed> {
  return JSON.parse((await world.read(`/v1/files${query}`)).text) as Listed;
}

/** As the official SDK reads: the next page begins after the last object. */
async function readAll(world: World, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let page = 0; page < 50; page += 1) {
    const after = ids.length === 0 ? "" : `&after=${ids.at(-1)}`;
    const { data, has_more, first_id, last_id } = await read(world, `?limit=${limit}${after}`);
    expect(data.length).toBeLessThanOrEqual(limit);
    expect([first_id, last_id]).toEqual([data[0]?.id ?? null, data.at(-1)?.id ?? null]);
    ids.push(...data.map(({ id }) => id));
    if (!has_more || data.length === 0) return ids;
  }
  throw new Error("The list does not end");
}

const GROUPS = ["g", "g", "h", undefined, "i"];

test("every object comes once, in pages of any size", async () => {
  const few = fc.nat({ max: 7 });
  await fc.assert(
    fc.asyncProperty(fc.record({ g: few, h: few, i: few }), fc.integer({ min: 1, max: 9 }), async (counts, limit) => {
      const accounts: Accounts = Object.fromEntries(
        Object.entries(counts).map(([name, count]) => [
          name,
          Array.from({ length: count }, (_, i) => `file-${name}${i}`),
        ]),
      );
      await using world = worldOf(GROUPS);
      world.script = listing(accounts, GROUPS);
      expect(await readAll(world, limit)).toEqual(Object.values(accounts).flat());
    }),
    { numRuns: 60 },
  );
}, 60_000);

describe("a list", () => {
  const accounts = { g: ["file-1", "file-2"], h: ["file-3"], i: ["file-4"] };

  test("begins with the account of the stateful key", async () => {
    await using world = worldOf(GROUPS, { stateful_key: undefined });
    world.script = listing(accounts, GROUPS);
    expect((await read(world)).data.map(({ id }) => id)).toEqual(["file-1", "file-2", "file-3", "file-4"]);
    expect(world.calls.map(({ key }) => key.slice(-1))).toEqual(["0", "2", "4"]);
  });

  test("teaches whose each object is", async () => {
    await using world = worldOf(GROUPS);
    world.script = listing(accounts, GROUPS);
    await read(world);
    const makers = ["file-1", "file-3", "file-4"].map((id) => world.owners.ownerOf(id)?.account);
    expect(makers).toEqual(["group g", "group h", "group i"]);
  });

  test("leaves out an account that is disabled, and one that only says that it has the same limits is asked once", async () => {
    await using world = worldOf(GROUPS);
    world.script = listing(accounts, GROUPS);
    const keyId = world.setup.providers.get("p")?.config.keys[2]?.id ?? "";
    world.balancer.setDisabled([{ provider: "p", keyId }], true, world.time.now());
    expect((await read(world)).data.map(({ id }) => id)).toEqual(["file-1", "file-2", "file-4"]);
  });

  test("that fails on the way says that there is more; that which fails at once is that failure", async () => {
    await using world = worldOf(GROUPS);
    const list = listing(accounts, GROUPS);
    world.script = (call) =>
      call.key.endsWith("2") ? call.json(400, { error: { message: "no", code: null } }) : list(call);
    const page = await read(world);
    expect([page.data.map(({ id }) => id), page.has_more]).toEqual([["file-1", "file-2"], true]);
    // An empty page would end the list.
    expect((await world.read("/v1/files?after=file-2")).status).toBe(400);
    world.script = (call) => call.json(400, { error: { message: "no", code: null } });
    expect((await world.read("/v1/files")).status).toBe(400);
  });

  test("that fails before anything was found is that failure, not an empty page", async () => {
    await using world = worldOf(GROUPS);
    const list = listing({ ...accounts, g: [] }, GROUPS);
    world.script = (call) =>
      call.key.endsWith("2") ? call.json(400, { error: { message: "no", code: null } }) : list(call);
    expect((await world.read("/v1/files")).status).toBe(400);
  });

  test("begins with the next account while the first one is dead, unless it goes on from an object there", async () => {
    await using world = worldOf(["h", "i", "j"]);
    world.script = listing({ h: ["file-0"], i: ["file-1"], j: ["file-2"] }, ["h", "i", "j"]);
    await read(world);
    const keyId = world.setup.providers.get("p")?.config.keys[0]?.id ?? "";
    world.balancer.setDisabled([{ provider: "p", keyId }], true, world.time.now());
    expect((await read(world)).data.map(({ id }) => id)).toEqual(["file-1", "file-2"]);
    expect((await world.read("/v1/files?after=file-0")).status).toBe(409);
  });

  test.each(["?before=file-3", "?after=file-unknown"])("%s stays with one account", async (query) => {
    await using world = worldOf(GROUPS);
    world.script = (call) => call.json(200, { data: [{ id: "file-0" }], has_more: false });
    await read(world, query);
    expect(world.calls).toHaveLength(1);
  });

  test.each<[string, object]>([
    ["unless it is asked for", { object_lists: "stateful_key" }],
    ["where no accounts are known", { api_keys: ["sk-fake-p-0", "sk-fake-p-1"] }],
  ])("is that of the stateful key %s", async (_name, fields) => {
    await using world = worldOf(GROUPS, fields);
    world.script = listing(accounts, GROUPS);
    await read(world);
    expect(world.calls).toHaveLength(1);
  });

  test("asks 32 accounts for a page at most", async () => {
    const groups = Array.from({ length: 40 }, (_, i) => `g${i}`);
    await using world = worldOf(groups);
    world.script = (call) => call.json(200, { data: [{ id: `file-of-${call.key}` }], has_more: false });
    const page = await read(world);
    expect([world.calls.length, page.data.length, page.has_more]).toEqual([32, 32, true]);
    const { data } = await read(world, `?after=${page.data.at(-1)?.id}`);
    expect(data).toHaveLength(9);
  });

  test("ends a page that becomes large", async () => {
    await using world = worldOf(["h", "i", "j"]);
    const data = [{ id: "file-1", purpose: "x".repeat(5 * 1024 * 1024) }];
    world.script = (call) => call.json(200, { data, has_more: false });
    const page = await read(world);
    expect([world.calls.length, page.data.length, page.has_more]).toEqual([2, 2, true]);
  });

  test("of what belongs to an object is that of its account", async () => {
    await using world = worldOf(GROUPS);
    world.script = (call) => call.json(200, { data: [], has_more: false });
    await world.read("/v1/vector_stores/vs_1/files");
    expect(world.calls).toHaveLength(1);
  });
});

describe("pages", () => {
  const page = (text: string) => readPage(Buffer.from(text));

  test("keep the bytes of their objects, and the other members of the first one", () => {
    const first =
      '{"object": "list", "data" : [ {"id":"a", "n": 1.0} ] , "x":{"data":[]}, "has_more":true, "last_id":"a"}';
    const pages = [page(first), page('{"data":[{"id":"b","s":"\\u00e9"},{"id":"c"}],"has_more":false}')];
    const joined = joinPages(
      Buffer.from(first),
      pages.flatMap((each) => each ?? []),
      false,
    );
    expect(Buffer.from(joined).toString()).toBe(
      '{"object": "list", "data" : [{"id":"a", "n": 1.0},{"id":"b","s":"\\u00e9"},{"id":"c"}] , "x":{"data":[]}, "has_more":false, "last_id":"c"}',
    );
  });

  test.each(["", "{}", "[]", '{"data":{}}', '{"data":[', "<html>"])("%j is none", (text) => {
    expect(page(text)).toBeUndefined();
  });
});
