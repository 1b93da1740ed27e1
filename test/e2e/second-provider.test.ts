// From an empty home to a second provider with three keys, one of them dead, by commands alone.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KeyRow } from "../../src/admin/key-rows.ts";
import { errorJson } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const FIRST = fakeSecret("second_provider_first");
const [DEAD, ALIVE, SPARE] = ["dead", "alive", "spare"].map((name) => fakeSecret(`second_provider_${name}`)) as [
  string,
  string,
  string,
];
const refusing: Behaviour = ({ key }) => errorJson(401, "invalid_api_key", `Incorrect API key provided: ${key}.`);

test("a second provider with three keys, one of them dead", async () => {
  await using near = startUpstream({ otherwise: openai });
  await using far = startUpstream({ otherwise: openai, keys: { [DEAD]: refusing }, listing: openai });
  await using home = await newHome();

  await home.ok(["init"]);
  expect(await home.addKeys([FIRST])).toMatch(/^Added \S+ to openai, id [0-9a-f]{12}$/m);
  // The only step that a user has no need of: the tests must not call the real one.
  await home.ok(["config", "set", "providers.openai.base_url", near.url]);
  const first = await home.serve();
  expect(await answered(first, home.path, "/v1/chat/completions")).toBe(200);
  expect(near.count(FIRST)).toBe(1);

  const early = await home.run(["keys", "add", "--provider", "far"], { input: DEAD });
  expect(early).toMatchObject({ exitCode: 2, stdout: "" });
  expect(early.stderr).toContain("there is no provider far");
  const set = await home.run(["config", "set", "providers.far", `{ base_url: ${far.url} }`]);
  expect(set.exitCode).toBe(0);
  expect(set.stderr).toContain("openai-balance keys add --provider far");
  expect(await answered(first, home.path, "/far/v1/chat/completions")).toBe(503);
  const added = await home.addKeys([DEAD, ALIVE, SPARE], "--provider", "far", "--name", "far");
  expect(added.match(/^Added far-\d \(fake\.{3}\S{4}\) to far, id [0-9a-f]{12}$/gm)).toHaveLength(3);
  for (let index = 0; index < 6; index += 1) {
    expect(await answered(first, home.path, "/far/v1/chat/completions")).toBe(200);
  }
  expect(far.count(DEAD)).toBe(1);
  await expectDeadIsKnown(home);

  await home.ok(["stop"]);
  expect(await home.states()).toMatchObject({ "far-1": "invalid", "far-2": "ready" });
  const second = await home.serve();
  expect(second.logs()).toMatch(/^ +providers openai \(default\): 1 key\n +far: 3 keys$/m);
  await expectDeadIsKnown(home);
  for (let index = 0; index < 4; index += 1) {
    expect(await answered(second, home.path, "/far/v1/chat/completions")).toBe(200);
  }
  expect(far.count(DEAD)).toBe(1);
});

/** By every command that a user asks after keys. */
async function expectDeadIsKnown(home: Home): Promise<void> {
  const { keys } = await home.json<{ keys: readonly KeyRow[] }>(["keys", "list", "--provider", "far"]);
  const [dead, ...others] = keys;
  expect(dead).toMatchObject({
    name: "far-1",
    state: "invalid",
    status: 401,
    reason: "invalid_api_key",
    message: `Incorrect API key provided: ${dead?.masked}.`,
    failed_24h: 1,
  });
  expect(others).toMatchObject([{ state: "ready" }, { state: "ready" }]);
  const table = await home.ok(["keys", "list"]);
  expect(table).toMatch(/^[0-9a-f]{12} +far-1 +\S+ +far +invalid .*401 invalid_api_key: Incorrect API key provided/m);
  expect(table).toMatch(/^[0-9a-f]{12} +far-2 +\S+ +far +ready /m);
  const health = await home.run(["health"]);
  expect({ exitCode: health.exitCode, stderr: health.stderr }).toEqual({ exitCode: 4, stderr: "" });
  expect(health.stdout).toMatch(/^openai \(default\) +up +1 ready /m);
  expect(health.stdout).toMatch(/^far +up +2 ready, 1 invalid /m);
  const explained = await home.ok(["explain", "/far/v1/chat/completions"]);
  expect(explained).toMatch(/^no +far-1 +far .*invalid, 401 invalid_api_key/m);
}

/** Asks with the client token that `init` wrote. */
async function answered(daemon: Daemon, folder: string, path: string): Promise<number> {
  const token = /oab-[\w-]+/.exec(readFileSync(join(folder, "config.yaml"), "utf8"))?.[0];
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return (await daemon.ask(path, { ...chat(), headers })).status;
}
