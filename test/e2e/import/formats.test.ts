// Every format, into a home that is empty and into one that is not: its keys answer, and a second import adds nothing.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { chat, MODEL } from "../../fixture/client.ts";
import { type Home, newHome } from "../../fixture/home.ts";
import { openai } from "../../fixture/openai-answers.ts";
import { fakeSecret } from "../../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../../fixture/until.ts";
import { startUpstream } from "../../fixture/upstream.ts";
import { FOREIGN_FILES, type ForeignFile, KEYS, TOKEN } from "./foreign-files.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const OWN_KEY = fakeSecret("formats_own");
const OWN_TOKEN = fakeSecret("formats_own_token");
const AGAIN = "Everything is there already\n";

function importing(home: Home, { args = [], env = {} }: ForeignFile) {
  return home.ok(["import", "foreign", ...args], { env });
}

/** The keys by which a few requests were served. */
async function keysBehind(home: Home, { path, hasToken }: ForeignFile, served: () => (string | undefined)[]) {
  await using daemon = await home.serve();
  const { auth } = parse(readFileSync(join(home.path, "config.yaml"), "utf8"));
  const token = hasToken ? TOKEN : auth.client_tokens[0];
  for (const _ of KEYS) {
    const init = chat({ model: MODEL });
    const answer = await daemon.ask(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
  }
  return new Set(served());
}

describe.each(FOREIGN_FILES)("$name", (file) => {
  test("into an empty home", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    await using home = await newHome();
    file.write(join(home.path, "foreign"), upstream.url);
    const dry = await home.ok(["import", "foreign", "--dry-run"], { env: file.env ?? {} });
    expect(existsSync(join(home.path, "config.yaml"))).toBe(false);
    expect((await importing(home, file)).split("\n")).toEqual(expect.arrayContaining(dry.split("\n").slice(0, -2)));
    expect(await importing(home, file)).toEndWith(AGAIN);
    expect(await keysBehind(home, file, () => upstream.calls.map(({ key }) => key))).toEqual(new Set(KEYS));
  });

  test("into one with a provider and keys of its own, which stay as they are", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    await using own = startUpstream({ otherwise: openai });
    await using home = await newHome();
    await home.configure({
      auth: { client_tokens: [OWN_TOKEN] },
      default_provider: "own",
      providers: [{ name: "own", base_url: own.url }],
    });
    await home.ok(["keys", "add", "-", "--provider", "own"], { input: OWN_KEY });
    file.write(join(home.path, "foreign"), upstream.url);
    await importing(home, file);
    const text = readFileSync(join(home.path, "config.yaml"), "utf8");
    expect(await importing(home, file)).toEndWith(AGAIN);
    expect(readFileSync(join(home.path, "config.yaml"), "utf8")).toBe(text);
    const beside = { ...file, path: file.pathBeside ?? file.path };
    const served = await keysBehind(home, beside, () => upstream.calls.map(({ key }) => key));
    expect(served).toEqual(new Set(KEYS));
    await using daemon = await home.serve();
    const init = chat({ model: "own-model" });
    const headers = { ...init.headers, authorization: `Bearer ${OWN_TOKEN}` };
    expect((await daemon.ask("/v1/chat/completions", { ...init, headers })).status).toBe(200);
    expect(own.calls.map(({ key }) => key)).toEqual([OWN_KEY]);
  });
});

const CHANNELS = FOREIGN_FILES[1] as ForeignFile;

test.each<[string, (home: Home) => string]>([
  ["the config file is written", ({ path }) => join(path, "config.yaml")],
  ["the keys are stored", ({ data }) => join(data, "keys.json")],
])("killed when %s, it is done by a second import", async (moment, fileOf) => {
  await using upstream = startUpstream({ otherwise: openai });
  await using home = await newHome();
  CHANNELS.write(join(home.path, "foreign"), upstream.url);
  const program = home.start(["import", "foreign"]);
  await until(moment, () => existsSync(fileOf(home)));
  program.kill("SIGKILL");
  await program.exited;
  await home.ok(["config", "check"]);
  await importing(home, CHANNELS);
  expect(await importing(home, CHANNELS)).toEndWith(AGAIN);
  expect(await keysBehind(home, CHANNELS, () => upstream.calls.map(({ key }) => key))).toEqual(new Set(KEYS));
});
