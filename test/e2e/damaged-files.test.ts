// Files that are damaged, of a newer version or under another key: what can be used is, the rest stays as it is.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverError, unauthorized } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { untilWarned } from "../fixture/start-notes.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [DEAD, GOOD, IDLE, LATE] = ["dead", "good", "idle", "late"].map((name) => fakeSecret(`damaged_${name}`)) as [
  string,
  string,
  string,
  string,
];

// A list of models would tell the daemon anew which key is dead.
const upstream = startUpstream({ otherwise: openai, keys: { [DEAD]: unauthorized }, listing: serverError });
const CONFIG = { providers: [{ name: "main", base_url: upstream.url }] };

/** Two generations of keys (the older one without `idle`) and of state (`dead` is invalid, and since then `idle` disabled). */
const template = await newHome();
const KEYS_THEN = { dead: "invalid", good: "ready" };
const KEYS_NOW = { ...KEYS_THEN, idle: "disabled" };

beforeAll(async () => {
  await template.configure(CONFIG);
  await template.addKeys([DEAD], "--name", "dead");
  await template.addKeys([GOOD], "--name", "good");
  const daemon = await template.serve();
  for (let index = 0; index < 3; index += 1) await daemon.ask("/v1/chat/completions", chat());
  await template.addKeys([IDLE], "--name", "idle");
  await until("the state on the disk", () =>
    readFileSync(join(template.data, "state.json"), "utf8").includes("invalid"),
  );
  await template.ok(["keys", "disable", "idle"]);
  await daemon.kill();
});

