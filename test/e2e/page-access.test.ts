// The page of the real daemon: the way in by link and by token, over a restart, and behind a proxy that is trusted.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Daemon } from "../fixture/daemon.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { rawRequest } from "../fixture/raw-client.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ADMIN = fakeSecret("page_e2e_admin");
const NEXT = fakeSecret("page_e2e_next");
const CLIENT = fakeSecret("page_e2e_client");
const READ = "/admin/api/health";

type Headers = Readonly<Record<string, string>>;

function configOf(adminToken: string | undefined): object {
  return {
    server: { trusted_proxies: ["127.0.0.1"] },
    auth: {
      client_tokens: [CLIENT],
      admin_hosts: ["gateway.example"],
      ...(adminToken !== undefined && { admin_token: adminToken }),
    },
  };
}

function logIn(daemon: Daemon, token: string, headers: Headers = {}) {
  const form = { "content-type": "application/x-www-form-urlencoded", ...headers };
  return daemon.ask("/admin/login", { method: "POST", headers: form, body: new URLSearchParams({ token }).toString() });
}

function cookieOf({ headers }: { readonly headers: globalThis.Headers }): string {
  return headers.get("set-cookie")?.split(";")[0] ?? "none";
}

async function statusOf(daemon: Daemon, cookie: string): Promise<number> {
  return (await daemon.ask(READ, { headers: { cookie } })).status;
}

let home: Home;
let daemon: Daemon;
beforeAll(async () => {
  home = await newHome();
  await home.configure(configOf(ADMIN));
  daemon = await home.serve();
});
afterAll(() => home[Symbol.asyncDispose]());

