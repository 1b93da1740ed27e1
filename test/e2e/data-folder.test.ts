// A data folder that cannot be used as it should be: the daemon serves all the same and says what is wrong.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { serverError, unauthorized } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { CAN_BE_NOBODY, IS_ROOT, NOBODY } from "../fixture/nobody.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { untilWarned } from "../fixture/start-notes.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [WRITTEN, ADDED, DEAD] = ["written", "added", "dead"].map((name) => fakeSecret(`data_folder_${name}`)) as [
  string,
  string,
  string,
];

// A list of models would find out what requests are to find out.
const upstream = startUpstream({ otherwise: openai, keys: { [DEAD]: unauthorized }, listing: serverError });
afterAll(() => upstream[Symbol.asyncDispose]());

const CONFIG = { providers: [{ name: "main", base_url: upstream.url, api_keys: [{ key: WRITTEN, name: "written" }] }] };

test.concurrent.skipIf(!CAN_BE_NOBODY)("a folder of somebody else that is read-only", async () => {
  await using home = await newHome({ uid: NOBODY });
  await home.configure(CONFIG);
  mkdirSync(home.data, { recursive: true });
  // Whatever the mask of this process is: others may look in.
  for (let folder = home.data; folder !== home.path; folder = dirname(folder)) chmodSync(folder, 0o755);
  await expectServingWithout(home, `${home.data} cannot be written (permission denied)`, { uid: NOBODY });
  expect(readdirSync(home.data)).toEqual([]);
});

test.concurrent("a folder that cannot be created", async () => {
  await using home = await newHome();
  await home.configure(CONFIG);
  writeFileSync(join(home.path, "file"), "");
  const folder = join(home.path, "file", "data");
  const env = { OPENAI_BALANCE_DATA_DIR: folder };
  await expectServingWithout(home, `${folder} cannot be written (a part of the path is no folder)`, { env });
});

test.concurrent.each([[["serve", "--port", "0"]], [["keys", "add"]], [["keys", "list"]]])(
  "a file in its place: %j",
  async (args) => {
    await using home = await newHome();
    const file = join(home.path, "file");
    writeFileSync(file, "mine");
    const run = await home.run([...args, "--data-dir", file], { input: ADDED });
    expect(run).toEqual({ exitCode: 2, stdout: "", stderr: `Cannot use ${file} as data folder: it is a file\n` });
    expect(await Bun.file(file).text()).toBe("mine");
  },
);

test.concurrent("a state that cannot be written", async () => {
  await using home = await newHome();
  await home.configure(CONFIG);
  await home.addKeys([DEAD], "--name", "dead");
  const state = join(home.data, "state.json");
  rmSync(state, { force: true });
  mkdirSync(state);
  writeFileSync(join(state, "mine"), "");
  const daemon = await home.serve();
  const fault = `${state} cannot be read: it is a folder`;
  await untilWarned(daemon, `${fault}; health begins anew, and is not saved`);
  await served(daemon);
  const status = await home.run(["status"]);
  expect(status.exitCode).toBe(4);
  expect(status.stdout).toContain(fault);
  const disabled = await home.run(["keys", "disable", "written"]);
  expect(disabled).toMatchObject({ exitCode: 1, stdout: "" });
  expect(disabled.stderr).toContain(
    `It is in effect, but cannot be saved, so that a restart would forget it: ${fault}`,
  );
  expect(await home.states()).toMatchObject({ written: "disabled" });
  expect(readdirSync(state)).toEqual(["mine"]);
});

test.concurrent.skipIf(!IS_ROOT)("a folder of another user is used by root, and stays that user's", async () => {
  await using home = await newHome();
  await home.configure(CONFIG);
  await home.addKeys([ADDED], "--name", "added");
  chownSync(home.data, NOBODY, NOBODY);
  const daemon = await home.serve();
  await untilWarned(daemon, `The data folder ${home.data} belongs to user ${NOBODY}, and this is user 0`);
  expect(await home.states()).toEqual({ written: "ready", added: "ready" });
  daemon.signal("SIGTERM");
  expect(await daemon.exited).toBe(0);
  const ownersOf = () => new Set(readdirSync(home.data).map((name) => statSync(join(home.data, name)).uid));
  expect([...ownersOf()]).toEqual([NOBODY]);
  writeFileSync(join(home.data, "mine"), "");
  linkSync(join(home.data, "mine"), join(home.data, "also mine"));
  await home.addKeys([DEAD]);
  expect(statSync(join(home.data, "keys.json")).uid).toBe(NOBODY);
  // A file that has a name elsewhere may be anybody's.
  expect(statSync(join(home.data, "mine")).uid).toBe(0);
});

