// Stored objects through the real program: their key is known over restarts, and a key that is gone is told.
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import OpenAI from "openai";
import { post } from "../fixture/client.ts";
import { newHome } from "../fixture/home.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Call, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEYS = ["a", "b", "c"].map((name) => fakeSecret(`objects_${name}`));

/** Each key has its own account, but `c`, which shares that of `b`. */
function startAccounts() {
  const made = new Map<string, string>();
  const accountOf = ({ key }: Call) => (key === KEYS[0] ? "a" : "b");
  let count = 0;
  return startUpstream({
    otherwise: (call) => {
      const kind = call.path.split("/")[2] ?? "";
      if (call.method === "POST") {
        count += 1;
        const id = kind === "responses" ? `resp_${count}` : `file-${count}`;
        const { previous_response_id: previous } = JSON.parse(new TextDecoder().decode(call.body) || "{}");
        if (previous !== undefined && made.get(previous) !== accountOf(call)) return missing(previous);
        made.set(id, accountOf(call));
        return Response.json({ id, object: kind });
      }
      const id = call.path.split("/")[3] ?? "";
      return made.get(id) === accountOf(call) ? Response.json({ id, object: kind }) : missing(id);
    },
  });
}

function missing(id: string): Response {
  return Response.json(
    { error: { message: `No such object: ${id}`, type: "invalid_request_error", code: null } },
    { status: 404 },
  );
}

/** As far as the daemon lets others look at it. */
function countIn(path: string): number {
  try {
    using database = new Database(path, { readonly: true });
    return database.query<{ n: number }, []>("SELECT count(*) AS n FROM object_owners").get()?.n ?? 0;
  } catch {
    return 0;
  }
}

const CREATE = { model: "m", input: "hi" };

test("objects are found by their keys over restarts, disabled keys and unknown makers", async () => {
  await using upstream = startAccounts();
  await using home = await newHome();
  const [a, b, c] = KEYS;
  const api_keys = [
    { key: a, name: "a" },
    { key: b, name: "b", quota_group: "shared" },
    { key: c, name: "c", quota_group: "shared" },
  ];
  await home.configure({ providers: [{ name: "p", base_url: upstream.url, api_keys, probe_path: "none" }] });
  let daemon = await home.serve();
  const idOf = async (path: string, body: object) =>
    (await (await daemon.ask(path, post(body))).json<{ id: string }>()).id;
  const file = await idOf("/v1/files", {});
  const responses: string[] = [];
  for (let i = 0; i < 3; i += 1) responses.push(await idOf("/v1/responses", CREATE));
  expect(new Set(upstream.calls.slice(1).map(({ key }) => key)).size).toBe(3);

  // What a client was told is on the disk soon, and survives the hardest end.
  const database = join(home.data, "requests.sqlite");
  await until("all objects on the disk", () => countIn(database) === 4 || undefined);
  await daemon.kill();
  expect(statSync(database).mode & 0o777).toBe(0o600);
  daemon = await home.serve();

  upstream.calls.length = 0;
  for (const id of responses) {
    const answer = await daemon.ask("/v1/responses", post({ ...CREATE, previous_response_id: id }));
    expect(answer.status).toBe(200);
    expect((await daemon.ask(`/v1/responses/${id}`)).status).toBe(200);
  }
  // No call went astray.
  expect(upstream.calls).toHaveLength(6);
  expect(await home.ok(["explain", `/v1/files/${file}`])).toContain(`${file} was made by a of p`);

  // Only the account of `a` has the file, that of `b` is also that of `c`.
  await home.ok(["keys", "disable", "a", "b"]);
  upstream.calls.length = 0;
  const statuses = await Promise.all(responses.map(async (id) => (await daemon.ask(`/v1/responses/${id}`)).status));
  expect(statuses.toSorted()).toEqual([200, 200, 409]);
  const gone = await daemon.ask(`/v1/files/${file}`);
  expect(gone.status).toBe(409);
  expect(gone.text).toMatch(
    /"message":"The key whose account has the object is gone \(file-1 was made by key a, id [0-9a-f]{12}, of p, which is disabled: enable it/,
  );
  await home.ok(["keys", "enable", "a", "b"]);
  expect((await daemon.ask(`/v1/files/${file}`)).status).toBe(200);
});

test("an object that was made elsewhere is looked for once", async () => {
  await using upstream = startAccounts();
  await using home = await newHome();
  await home.configure({ providers: [{ name: "p", base_url: upstream.url, api_keys: KEYS, probe_path: "none" }] });
  await fetch(`${upstream.url}/files`, { method: "POST", headers: { authorization: `Bearer ${KEYS[2]}` }, body: "{}" });
  const daemon = await home.serve();
  for (const expected of [2, 1]) {
    upstream.calls.length = 0;
    expect((await daemon.ask("/v1/files/file-1")).status).toBe(200);
    expect(upstream.calls.length).toBe(expected);
  }
  expect((await daemon.ask("/v1/files/file-2")).status).toBe(404);
});

test("the official library reads the lists of every account page by page", async () => {
  const names = (prefix: string) => [0, 1, 2].map((number) => `file-${prefix}${number}`);
  const files = new Map(KEYS.map((key, index) => [key, index === 1 ? [] : names("abc"[index] ?? "")]));
  await using upstream = startUpstream({
    otherwise: ({ key = "", path }) => {
      const params = new URL(path, upstream.url).searchParams;
      const all = files.get(key) ?? [];
      const begin = all.indexOf(params.get("after") ?? "") + 1;
      const ids = all.slice(begin, begin + Number(params.get("limit")));
      const data = ids.map((id) => ({ id, object: "file" }));
      return Response.json({ object: "list", data, has_more: begin + ids.length < all.length });
    },
  });
  await using home = await newHome();
  const api_keys = KEYS.map((key, index) => ({ key, quota_group: `account-${index}` }));
  const provider = { name: "p", base_url: upstream.url, api_keys, probe_path: "none", object_lists: "every_account" };
  await home.configure({ providers: [provider] });
  const daemon = await home.serve();
  const client = new OpenAI({ baseURL: `${daemon.url}/v1`, apiKey: "unused", maxRetries: 0 });
  const ids: string[] = [];
  for await (const file of client.files.list({ limit: 2 })) ids.push(file.id);
  expect(ids).toEqual([...names("a"), ...names("c")]);
});