describe.serial("one browser after the other", () => {
  let cookie = "";

  test("open prints a link that logs in once", async () => {
    const { stdout, stderr, exitCode } = await home.run(["open"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/admin\/open\?code=oab-link-[\w-]{43}\n$/);
    expect(stderr).toContain("once, within five minutes");
    const link = stdout.trim().slice(daemon.url.length);
    const first = await daemon.ask(link);
    cookie = cookieOf(first);
    expect([first.status, await statusOf(daemon, cookie)]).toEqual([200, 200]);
    const second = await daemon.ask(link);
    expect([second.status, cookieOf(second)]).toEqual([403, "none"]);
  });

  test("the page and every file that it names are served, each compressed", async () => {
    const { text, status } = await daemon.ask("/admin", { headers: { cookie } });
    const paths = [...text.matchAll(/"(\/admin\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
    expect([status, paths.length]).toEqual([200, 4]);
    for (const path of paths) {
      const answer = await fetch(daemon.url + path, { headers: { "accept-encoding": "br" } });
      expect([path, answer.status, answer.headers.get("content-encoding")]).toEqual([path, 200, "br"]);
      expect((await answer.text()).length).toBeGreaterThan(100);
    }
  });

  test("open starts the browser of a desktop with the link, where that is asked for", async () => {
    const bin = join(home.path, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "xdg-open"), `#!/bin/sh\necho "$1" > ${home.path}/opened\n`, { mode: 0o755 });
    const env = { DISPLAY: ":0", PATH: `${bin}:${process.env.PATH}`, SSH_CONNECTION: "", SSH_TTY: "" };
    const terminal = home.startInTerminal(["open", "--browser"], { env, columns: 200 });
    expect(await terminal.exited).toBe(0);
    const opened = await until("the browser", () => readFile(join(home.path, "opened"), "utf8").catch(() => undefined));
    expect(terminal.text()).toContain("The page opens in the browser.");
    expect(terminal.text()).toContain(opened.trim());
    expect((await daemon.ask(opened.trim().slice(daemon.url.length))).status).toBe(200);
  });

  test("open is not possible from afar, nor without a daemon", async () => {
    const far = { env: { OPENAI_BALANCE_TOKEN: ADMIN } };
    const refused = await home.run(["open", "--url", daemon.url], far);
    expect([refused.exitCode, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain("open is possible on the daemon's own machine only");
    await using empty = await newHome();
    expect((await empty.run(["open"])).exitCode).toBe(3);
  });

  test("sessions and their logout survive a restart, however that comes", async () => {
    const other = cookieOf(await logIn(daemon, ADMIN));
    const file = join(home.data, "sessions.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const each of [cookie, other]) expect(readFileSync(file, "utf8")).not.toContain(each.split("=")[1] ?? "");
    const page = await daemon.ask("/admin", { headers: { cookie: other } });
    const csrf_token = /value="(oab-csrf-[^"]+)"/.exec(page.text)?.[1] ?? "";
    const headers = { cookie: other, "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ csrf_token }).toString();
    expect((await daemon.ask("/admin/logout", { method: "POST", headers, body })).status).toBe(303);
    await daemon.kill();
    daemon = await home.serve();
    expect([await statusOf(daemon, cookie), await statusOf(daemon, other)]).toEqual([200, 401]);
  });

  test("sessions lists and revokes them, with a daemon and without", async () => {
    // Two by links, this one by the token.
    const second = cookieOf(await logIn(daemon, ADMIN));
    const { sessions } = await home.json<{ sessions: { id: string; via: string }[] }>(["sessions"]);
    expect(sessions.map(({ via }) => via).toSorted()).toEqual(["link", "link", "token"]);
    const id = sessions.find(({ via }) => via === "token")?.id ?? "";
    expect(await home.ok(["sessions", "revoke", id])).toBe("Ended 1 session\n");
    expect([await statusOf(daemon, cookie), await statusOf(daemon, second)]).toEqual([200, 401]);
    await daemon.stop();
    expect(await home.ok(["sessions", "revoke", "--all"])).toBe("Ended 2 sessions, from the next start on\n");
    daemon = await home.serve();
    expect(await statusOf(daemon, cookie)).toBe(401);
  });

  test("another admin token in the changed file ends them all", async () => {
    cookie = cookieOf(await logIn(daemon, ADMIN));
    expect(await statusOf(daemon, cookie)).toBe(200);
    await home.configure(configOf(NEXT));
    await until("the end of the session", async () => (await statusOf(daemon, cookie)) === 401 || undefined);
    expect((await logIn(daemon, ADMIN)).status).toBe(401);
    expect((await logIn(daemon, NEXT)).status).toBe(303);
  });

  test("without an admin token open still works", async () => {
    await home.configure(configOf(undefined));
    await home.ok(["reload"]);
    expect((await logIn(daemon, NEXT)).status).toBe(403);
    const { url } = await home.json<{ url: string }>(["open"]);
    expect(await statusOf(daemon, cookieOf(await daemon.ask(url.slice(daemon.url.length))))).toBe(200);
    await home.configure(configOf(ADMIN));
    await home.ok(["reload"]);
  });

  test("behind a trusted proxy that took HTTPS the cookie is Secure", async () => {
    const forwarded = { host: "gateway.example", "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.5" };
    const answer = await logIn(daemon, ADMIN, { ...forwarded, origin: "https://gateway.example" });
    expect(answer.headers.get("set-cookie")).toMatch(/^__Secure-.*; Path=\/admin; HttpOnly; SameSite=Strict; Secure$/);
    const headers = { ...forwarded, cookie: cookieOf(answer) };
    expect((await daemon.ask(READ, { headers })).status).toBe(200);
    const { sessions } = await home.json<{ sessions: { address: string }[] }>(["sessions"]);
    expect(sessions.map(({ address }) => address)).toContain("203.0.113.5");
    const foreign = await logIn(daemon, ADMIN, { ...forwarded, host: "evil.example", origin: "https://evil.example" });
    expect([foreign.status, cookieOf(foreign)]).toEqual([403, "none"]);
  });

  test("a client token opens nothing, and a foreign Host not even the form", async () => {
    const headers = { authorization: `Bearer ${CLIENT}` };
    expect((await daemon.ask(READ, { headers })).status).toBe(401);
    expect((await logIn(daemon, CLIENT)).status).toBe(401);
    const { status, body } = await rawRequest(
      daemon.url,
      "GET /admin HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    );
    expect([status, body.includes("<form")]).toEqual([403, false]);
  });

  test("nothing of all this stands in the log", () => {
    const log = readFileSync(join(home.data, "daemon.log"), "utf8");
    expect(log).toContain("Logged in to the page");
    expect(log).not.toMatch(/oab-(?:session|link|csrf)-[\w-]{8}/);
    for (const token of [ADMIN, NEXT, CLIENT]) expect(log).not.toContain(token);
  });
});
