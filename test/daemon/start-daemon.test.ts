// The daemon as a whole: its control socket, its checks by the clock, and its end.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Control, daemonControl } from "../../src/admin/control-client.ts";
import { UserError } from "../../src/core/user-error.ts";
import { lockFolder } from "../../src/storage/folder-lock.ts";
import { unauthorized } from "../fixture/behaviours.ts";
import { type Daemon, startDaemon } from "../fixture/daemon.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";
import { providerAt } from "./instance-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ADMIN = fakeSecret("admin");
const KEY = fakeSecret("key");

function yaml(url: string, rest: object = {}): string {
  const providers = [providerAt(url, "main", [{ name: "mine", key: KEY }])];
  return JSON.stringify({ auth: { admin_token: ADMIN }, providers, ...rest });
}

function overSocket(folder: string): Control {
  const unix = join(folder, "daemon.sock");
  const send = (path: string, init: RequestInit) => fetch(`http://localhost${path}`, { ...init, unix } as RequestInit);
  return daemonControl({ kind: "daemon", name: "the daemon", send });
}

function overHttp({ url }: Daemon, token = ADMIN): Control {
  const authorization = `Bearer ${token}`;
  const send = (path: string, init: RequestInit) =>
    fetch(url + path, { ...init, headers: { ...(init.headers as Record<string, string>), authorization } });
  return daemonControl({ kind: "remote", name: "the daemon", send });
}

describe("a daemon is operated", () => {
  test("over its socket and over HTTP, with the same view", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    await using daemon = await startDaemon({ config: yaml(upstream.url), args: ["--data-dir", "data"] });
    const data = join(daemon.folder, "data");
    expect(statSync(join(data, "daemon.sock")).mode & 0o777).toBe(0o600);
    const [local, remote] = [overSocket(data), overHttp(daemon)];
    const seen = await local.call("status", {});
    expect(seen).toMatchObject({ pid: daemon.pid, url: daemon.url, data_folder: data, keys: 1, draining: false });
    expect(await remote.call("status", {})).toEqual(seen);
    await remote.call("keys.disable", { keys: ["mine"] });
    expect((await local.call("keys.list", {})).keys).toMatchObject([{ state: "disabled" }]);
    await expect(overHttp(daemon, fakeSecret("other")).call("status", {})).rejects.toThrow("refuses the admin token");
    await expect(remote.call("keys.export", {})).rejects.toThrow("on the daemon's own machine only");
  });

  test("by a reload, which says what is different or wrong", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    await using daemon = await startDaemon({ config: yaml(upstream.url), args: ["--data-dir", "data"] });
    const control = overSocket(join(daemon.folder, "data"));
    await daemon.writeConfig(yaml(upstream.url, { logging: { level: "warn" } }));
    expect(await control.call("reload", {})).toMatchObject({ ok: true, diagnostics: [] });
    await daemon.writeConfig("servr: 1");
    expect(await control.call("reload", {})).toMatchObject({
      ok: false,
      diagnostics: [expect.stringContaining("servr: unknown field")],
    });
    expect((await control.call("providers", {})).providers).toHaveLength(1);
  });

  test("by a setting, which is in effect when it is said, HTTPS too", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    await using daemon = await startDaemon({ config: yaml(upstream.url), args: ["--data-dir", "data"] });
    const control = overSocket(join(daemon.folder, "data"));
    const [ca, cert, key] = ["ca.pem", "localhost.pem", "localhost.key"].map(
      (name) => new URL(`../fixture/tls/${name}`, import.meta.url).pathname,
    );
    const set = await control.call("config.set", { path: "server.tls", value: JSON.stringify({ cert, key }) });
    expect(set.needs_restart).toBe(false);
    const url = daemon.url.replace("http:", "https:");
    expect((await control.call("status", {})).url).toBe(url);
    const answer = await fetch(`${url}/health`, { tls: { ca: await Bun.file(ca ?? "").text() } });
    expect(answer.status).toBe(200);
    await control.call("config.set", { path: "server.tls" });
    expect((await control.call("status", {})).url).toBe(daemon.url);
  });

  test("until it is stopped: everything is saved, the socket is gone and the folder free", async () => {
    await using upstream = startUpstream({ otherwise: unauthorized });
    await using daemon = await startDaemon({ config: yaml(upstream.url), args: ["--data-dir", "data"] });
    const data = join(daemon.folder, "data");
    const control = overSocket(data);
    const body = JSON.stringify({ model: "gpt-4o-mini", messages: [] });
    const headers = { "content-type": "application/json" };
    await daemon.ask("/v1/chat/completions", { method: "POST", headers, body });
    // Whoever follows the log may still see the end of it, and is told why it ends.
    const follower = Array.fromAsync(control.stream("daemon.log", { follow: true, last: 0 })).catch(
      (error: unknown) => error,
    );
    expect(await control.call("stop", {})).toEqual({ pid: daemon.pid, in_flight: 0 });
    expect(await daemon.exited).toBe(0);
    expect(await follower).toBeInstanceOf(UserError);
    expect(existsSync(join(data, "daemon.sock"))).toBe(false);
    expect(await Bun.file(join(data, "state.json")).text()).toContain('"cause":"invalid"');
    const locked = lockFolder(data);
    expect(locked.kind).toBe("taken");
    if (locked.kind === "taken") locked.lock.release();
  });
});

test("a daemon whose socket cannot be says so, and serves", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  const folder = await mkdtemp(join(tmpdir(), "openai-balance-no-socket-"));
  mkdirSync(join(folder, "daemon.sock", "x"), { recursive: true });
  await using daemon = await startDaemon({ config: yaml(upstream.url), args: ["--data-dir", folder] });
  const path = join(folder, "daemon.sock");
  expect(daemon.logs()).toContain(
    `Cannot open the control socket ${path}, commands cannot reach this daemon: it is a folder`,
  );
  expect((await daemon.ask("/health")).status).toBe(200);
  expect((await overHttp(daemon).call("status", {})).keys).toBe(1);
  await daemon.stop();
  await rm(folder, { recursive: true });
});

test("a daemon tries a failed key again by the clock, without any request", async () => {
  await using upstream = startUpstream({ otherwise: openai, listing: openai, keys: { [KEY]: unauthorized } });
  const config = yaml(upstream.url, { health: { check_interval: "1s" } });
  await using daemon = await startDaemon({ config, args: ["--data-dir", "data"] });
  const control = overSocket(join(daemon.folder, "data"));
  const stateOf = async () => (await control.call("keys.list", {})).keys[0]?.state;
  for await (const { is_ok } of control.stream("test", {})) expect(is_ok).toBe(false);
  // The free call is answered well: the credential works.
  await until("the check", async () => (await stateOf()) === "ready");
  expect(upstream.count(KEY)).toBe(1);
});
