// The page and the control API over real HTTP: who gets in, and who does not.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { maskSecret } from "../../src/core/redaction.ts";
import { rawRequest } from "../fixture/raw-client.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { ADMIN, type AdminLab, CLIENT, configOf, cookieOf, openAdminLab } from "./admin-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const HOUR = 3_600_000;
const tlsFile = (name: string) => join(import.meta.dir, "../fixture/tls", name);
const READ = "/admin/api/health";
const CHANGE = "/admin/api/tokens.add";

let at: AdminLab;
beforeAll(async () => {
  at = await openAdminLab();
});
afterAll(async () => {
  expect(at.lab.bugs).toEqual([]);
  await at[Symbol.asyncDispose]();
});

/** What failed before is another test's. */
const forgive = () => void at.lab.admin.door.byTyped(ADMIN, "127.0.0.1");
const read = (cookie: string, headers: Record<string, string> = {}) =>
  at.ask(READ, { headers: { cookie, ...headers } });

async function change(cookie: string, headers: Record<string, string> = {}, page = at) {
  const token = await page.csrf(cookie);
  return page.ask(CHANGE, { method: "POST", body: "{}", headers: { cookie, "x-csrf-token": token, ...headers } });
}

describe("login", () => {
  test("with the admin token sets a cookie for /admin alone, and leads to the page", async () => {
    const answer = await at.post("/admin/login", { token: ` ${ADMIN} ` }, { "user-agent": "A <b>browser</b>" });
    expect([answer.status, answer.headers.get("location"), answer.text]).toEqual([303, "/admin", ""]);
    expect(answer.headers.get("set-cookie")).toMatch(
      /^openai-balance-[0-9a-f]{8}=oab-session-[\w-]{43}; Path=\/admin; HttpOnly; SameSite=Strict$/,
    );
    const { text } = await at.ask("/admin", { headers: { cookie: cookieOf(answer) } });
    expect(text).toContain("You are logged in.");
    expect(at.lab.data.sessions.list()[0]).toMatchObject({
      via: "token",
      address: "127.0.0.1",
      agent: "A <b>browser</b>",
    });
  });

  test("keeps no secret of what calls itself a browser", async () => {
    await at.login({ "user-agent": `${"x".repeat(180)} ${CLIENT}` });
    const [session] = at.lab.data.sessions.list();
    expect(session?.agent).toBe(`${"x".repeat(180)} ${maskSecret(CLIENT)}`);
  });

  test("without a cookie the page is a form that needs no script", async () => {
    const { status, text, headers } = await at.ask("/admin");
    expect([status, headers.get("set-cookie")]).toEqual([200, null]);
    expect(text).toContain('<form method="post" action="/admin/login">');
    expect(text).not.toMatch(/<script|style=|onload|onclick|https?:\/\//);
  });

  test.each([
    ["the client token", CLIENT],
    ["a wrong one", `${ADMIN}x`],
    ["none", ""],
  ])("with %s is refused", async (_, token) => {
    const answer = await at.post("/admin/login", { token });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
    expect(answer.text).toContain("This is not the admin token.");
    expect(answer.text).not.toContain(token === "" ? ADMIN : token);
    forgive();
  });

  test("takes a form only, of a sensible size", async () => {
    const json = await at.ask("/admin/login", { method: "POST", body: JSON.stringify({ token: ADMIN }) });
    expect([json.status, json.headers.get("set-cookie")]).toEqual([415, null]);
    expect((await at.post("/admin/login", { token: ADMIN, more: "x".repeat(10_000) })).status).toBe(413);
    expect((await at.ask(`/admin/login?token=${ADMIN}`)).status).toBe(405);
  });

  test("in place of a session that there was", async () => {
    const before = await at.login();
    const after = await at.login({ cookie: before });
    expect([(await read(before)).status, (await read(after)).status]).toEqual([401, 200]);
  });
});

describe("the control API takes", () => {
  test("the cookie for what is read", async () => {
    const answer = await read(await at.login());
    expect([answer.status, JSON.parse(answer.text).providers]).toEqual([200, []]);
  });

  test("the cookie with the CSRF token of its session for a change", async () => {
    const answer = await change(await at.login(), { origin: at.url, "sec-fetch-site": "same-origin" });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(JSON.parse(answer.text).secret).toMatch(/^oab-/);
  });

  test("the cookie of one of several sessions, and tells it which one it is", async () => {
    await using page = await openAdminLab();
    const cookies = [await page.login(), await page.login()];
    const own = async (headers: Record<string, string>) => {
      const { text } = await page.ask("/admin/api/sessions.list", { headers });
      const { sessions } = JSON.parse(text) as { sessions: { id: string; current?: boolean }[] };
      return sessions.filter(({ current }) => current === true).map(({ id }) => id);
    };
    const ids = await Promise.all(cookies.map((cookie) => own({ cookie })));
    expect(ids).toEqual(cookies.map((cookie) => [page.lab.data.sessions.use(cookie.split("=")[1] ?? "")?.id ?? ""]));
    expect(await own({ authorization: `Bearer ${ADMIN}` })).toEqual([]);
  });

  test("the admin token without any CSRF token, under whatever name the daemon is called", async () => {
    const headers = { authorization: `Bearer ${ADMIN}`, host: "whatever.example" };
    expect((await at.ask(CHANGE, { method: "POST", body: "{}", headers })).status).toBe(200);
  });
});

describe("the control API refuses", () => {
  const refusals: readonly (readonly [string, Record<string, string>, number, string])[] = [
    ["no CSRF token", { "x-csrf-token": "" }, 403, "csrf_token"],
    ["a wrong CSRF token", { "x-csrf-token": `oab-csrf-${"x".repeat(43)}` }, 403, "csrf_token"],
    ["a page of another site", { "sec-fetch-site": "cross-site" }, 403, "foreign_request"],
    ["a page of another port", { "sec-fetch-site": "same-site", origin: "http://127.0.0.1:1" }, 403, "foreign_request"],
    ["another origin", { origin: "https://evil.example" }, 403, "foreign_request"],
    ["another origin of this host", { origin: "http://127.0.0.1:1" }, 403, "foreign_request"],
    ["another Host", { host: "evil.example" }, 403, "foreign_request"],
    [
      "another Host that is its own origin",
      { host: "evil.example", origin: "http://evil.example" },
      403,
      "foreign_request",
    ],
    ["a client token beside the cookie", { authorization: `Bearer ${CLIENT}` }, 401, "invalid_api_key"],
  ];

  test.each(refusals)("a change with %s", async (_, headers, status, code) => {
    const cookie = await at.login();
    const before = at.lab.ports.tokens.stored().length;
    const answer = await change(cookie, headers);
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([status, code]);
    expect(at.lab.ports.tokens.stored()).toHaveLength(before);
    expect((await change(cookie)).status).toBe(200);
  });

  test.each(refusals.filter(([, headers]) => !("x-csrf-token" in headers)))(
    "a read with %s",
    async (_, headers, status, code) => {
      const answer = await read(await at.login(), headers);
      expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([status, code]);
    },
  );

  test("the CSRF token of another session", async () => {
    const [mine, other] = [await at.login(), await at.login()];
    expect((await change(mine, { "x-csrf-token": await at.csrf(other) })).status).toBe(403);
  });

  test("a read by POST without a CSRF token, as it cannot be told from a change by what a form can send", async () => {
    const answer = await at.ask(READ, { method: "POST", body: "{}", headers: { cookie: await at.login() } });
    expect(answer.status).toBe(403);
  });

  test.each([
    ["nothing", {}],
    ["a client token", { authorization: `Bearer ${CLIENT}` }],
    ["a client token elsewhere", { "x-api-key": CLIENT }],
    ["a client token as a cookie", { cookie: `openai-balance-00000000=${CLIENT}` }],
    ["the admin token elsewhere", { "x-api-key": ADMIN }],
    ["the admin token as a cookie", { cookie: `openai-balance-00000000=${ADMIN}` }],
  ])("%s", async (_, headers) => {
    for (const [path, method] of [
      [READ, "GET"],
      [CHANGE, "POST"],
    ] as const) {
      const answer = await at.ask(path, { method, headers });
      expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([401, "invalid_api_key"]);
    }
    forgive();
  });
});

describe("a cookie counts no longer", () => {
  const ends: readonly (readonly [string, (page: AdminLab, cookie: string) => Promise<unknown>])[] = [
    [
      "after the logout",
      async (page, cookie) => page.post("/admin/logout", { csrf_token: await page.csrf(cookie) }, { cookie }),
    ],
    ["after it was revoked", (page) => page.lab.control.call("sessions.revoke", { all: true })],
    [
      "after an hour without use",
      async (page) => {
        page.lab.now += HOUR;
      },
    ],
    [
      "after a week, however often it was used",
      async (page, cookie) => {
        for (let used = 0; used < 7 * 24; used++) {
          page.lab.now += HOUR - 1;
          page.lab.data.sessions.use(cookie.split("=")[1] ?? "");
        }
        page.lab.now += HOUR - 1;
      },
    ],
    [
      "after the admin token was changed and read anew",
      async (page) => {
        await Bun.write(page.lab.configFile, JSON.stringify(configOf({ admin_token: `${ADMIN}2` })));
        expect(page.lab.instance.reload("the config file changed").ok).toBe(true);
      },
    ],
    [
      "after the admin token was changed by config set",
      (page) => page.lab.control.call("config.set", { path: "auth.admin_token", value: "another-fake-admin-token" }),
    ],
  ];

  test.each(ends)("%s, and what it followed live ends", async (_, end) => {
    await using page = await openAdminLab();
    const cookie = await page.login();
    const headers = { cookie };
    // Its head goes out with the first line.
    await page.lab.log();
    const following = await fetch(`${page.url}/admin/api/daemon.log?follow=true`, { headers });
    expect(following.status).toBe(200);
    await end(page, cookie);
    // What looks once a minute does so now.
    page.lab.data.sessions.list();
    expect(await following.text()).toContain('"code":"session_ended"');
    const answer = await page.ask(READ, { headers });
    expect([answer.status, JSON.parse(answer.text).error.message]).toEqual([
      401,
      expect.stringContaining("the session has ended: log in again"),
    ]);
    expect((await page.ask("/admin", { headers })).text).toContain("/admin/login");
    expect(page.lab.bugs).toEqual([]);
  });

  test("that began while another admin token came into effect", async () => {
    await using page = await openAdminLab();
    const before = await page.login();
    const request = new Request(`${page.url}/admin`, { headers: { cookie: before } });
    const caller = { request, address: "127.0.0.1", isSecure: false };
    const { door } = page.lab.admin;
    expect(door.byTyped(ADMIN, "127.0.0.1").kind).toBe("admitted");
    const login = door.login(caller, "token");
    page.lab.data.sessions.configure({
      adminToken: "another-fake-admin-token",
      sessionTtlMs: HOUR,
      sessionMaxMs: HOUR,
    });
    const cookie = (await login).split(";")[0] ?? "";
    expect((await page.ask(READ, { headers: { cookie } })).status).toBe(401);
  });

  test("but it does after a restart", async () => {
    await using page = await openAdminLab();
    const cookie = await page.login();
    await using next = await page.lab.restart();
    expect(next.data.sessions.use(cookie.split("=")[1] ?? "")?.via).toBe("token");
  });

  test("but it does while the daemon reads the same token anew", async () => {
    await using page = await openAdminLab();
    const cookie = await page.login();
    expect(page.lab.instance.reload("SIGHUP").ok).toBe(true);
    expect((await page.ask(READ, { headers: { cookie } })).status).toBe(200);
  });
});

test("the admin token acts no more that was changed while the input was on its way", async () => {
  await using page = await openAdminLab();
  const { door } = page.lab.admin;
  const judge = door.byTokenOrCookie.bind(door);
  let isJudged = false;
  door.byTokenOrCookie = (caller) => {
    isJudged = true;
    return judge(caller);
  };
  let send = (_: string) => {};
  const body = new ReadableStream({
    start: (controller) => {
      send = (text) => {
        controller.enqueue(new TextEncoder().encode(text));
        if (text === "}") controller.close();
      };
    },
  });
  const headers = { authorization: `Bearer ${ADMIN}` };
  const answer = page.ask(CHANGE, { method: "POST", body, headers, duplex: "half" } as RequestInit);
  send("{");
  await until("the request", () => isJudged);
  await page.lab.control.call("config.set", { path: "auth.admin_token", value: "another-fake-admin-token" });
  send("}");
  const { status, text } = await answer;
  expect([status, JSON.parse(text).error.code]).toEqual([401, "session_ended"]);
  expect(page.lab.ports.tokens.stored()).toEqual([]);
});

test("what is followed by the admin token ends with it", async () => {
  await using page = await openAdminLab();
  // So that there is a line, with which the head of the answer goes out.
  await page.login();
  await page.lab.log();
  const headers = { authorization: `Bearer ${ADMIN}` };
  const following = await fetch(`${page.url}/admin/api/daemon.log?follow=true`, { headers });
  await page.lab.control.call("config.set", { path: "auth.admin_token", value: "another-fake-admin-token" });
  expect(await following.text()).toContain('"code":"session_ended"');
});

describe("logout", () => {
  test("takes the CSRF token of the form, and no other page can do it", async () => {
    const cookie = await at.login();
    const csrf_token = await at.csrf(cookie);
    expect((await at.post("/admin/logout", {}, { cookie })).status).toBe(403);
    expect((await at.post("/admin/logout", { csrf_token: "x" }, { cookie })).status).toBe(403);
    expect((await at.post("/admin/logout", { csrf_token }, { cookie, "sec-fetch-site": "cross-site" })).status).toBe(
      403,
    );
    expect((await at.post("/admin/logout", { csrf_token }, { cookie, origin: "http://evil.example" })).status).toBe(
      403,
    );
    expect((await at.ask("/admin/logout", { headers: { cookie } })).status).toBe(405);
    expect((await read(cookie)).status).toBe(200);
    // As forms of pages with no-referrer send it over plain HTTP to another machine.
    const out = await at.post("/admin/logout", { csrf_token }, { cookie, origin: "null" });
    expect([out.status, out.headers.get("set-cookie")]).toEqual([303, expect.stringContaining("Max-Age=0")]);
    expect((await read(cookie)).status).toBe(401);
  });

  test("without a session leads to the page all the same", async () => {
    const answer = await at.post("/admin/logout", {});
    // Another site's form comes without the cookie, and must not take it away.
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([303, null]);
  });
});

describe("a one-time link", () => {
  const linkOf = (page: AdminLab) => page.lab.admin.openLink("").url;

  test("logs in once: whoever has stolen it comes too late", async () => {
    const link = linkOf(at);
    const first = await at.ask(link, { headers: { "sec-fetch-site": "cross-site" } });
    expect([first.status, first.text]).toEqual([200, expect.stringContaining('content="0; url=/admin"')]);
    expect((await read(cookieOf(first))).status).toBe(200);
    const second = await at.ask(link);
    expect([second.status, second.headers.get("set-cookie")]).toEqual([403, null]);
    expect(second.text).toContain("The link was used before, or is older than five minutes.");
  });

  test("of two who open it at the same moment one is let in", async () => {
    const link = linkOf(at);
    const answers = await Promise.all([1, 2, 3].map(() => at.ask(link)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403, 403]);
  });

  test("counts for five minutes", async () => {
    await using page = await openAdminLab();
    const link = linkOf(page);
    page.lab.now += 300_000;
    expect((await page.ask(link)).status).toBe(403);
  });

  test("is not used up by what fetches ahead, or only looks", async () => {
    const link = linkOf(at);
    expect((await at.ask(link, { headers: { "sec-purpose": "prefetch;prerender" } })).status).toBe(503);
    expect((await at.ask(link, { method: "HEAD" })).status).toBe(405);
    expect((await at.ask(link, { headers: { host: "evil.example" } })).status).toBe(403);
    expect((await at.ask(link)).status).toBe(200);
  });

  test("ends with the admin token that it was made under", async () => {
    await using page = await openAdminLab();
    const link = linkOf(page);
    await page.lab.control.call("config.set", { path: "auth.admin_token", value: "another-fake-admin-token" });
    expect((await page.ask(link)).status).toBe(403);
  });

  test("ends with that token for good, also where it comes back before anybody looks", async () => {
    await using page = await openAdminLab();
    const link = linkOf(page);
    for (const value of ["another-fake-admin-token", ADMIN])
      await page.lab.control.call("config.set", { path: "auth.admin_token", value });
    expect((await page.ask(link)).status).toBe(403);
  });

  test("ends when all sessions are revoked, whether or not there are any", async () => {
    await using page = await openAdminLab();
    const link = linkOf(page);
    await page.lab.control.call("sessions.revoke", { all: true });
    expect((await page.ask(link)).status).toBe(403);
  });

  test.each(["", "?code=", "?code=oab-link-x", "?other=1"])("/admin/open%s is none", async (query) => {
    expect((await at.ask(`/admin/open${query}`)).status).toBe(403);
  });
});

describe("the address of a link", () => {
  const tls = { cert: tlsFile("localhost.pem"), key: tlsFile("localhost.key") };

  test.each([
    ["is that of the daemon", {}, {}, "http://127.0.0.1:8000/admin/open?code="],
    ["without a certificate knows no other name", { admin_hosts: ["gw.example"] }, {}, "http://127.0.0.1:8000/admin/"],
    [
      "has the name that a certificate is for",
      { admin_hosts: ["gw.example", "x"] },
      { tls },
      "https://gw.example:8443/",
    ],
    ["has an address in brackets", { admin_hosts: ["fd00::7"] }, { tls }, "https://[fd00::7]:8443/admin/open"],
    ["without a name is that of the daemon", {}, { tls }, "https://127.0.0.1:8443/admin/open"],
  ])("%s", async (_, auth, server, begin) => {
    await using page = await openAdminLab(configOf(auth, server));
    const url = "tls" in server ? "https://127.0.0.1:8443" : "http://127.0.0.1:8000";
    expect(page.lab.admin.openLink(url).url).toStartWith(begin);
  });
});

test("looks once a minute for sessions that have expired, and after the stop no more", async () => {
  await using page = await openAdminLab();
  const { timing } = page.lab.instance;
  const runs: (() => void)[] = [];
  const schedule = (_: number, run: () => void) => {
    runs.push(run);
    return () => {};
  };
  Object.defineProperty(timing, "schedule", { value: schedule });
  const cookie = await page.login();
  expect((await page.ask(READ, { headers: { cookie } })).status).toBe(200);
  expect(runs).toHaveLength(1);
  page.lab.now += HOUR - 1;
  runs.pop()?.();
  expect(runs).toHaveLength(1);
  page.lab.now += 1;
  runs.pop()?.();
  expect([runs.length, page.lab.data.sessions.list()]).toEqual([0, []]);
  page.lab.admin.stop();
  await page.login();
  expect(runs).toHaveLength(0);
});

test("a bug of ours is an answer that tells nothing, with the headers of all others", async () => {
  await using page = await openAdminLab();
  const cookie = await page.login();
  const use = () => {
    throw new Error(`what nobody may read: ${ADMIN}`);
  };
  Object.defineProperty(page.lab.data.sessions, "use", { value: use });
  for (const path of ["/admin", READ]) {
    const answer = await page.ask(path, { headers: { cookie } });
    expect([answer.status, answer.text]).toEqual([500, "Internal error of openai-balance; its log has it\n"]);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  }
  expect(page.lab.bugs).toHaveLength(2);
});

describe("without an admin token", () => {
  test("the page says how to set one, and a link opens it", async () => {
    await using page = await openAdminLab({ auth: { client_tokens: [CLIENT] } });
    const { text } = await page.ask("/admin");
    expect(text).toContain("auth.admin_token");
    expect(text).toContain("openai-balance init");
    expect(text).not.toContain("<form");
    expect((await page.post("/admin/login", { token: "undefined" })).status).toBe(403);
    const headers = { cookie: cookieOf(await page.ask(page.lab.admin.openLink("").url)) };
    expect((await page.ask(READ, { headers })).status).toBe(200);
    expect((await page.ask(READ, { headers: { authorization: "Bearer undefined" } })).status).toBe(401);
  });
});

describe("guesses", () => {
  const shown = (page: AdminLab, path: string, token: string, headers: Record<string, string> = {}) =>
    page.ask(path, { headers: { authorization: `Bearer ${token}`, ...headers } });
  const PATHS = [READ, "/metrics", "/v1/providers"];
  /** The lab has no metrics to show to whom it lets in. */
  const LET_IN = [200, 404];

  test("at the form are slowed down after five; who is in stays in, and a link opens", async () => {
    await using page = await openAdminLab();
    const cookie = await page.login();
    for (let i = 0; i < 5; i++) expect((await page.post("/admin/login", { token: `fake-${i}` })).status).toBe(401);
    const delayed = await page.post("/admin/login", { token: ADMIN });
    expect([delayed.status, delayed.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(delayed.text).toContain("Try again in 1 s.");
    expect((await page.ask(READ, { headers: { cookie } })).status).toBe(200);
    expect((await page.ask(page.lab.admin.openLink("").url)).status).toBe(200);
    page.lab.now += 1_000;
    expect((await page.post("/admin/login", { token: ADMIN })).status).toBe(303);
    const log = await page.lab.log();
    expect(log.filter(({ msg }) => msg === "Wrong admin token").map(({ failures }) => failures)).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  test("by Authorization are slowed down after five, wherever they are made", async () => {
    await using page = await openAdminLab();
    for (let i = 0; i < 5; i++) expect((await shown(page, PATHS[i % 3] ?? "", `fake-${i}`)).status).toBe(401);
    for (const path of PATHS) {
      const answer = await shown(page, path, ADMIN);
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 429, "1"]);
    }
    page.lab.now += 1_000;
    for (const path of PATHS) expect(LET_IN).toContain((await shown(page, path, ADMIN)).status);
  });

  test("at the form and by Authorization do not slow down each other", async () => {
    await using page = await openAdminLab();
    for (let i = 0; i < 6; i++) await page.post("/admin/login", { token: `fake-${i}` });
    expect((await shown(page, READ, ADMIN)).status).toBe(200);
    await using other = await openAdminLab();
    for (let i = 0; i < 6; i++) await shown(other, READ, `fake-${i}`);
    expect((await other.post("/admin/login", { token: ADMIN })).status).toBe(303);
  });

  test.each<[string, Record<string, string>]>([
    ["under a name that it rebinds", { host: "evil.example" }],
    ["under a name that it rebinds, as its own origin", { host: "evil.example", origin: "http://evil.example" }],
    ["of another site", { "sec-fetch-site": "cross-site" }],
    ["of another origin", { origin: "http://evil.example" }],
  ])("of a page %s slow down no program at the same address, and are slowed down themselves", async (_, headers) => {
    await using page = await openAdminLab();
    for (let i = 0; i < 6; i++) await shown(page, PATHS[i % 3] ?? "", `fake-${i}`, headers);
    for (const path of PATHS) expect(LET_IN).toContain((await shown(page, path, ADMIN)).status);
    expect((await page.post("/admin/login", { token: ADMIN })).status).toBe(303);
    expect((await shown(page, READ, ADMIN, headers)).status).toBe(429);
  });

  test("are not forgotten for what a program with the token sends from the same address", async () => {
    await using page = await openAdminLab();
    for (let i = 0; i < 4; i++) await page.post("/admin/login", { token: `fake-${i}` });
    expect((await page.ask(READ, { headers: { authorization: `Bearer ${ADMIN}` } })).status).toBe(200);
    expect((await page.post("/admin/login", { token: "fake-4" })).status).toBe(401);
    expect((await page.post("/admin/login", { token: ADMIN })).status).toBe(429);
  });

  test("are not what a browser sends to a reverse proxy in front, and its cookie counts beside that", async () => {
    await using page = await openAdminLab();
    const headers = { cookie: await page.login(), authorization: "Basic ZmFrZTpmYWtl" };
    for (let i = 0; i < 6; i++) expect((await page.ask(READ, { headers })).status).toBe(200);
    expect((await page.post("/admin/login", { token: ADMIN })).status).toBe(303);
  });

  test("are not what programs send that took their client token for the admin's", async () => {
    const tokens = Array.from({ length: 8 }, (_, i) => `${CLIENT}-${i}`);
    await using page = await openAdminLab(configOf({ client_tokens: tokens }));
    for (const token of tokens)
      expect((await page.ask("/v1/providers", { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    expect((await page.post("/admin/login", { token: ADMIN })).status).toBe(303);
  });

  test("come from where trusted proxies say, and one address does not slow down another", async () => {
    await using page = await openAdminLab(configOf({}, { trusted_proxies: ["127.0.0.1"] }));
    const from = (address: string) => ({ "x-forwarded-for": address });
    for (let i = 0; i < 6; i++) await page.post("/admin/login", { token: `fake-${i}` }, from("203.0.113.5"));
    expect((await page.post("/admin/login", { token: ADMIN }, from("203.0.113.5"))).status).toBe(429);
    expect((await page.post("/admin/login", { token: ADMIN }, from("203.0.113.6"))).status).toBe(303);
    expect(page.lab.data.sessions.list()[0]?.address).toBe("203.0.113.6");
  });

  test("cannot be spread by an invented X-Forwarded-For", async () => {
    await using page = await openAdminLab();
    for (let i = 0; i < 6; i++)
      await page.post("/admin/login", { token: `f${i}` }, { "x-forwarded-for": `203.0.113.${i}` });
    expect((await page.post("/admin/login", { token: ADMIN })).status).toBe(429);
  });
});

describe("behind a proxy that is trusted", () => {
  const proxied = configOf({ admin_hosts: ["gateway.example"] }, { trusted_proxies: ["127.0.0.1"] });
  const byHttps = { host: "gateway.example", "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.5" };

  test("HTTPS makes the cookie Secure, and pages without it are others", async () => {
    await using page = await openAdminLab(proxied);
    const answer = await page.post("/admin/login", { token: ADMIN }, { ...byHttps, origin: "https://gateway.example" });
    expect(answer.headers.get("set-cookie")).toMatch(
      /^__Secure-openai-balance-\w+=.*; HttpOnly; SameSite=Strict; Secure$/,
    );
    const cookie = cookieOf(answer);
    const status = async (headers: Record<string, string>) =>
      (await page.ask(READ, { headers: { cookie, ...headers } })).status;
    expect(await status(byHttps)).toBe(200);
    expect(await status({ ...byHttps, origin: "http://gateway.example" })).toBe(403);
    expect(await status({ ...byHttps, host: "other.example" })).toBe(403);
    // The cookie of HTTPS is none where it did not come by HTTPS.
    expect(await status({ host: "gateway.example" })).toBe(401);
  });

  test("nobody else makes it so", async () => {
    const cookie = await at.login({ "x-forwarded-proto": "https" });
    expect(cookie).toStartWith("openai-balance-");
  });
});

describe("everything below /admin has the headers that protect it", () => {
  test.each<[string, RequestInit, number]>([
    ["/admin", {}, 200],
    ["/admin/", {}, 303],
    ["/admin/assets/nothing.js", {}, 404],
    ["/admin/nothing", {}, 404],
    ["/admin/login", { method: "PUT" }, 405],
    ["/admin", { headers: { host: "evil.example" } }, 403],
    ["/admin/assets/nothing.js", { headers: { host: "evil.example" } }, 403],
    ["/admin/keys", {}, 200],
    ["/admin/keys/0123456789ab", {}, 200],
    ["/admin/keys/a/b", {}, 404],
    ["/admin/tokens/x", {}, 404],
    [READ, {}, 401],
    ["/admin/api", {}, 401],
    [READ, { headers: { authorization: `Bearer ${ADMIN}` } }, 200],
    ["/admin/api/nothing", { headers: { authorization: `Bearer ${ADMIN}` } }, 404],
    ["/admin/api/tokens.add", { headers: { authorization: `Bearer ${ADMIN}` } }, 405],
    ["/admin/api/open", { method: "POST", headers: { authorization: `Bearer ${ADMIN}` } }, 403],
    ["/admin", { method: "OPTIONS" }, 405],
  ])("%s %j", async (path, init, status) => {
    const answer = await at.ask(path, init);
    expect(answer.status).toBe(status);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const { headers } = answer;
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
    expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

test("the files of the page may be kept for ever, come compressed as the browser takes them, and are all there is", async () => {
  const { text } = await at.ask("/admin");
  const [path = ""] = /\/admin\/assets\/plain-[^"]+\.css/.exec(text) ?? [];
  for (const [accepted, encoding] of [
    ["br, gzip", "br"],
    ["gzip", "gzip"],
    ["br;q=0, identity", null],
  ] as const) {
    const answer = await at.ask(path, { headers: { "accept-encoding": accepted } });
    expect([answer.status, answer.headers.get("content-encoding")]).toEqual([200, encoding]);
    expect(answer.text).toContain("color-scheme");
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect([answer.headers.get("vary"), answer.headers.get("x-content-type-options")]).toEqual([
      "Accept-Encoding",
      "nosniff",
    ]);
  }
  expect((await at.ask("/admin/assets/../main.tsx")).status).toBe(404);
});

test.each([
  ["/admin/keys?status=invalid&provider=a%20b", "/admin/keys?status=invalid&provider=a%20b"],
  ["/admin/logs/req-1", "/admin/logs/req-1"],
  ["//evil.example/admin", "/admin"],
  ["https://evil.example/admin/keys", "/admin"],
  ["/admin/../v1/files", "/admin"],
  ["/admin/keys\r\nset-cookie: a=b", "/admin"],
  ["/admin/api/stop", "/admin"],
  ["", "/admin"],
])("a login that was asked for at %j leads to %s", async (next, place) => {
  const answer = await at.post("/admin/login", { token: ADMIN, next });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, place]);
  expect(answer.headers.get("set-cookie")).not.toContain("a=b");
});

test.each(["TRACE", "PROPFIND", "DELETE"])("%s too", async (method) => {
  for (const path of ["/admin", READ]) {
    const lines = [
      `${method} ${path} HTTP/1.1`,
      "Host: localhost",
      `Authorization: Bearer ${ADMIN}`,
      "Connection: close",
    ];
    const { status, head } = await rawRequest(at.url, `${lines.join("\r\n")}\r\n\r\n`);
    expect([path, status]).toEqual([path, 405]);
    expect(head.toLowerCase()).toContain("frame-ancestors 'none'");
  }
});

test("pages of server.cors do not get into the control API, and it is not shared with them", async () => {
  await using page = await openAdminLab(configOf({}, { cors: { origins: ["https://app.example"] } }));
  const cookie = await page.login();
  const headers = { cookie, origin: "https://app.example" };
  const answer = await page.ask(READ, { headers });
  expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([403, null]);
  const asking = { ...headers, "access-control-request-method": "POST" };
  const preflight = await page.ask(READ, { method: "OPTIONS", headers: asking });
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([403, null]);
});

describe("where others of this kind have their pages", () => {
  const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

  test.each([
    ["/", "/admin"],
    ["/keys", "/admin/keys"],
    ["/config", "/admin/config"],
    ["/logs", "/admin/logs"],
  ])("%s leads a browser to %s, and programs nowhere", async (path, place) => {
    const led = await at.ask(path, { headers: HTML });
    expect([led.status, led.headers.get("location")]).toEqual([302, place]);
    const program = await at.ask(path, { headers: { accept: "*/*", authorization: `Bearer ${CLIENT}` } });
    expect([program.status, JSON.parse(program.text).error.code]).toEqual([404, "not_found"]);
    const posted = await at.ask(path, { method: "POST", headers: { ...HTML, authorization: `Bearer ${CLIENT}` } });
    expect(posted.status).toBe(404);
  });

  test("what lies below them is not led anywhere", async () => {
    expect((await at.ask("/keys/x", { headers: HTML })).status).toBe(404);
  });
});

describe("odd hosts, byte by byte", () => {
  test.each([
    ["none of HTTP/1.0", "GET /admin HTTP/1.0\r\n\r\n"],
    ["an empty one", "GET /admin HTTP/1.1\r\nHost: \r\n\r\n"],
    ["two of them", "GET /admin HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n"],
    ["one with a user", "GET /admin HTTP/1.1\r\nHost: evil.example@localhost\r\n\r\n"],
    ["one with a path", "GET /admin HTTP/1.1\r\nHost: localhost/evil\r\n\r\n"],
    ["one with a space", "GET /admin HTTP/1.1\r\nHost: localhost evil\r\n\r\n"],
    ["one that ends in two dots", "GET /admin HTTP/1.1\r\nHost: localhost..\r\n\r\n"],
    [
      "one in the request line, which does not count",
      "GET http://localhost/admin HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
  ])("%s", async (_, bytes) => {
    const { status, body } = await rawRequest(at.url, bytes.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    expect(body).not.toContain("<form");
    expect([0, 400, 403]).toContain(status);
  });

  test("a good one in capitals", async () => {
    const { status, body } = await rawRequest(
      at.url,
      "GET /admin HTTP/1.1\r\nHOST: LocalHost:80\r\nConnection: close\r\n\r\n",
    );
    expect([status, body.includes("<form")]).toEqual([200, true]);
  });

  test.each([
    "/v1/../admin/api/health",
    "/admin/%2e%2e/admin/api/health",
    "/admin//api/health",
    "/admin/api%2fhealth",
    "\\admin\\api\\health",
  ])("%s is no way around", async (path) => {
    const { status, body } = await rawRequest(
      at.url,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect([400, 401, 404]).toContain(status);
    expect(body).not.toContain('"providers"');
  });
});

test("no session id, code, CSRF token or admin token gets into the log", async () => {
  await using page = await openAdminLab();
  const cookie = await page.login();
  const csrf = await page.csrf(cookie);
  const { url } = page.lab.admin.openLink("");
  await page.ask(url);
  await page.ask(url);
  await page.post("/admin/login", { token: `${ADMIN}wrong` });
  // Paths of the API are recorded, with whatever stands in them.
  const code = url.split("=")[1] ?? "";
  await page.ask(`/v1/${code}?code=${code}&csrf=${csrf}`, {
    headers: { cookie, "x-csrf-token": csrf, authorization: `Bearer ${CLIENT}` },
  });
  await page.post("/admin/logout", { csrf_token: csrf }, { cookie });
  const text = await until("the lines", async () => {
    const lines = JSON.stringify(await page.lab.log());
    return lines.includes("Logged out of the page") ? lines : undefined;
  });
  expect(text).toContain("Logged in to the page");
  for (const secret of [cookie.split("=")[1] ?? "", csrf, code]) {
    expect(secret.length).toBeGreaterThan(40);
    expect(text).not.toContain(secret.slice(12, 40));
  }
  expect(text).not.toContain(ADMIN);
});