afterAll(async () => {
  await template[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

type Damage = (path: string) => void;

const cut: Damage = (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2));
const empty: Damage = (path) => truncateSync(path, 0);
const scrawl: Damage = (path) => writeFileSync(path, "\u0000\u0001 no state of anything");
const flip: Damage = (path) => {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('"data":"') + 12;
  bytes[at] = bytes[at] === 0x41 ? 0x42 : 0x41;
  writeFileSync(path, bytes);
};

/** What is damaged, how, and which keys are left in which state. */
const DAMAGES: readonly (readonly [string, readonly string[], Damage, Readonly<Record<string, string>>])[] = [
  ["the state is cut off", ["state.json"], cut, { ...KEYS_THEN, idle: "ready" }],
  ["the state is empty", ["state.json"], empty, { ...KEYS_THEN, idle: "ready" }],
  [
    "both generations of the state",
    ["state.json", "state.json.1"],
    scrawl,
    { dead: "ready", good: "ready", idle: "ready" },
  ],
  ["the key store is cut off", ["keys.json"], cut, KEYS_THEN],
  ["one bit of the key store is another", ["keys.json"], flip, KEYS_THEN],
  ["both generations of the key store", ["keys.json", "keys.json.1"], empty, {}],
  ["everything", ["keys.json", "keys.json.1", "state.json", "state.json.1"], cut, {}],
];

test.concurrent.each(DAMAGES)(
  "%s: the daemon starts, says so, and keeps what it could not read",
  async (_name, files, damage, left) => {
    await using home = await copyOf(template);
    for (const file of files) damage(join(home.data, file));
    const damaged = files.map((file) => readFileSync(join(home.data, file), "latin1"));
    const daemon = await home.serve();
    for (const file of files) await untilWarned(daemon, `${join(home.data, file)} is damaged`);
    expect(setAside(home)).toEqual(damaged.toSorted());
    expect(await home.states()).toEqual(left);
    const control = home.control();
    await control.call("keys.add", { keys: [{ key: LATE, name: "late", provider: "main" }] });
    await control.call("keys.disable", { keys: ["late"] });
    await daemon.kill();
    const again = await home.serve();
    expect(again.logs()).not.toContain("damaged");
    expect(await home.states()).toEqual({ ...left, late: "disabled" });
    expect(setAside(home)).toEqual(damaged.toSorted());
  },
);

test.concurrent("without a daemon a damaged file is told, and not touched by a look", async () => {
  await using home = await copyOf(template);
  for (const file of ["keys.json", "state.json"]) cut(join(home.data, file));
  const before = readdirSync(home.data);
  const run = await home.run(["keys", "list"]);
  expect(run.exitCode).toBe(0);
  for (const file of ["keys.json", "state.json"]) expect(run.stderr).toContain(`${join(home.data, file)} is damaged`);
  expect(readdirSync(home.data)).toEqual(before);
});

const NEWER = '{"version":2,"saved_at":1,"entries":[{"kind":"moon","phase":"full"}]}';

test.concurrent.each([
  [["serve", "--port", "0"]],
  [["keys", "add"]],
  [["keys", "disable", "good"]],
  [["keys", "list"]],
])("a state of a newer version ends %j with 2, and stays as it is", async (args) => {
  await using home = await copyOf(template);
  const state = join(home.data, "state.json");
  writeFileSync(state, NEWER);
  const before = contentOf(home);
  const run = await home.run(args, { input: LATE });
  expect(run).toMatchObject({ exitCode: 2, stdout: "" });
  expect(run.stderr).toContain(
    `Cannot use ${state}: a newer version of openai-balance wrote it (format 2, this one knows 1)`,
  );
  expect(contentOf(home)).toEqual(before);
});

test.concurrent.each([
  ["a key store of a newer version", newerStore, "written by a newer version of openai-balance (format 3)"],
  ["no master key", ({ data }: Home) => rmSync(join(data, "master.key")), "master.key is missing"],
  ["another master key", otherMasterKey, "are encrypted with the master key"],
  ["a master key that is none", ({ data }: Home) => writeFileSync(join(data, "master.key"), "x"), "holds no key"],
])(
  "%s: its keys are not used, nothing is written over, and they are back with the right one",
  async (_name, spoil, word) => {
    await using home = await copyOf(template);
    const right = contentOf(home);
    spoil(home);
    const spoilt = contentOf(home);
    const daemon = await home.serve();
    await untilWarned(daemon, word);
    expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(503);
    const status = await home.run(["status"]);
    expect(status.exitCode).toBe(4);
    expect(status.stdout).toContain(word);
    const health = await home.run(["health"]);
    expect(health.exitCode).toBe(4);
    expect(health.stdout).toContain(word);
    const added = await home.run(["keys", "add", "--provider", "main"], { input: LATE });
    expect(added).toMatchObject({ exitCode: 1, stdout: "" });
    expect(added.stderr).toContain(word);
    await daemon.stop();
    const { "keys.json": keys, "keys.json.1": keysBefore, "master.key": master } = spoilt;
    expect(contentOf(home)).toMatchObject({
      "keys.json": keys,
      "keys.json.1": keysBefore,
      ...(master && { "master.key": master }),
    });
    for (const name of ["keys.json", "master.key"]) writeFileSync(join(home.data, name), right[name] ?? "");
    expect(await home.states()).toEqual(KEYS_NOW);
  },
);

test.concurrent("a store that holds all providers: health says why there is none", async () => {
  await using home = await newHome();
  await home.addKeys([GOOD]);
  rmSync(join(home.data, "master.key"));
  await home.serve();
  const health = await home.run(["health"]);
  expect(health.exitCode).toBe(4);
  expect(health.stdout).toContain("master.key is missing");
});

function newerStore({ data }: Home): void {
  writeFileSync(join(data, "keys.json"), '{"format":"openai-balance keys","version":3,"vault":"c2VhbGVk"}\n');
}

function otherMasterKey({ data }: Home): void {
  writeFileSync(join(data, "master.key"), `${Buffer.alloc(32, 7).toString("base64")}\n`);
}

async function copyOf(source: Home): Promise<Home> {
  const home = await newHome();
  await home.configure(CONFIG);
  mkdirSync(home.data, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(source.data).filter((name) => /\.(json|key|1)$/.test(name)))
    cpSync(join(source.data, name), join(home.data, name));
  return home;
}

/** Every file by its name, but for what each process makes anew. */
function contentOf({ data }: Home): Readonly<Record<string, string>> {
  const names = readdirSync(data).filter((name) => !name.startsWith("daemon."));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(data, name), "latin1")]));
}

function setAside({ data }: Home): readonly string[] {
  const names = readdirSync(data).filter((name) => name.includes(".corrupt-"));
  return names.map((name) => readFileSync(join(data, name), "latin1")).toSorted();
}
