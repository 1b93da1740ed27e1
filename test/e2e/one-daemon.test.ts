// One daemon on one data folder: a second one is refused and told why, and nothing that a dead one left stands in the way.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silent } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { newHome } from "../fixture/home.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const SERVE = ["serve", "--port", "0"];

test.concurrent("a second daemon ends with 1 and names the process that has the folder", async () => {
  await using home = await newHome();
  const daemon = await home.serve();
  const second = await home.run(SERVE);
  expect(second).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: `The data folder ${home.data} is in use by the daemon with process id ${daemon.pid}, which listens on ${daemon.url}; stop that, or choose another folder with --data-dir\n`,
  });
  await home.addKeys([fakeSecret("one_daemon")]);
  expect(await home.json<{ pid: number; keys: number }>(["status"])).toMatchObject({ pid: daemon.pid, keys: 1 });
});

test.concurrent("of several that start at once one serves", async () => {
  await using home = await newHome();
  const all = Array.from({ length: 4 }, () => home.start(SERVE));
  await until(
    "the end of all but one",
    () => all.filter(({ exitCode }) => exitCode !== null).length === all.length - 1,
  );
  const [winner] = all.filter(({ exitCode }) => exitCode === null);
  const losers = await Promise.all(all.filter((program) => program !== winner).map(({ ended }) => ended));
  for (const { exitCode, stderr } of losers) {
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The data folder ${home.data} is in use by `);
  }
  expect((await home.json<{ pid: number }>(["status"])).pid).toBe(winner?.pid ?? 0);
  winner?.kill("SIGKILL");
  await winner?.ended;
});

test.concurrent("what a killed daemon left behind is no obstacle", async () => {
  await using home = await newHome();
  const first = await home.serve();
  await first.kill();
  expect(readdirSync(home.data)).toEqual(expect.arrayContaining(["daemon.lock", "daemon.sock"]));
  const unreachable = await home.run(["status"]);
  expect(unreachable).toEqual({
    exitCode: 3,
    stdout: "",
    stderr: `No daemon runs on the data folder ${home.data}\n`,
  });
  await home.addKeys([fakeSecret("one_daemon_offline")]);
  const second = await home.serve();
  expect(await home.json<{ pid: number; keys: number }>(["status"])).toMatchObject({ pid: second.pid, keys: 1 });
});

test.concurrent("a lock and a socket that are something else are no obstacle", async () => {
  await using home = await newHome();
  await home.addKeys([fakeSecret("one_daemon_odd")]);
  writeFileSync(join(home.data, "daemon.lock"), "no database, but 4711 and a line end\n");
  writeFileSync(join(home.data, "daemon.sock"), "");
  const daemon = await home.serve();
  expect(await home.json<{ pid: number; keys: number }>(["status"])).toMatchObject({ pid: daemon.pid, keys: 1 });
});

test.concurrent("a daemon whose data folder was deleted serves, and leaves what another one keeps there alone", async () => {
  await using home = await newHome();
  await home.addKeys([fakeSecret("one_daemon_first")]);
  const first = await home.serve();
  rmSync(home.data, { recursive: true });
  await home.addKeys([fakeSecret("one_daemon_second")]);
  const second = await home.serve();
  await home.ok(["keys", "disable", "*"]);
  expect((await first.ask("/health")).status).toBe(200);
  await first.stop();
  expect(await home.json<{ pid: number }>(["status"])).toMatchObject({ pid: second.pid });
  await second.kill();
  expect(Object.values(await home.states())).toEqual(["disabled"]);
});

test.concurrent("serve at once after stop", async () => {
  await using home = await newHome();
  for (let round = 0; round < 3; round += 1) {
    const daemon = await home.serve();
    expect(await home.ok(["stop"])).toBe(`Stopped process ${daemon.pid}\n`);
    expect(existsSync(join(home.data, "daemon.sock"))).toBe(false);
    expect(await daemon.exited).toBe(0);
  }
});

test.concurrent("serve while stop still waits for a request takes over", async () => {
  const key = fakeSecret("one_daemon_drain");
  await using upstream = startUpstream({ otherwise: silent });
  await using home = await newHome();
  await home.configure({
    server: { drain_timeout: "300ms" },
    providers: [{ name: "main", base_url: upstream.url, api_keys: [key] }],
  });
  const first = await home.serve();
  const request = first.ask("/v1/chat/completions", chat()).catch(() => undefined);
  await until("the upstream call", () => upstream.count(key) === 1);
  const stopping = home.run(["stop"]);
  await until("the drain", () => first.logs().includes('"msg":"Stopping"'));
  const second = await home.serve();
  expect(await stopping).toEqual({ exitCode: 0, stdout: `Stopped process ${first.pid}\n`, stderr: "" });
  expect((await home.json<{ pid: number }>(["status"])).pid).toBe(second.pid);
  await request;
});

test.concurrent("a command that comes while the daemon starts is done by it", async () => {
  await using home = await newHome();
  await home.addKeys([fakeSecret("one_daemon_starting")], "--name", "first");
  const daemon = home.start(SERVE);
  const names = Array.from({ length: 5 }, (_, index) => `late-${index}`);
  const runs = names.map(async (name, index) => {
    await Bun.sleep(index * 40);
    return home.run(["keys", "add", "--name", name], { input: fakeSecret(`one_daemon_${name}`) });
  });
  for (const { exitCode, stderr } of await Promise.all(runs)) expect([exitCode, stderr]).toEqual([0, ""]);
  expect(Object.keys(await home.states()).toSorted()).toEqual(["first", ...names]);
  daemon.kill("SIGTERM");
  await daemon.ended;
});

test.concurrent("commands at the same time without a daemon: what one of them acknowledged is there", async () => {
  await using home = await newHome();
  const names = ["a", "b", "c", "d"];
  const runs = await Promise.all(
    names.map((name) => home.run(["keys", "add", "--name", name], { input: fakeSecret(`one_daemon_${name}`) })),
  );
  const added = names.filter((_name, index) => runs[index]?.exitCode === 0);
  expect(added.length).toBeGreaterThan(0);
  for (const { exitCode, stderr } of runs) if (exitCode !== 0) expect(stderr).toContain("in use by another process");
  expect(Object.keys(await home.states()).toSorted()).toEqual(added);
});