test.concurrent.skipIf(!CAN_BE_NOBODY)("files of another user are not used, not changed, and named", async () => {
  await using home = await newHome({ uid: NOBODY });
  await home.configure(CONFIG);
  await home.addKeys([ADDED]);
  for (const folder of [home.data, join(home.data, ".."), join(home.data, "../..")]) chownSync(folder, NOBODY, NOBODY);
  const before = await contentOf(home.data);
  const daemon = await home.serve({ uid: NOBODY });
  await untilWarned(daemon, `${join(home.data, "master.key")} cannot be read: permission denied`);
  await served(daemon);
  const added = await home.run(["keys", "add"], { input: DEAD, uid: NOBODY });
  expect(added).toMatchObject({ exitCode: 1, stdout: "" });
  expect(added.stderr).toContain("cannot be opened, its keys are not used and it is left as it is");
  expect(await contentOf(home.data)).toMatchObject(before);
});

test.concurrent.skipIf(!CAN_BE_NOBODY).each([0o700, 0o755])(
  "a daemon that this user may not call is not said to be absent: folder of mode %o",
  async (mode) => {
    await using home = await newHome();
    await home.configure(CONFIG);
    await home.serve();
    for (const folder of [home.path, join(home.data, "../.."), join(home.data, "..")]) chmodSync(folder, 0o755);
    chmodSync(home.data, mode);
    await using other = await newHome({ uid: NOBODY });
    const stderr = `Cannot see whether a daemon runs on the data folder ${home.data}: only its own user may use it (try sudo)\n`;
    for (const [args, exitCode] of [
      [["status"], 3],
      [["stop"], 3],
      [["keys", "list"], 1],
      [["keys", "add"], 1],
    ] as const) {
      const run = await other.run([...args, "--data-dir", home.data], { uid: NOBODY, input: ADDED });
      expect(run).toEqual({ exitCode, stdout: "", stderr });
    }
  },
);

test.concurrent("what is open to others is closed, or named", async () => {
  await using home = await newHome();
  await home.configure(CONFIG);
  await home.addKeys([ADDED], "--name", "added");
  const files = ["keys.json", "master.key"].map((name) => join(home.data, name));
  for (const file of files) chmodSync(file, 0o644);
  chmodSync(home.data, 0o777);
  const daemon = await home.serve();
  await untilWarned(daemon, `Others may change the data folder ${home.data}: chmod 700 ${home.data}`);
  for (const file of files) {
    await untilWarned(daemon, `${file} was open to others: its mode is 0600 now`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  expect(await home.states()).toEqual({ written: "ready", added: "ready" });
});

test.concurrent("whatever the daemon makes is for its user only", async () => {
  await using home = await newHome();
  await home.configure(CONFIG);
  const daemon = await home.serve();
  await home.addKeys([ADDED]);
  await daemon.stop();
  expect(statSync(home.data).mode & 0o777).toBe(0o700);
  const modes = readdirSync(home.data).map((name) => [name, statSync(join(home.data, name)).mode & 0o777]);
  expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  expect(modes.map(([name]) => name)).toContain("state.json");
});

test.concurrent("a path that is too long for a socket: commands reach the daemon, or the banner says that they cannot", async () => {
  await using home = await newHome();
  await home.configure(CONFIG);
  const folder = join(home.path, "long".repeat(50));
  const target = ["--data-dir", folder];
  const daemon = await home.serve({ args: target });
  await served(daemon);
  const { exitCode } = await home.run(["status", ...target]);
  const isSaid = daemon.logs().includes("commands cannot reach this daemon: its path is too long for a socket");
  expect({ exitCode, isSaid }).toEqual(exitCode === 0 ? { exitCode, isSaid: false } : { exitCode: 3, isSaid: true });
});

test.concurrent("a folder that is deleted while the daemon runs", async () => {
  await using home = await newHome();
  await home.configure(CONFIG);
  await home.addKeys([DEAD]);
  const daemon = await home.serve();
  rmSync(home.data, { recursive: true });
  for (let index = 0; index < 3; index += 1) await served(daemon);
  const reason = "the data folder was deleted or replaced while it was in use";
  await until("the report", () => daemon.logs().includes(`"reason":"${reason}","msg":"State cannot be saved`));
  daemon.signal("SIGTERM");
  expect(await daemon.exited).toBe(0);
  expect(readdirSync(join(home.data, ".."))).toEqual([]);
});

/** Serves what the configuration has, keeps nothing, takes no key, and says so. */
async function expectServingWithout(home: Home, fault: string, options: Parameters<Home["serve"]>[0]): Promise<void> {
  const daemon = await home.serve(options);
  await untilWarned(daemon, `The data folder ${fault}`);
  await served(daemon);
  const added = await home.run(["keys", "add"], { ...options, input: ADDED });
  expect(added).toMatchObject({ exitCode: 1, stdout: "" });
  expect(added.stderr).toContain(fault);
  expect(added.stderr).toContain("its folder cannot be written");
  daemon.signal("SIGTERM");
  expect(await daemon.exited).toBe(0);
}

async function served(daemon: Daemon): Promise<void> {
  expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
}

async function contentOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = readdirSync(folder).filter((name) => !name.startsWith("daemon."));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await Bun.file(join(folder, name)).text()] as const)),
  );
}
