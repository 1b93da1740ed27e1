// Who is logged in, for how long, over restarts, changed tokens, damaged files and clocks that go back.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHash, scryptSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AdminSessions, type AdminSessionsOptions } from "../../../src/admin/access/admin-sessions.ts";
import { csrfTokenOf } from "../../../src/admin/access/page-secrets.ts";
import { FILE_CALLS } from "../../../src/core/atomic-file.ts";
import { Redactor } from "../../../src/core/redaction.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AUTH = { adminToken: "fake-admin-token-0001", sessionTtlMs: HOUR, sessionMaxMs: 7 * DAY };
const BROWSER = { via: "token", address: "10.0.0.7", agent: "A browser" } as const;
const START = Date.UTC(2027, 0, 1);

let folder: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "openai-balance-sessions-"));
  now = START;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(auth: Partial<typeof AUTH> | { adminToken: undefined } = {}, more: Partial<AdminSessionsOptions> = {}) {
  const sessions = new AdminSessions({ folder, now: () => now, isReadOnly: false, ...more });
  sessions.configure({ ...AUTH, ...auth });
  return sessions;
}

const text = () => readFileSync(join(folder, "sessions.json"), "utf8");

describe("a session", () => {
  test("has 256 random bits, of which only a hash is kept", async () => {
    const sessions = open();
    const secret = await sessions.create(BROWSER);
    expect(secret).toMatch(/^oab-session-[\w-]{43}$/);
    expect(text()).not.toContain(secret.slice(12, 30));
    expect(statSync(join(folder, "sessions.json")).mode & 0o777).toBe(0o600);
    expect(text()).not.toContain(AUTH.adminToken);
    expect(new Redactor().redact(`cookie: openai-balance-1=${secret}`)).not.toContain(secret.slice(12, 30));
    expect(sessions.use(secret)).toMatchObject({ ...BROWSER, createdAt: START, seenAt: START });
    expect(sessions.use(`${secret.slice(0, -1)}x`)).toBeUndefined();
  });

  test("ends when it was not used for its time, and each use begins that anew", async () => {
    const sessions = open();
    const secret = await sessions.create(BROWSER);
    for (let used = 0; used < 5; used++) {
      now += HOUR - 1;
      expect(sessions.use(secret)?.seenAt).toBe(now);
    }
    const { ended } = sessions.use(secret) ?? {};
    now += HOUR;
    expect([sessions.use(secret), sessions.list(), ended?.aborted]).toEqual([undefined, [], true]);
  });

  test("ends at its greatest age, however often it is used, and what it follows with it", async () => {
    const sessions = open();
    const secret = await sessions.create(BROWSER);
    for (; now < START + 7 * DAY - HOUR; now += HOUR / 2) expect(sessions.use(secret)).toBeDefined();
    const used = sessions.use(secret);
    expect(used && sessions.expiryOf(used)).toBe(START + 7 * DAY);
    now = START + 7 * DAY - 1;
    const { ended } = sessions.use(secret) ?? {};
    now += 1;
    expect([sessions.use(secret), sessions.list(), ended?.aborted]).toEqual([undefined, [], true]);
  });

  test("follows another session_max at once, also of a session from before a restart", async () => {
    const secret = await open().create(BROWSER);
    now += HOUR / 2;
    const sessions = open();
    expect(sessions.use(secret)).toBeDefined();
    sessions.configure({ ...AUTH, sessionMaxMs: HOUR / 2 });
    expect(sessions.use(secret)).toBeUndefined();
  });

  test("follows another session_ttl at once", async () => {
    const sessions = open();
    const secret = await sessions.create(BROWSER);
    now += 300_000;
    sessions.configure({ ...AUTH, sessionTtlMs: 300_000 });
    expect(sessions.use(secret)).toBeUndefined();
  });

  test("lasts no longer where the clock is set back", async () => {
    const sessions = open();
    const secret = await sessions.create(BROWSER);
    now -= 24 * HOUR;
    sessions.clockWentBack(now);
    now += HOUR;
    expect(sessions.use(secret)).toBeUndefined();
    await sessions.create(BROWSER);
    now -= 24 * HOUR;
    const [loaded] = open().list();
    expect([loaded?.seenAt, loaded?.createdAt]).toEqual([now, now]);
  });

  test("what the browser says it is cannot be long, and drives no terminal", async () => {
    const sessions = open();
    await sessions.create({ ...BROWSER, agent: `\u001b[31m${"x".repeat(10_000)}` });
    const agent = sessions.list()[0]?.agent ?? "";
    expect([agent.length, agent.includes("\u001b")]).toEqual([200, false]);
  });

  test("has a CSRF token of its own that does not tell its secret, and that no log shows", async () => {
    const sessions = open();
    const secrets = [await sessions.create(BROWSER), await sessions.create(BROWSER)];
    const tokens = secrets.map(csrfTokenOf);
    expect(new Set(tokens).size).toBe(2);
    expect(tokens).toEqual(secrets.map(csrfTokenOf));
    for (const token of tokens) {
      expect(token).toMatch(/^oab-csrf-[\w-]{43}$/);
      expect(new Redactor().redact(`x-csrf-token: ${token}`)).not.toContain(token.slice(9, 30));
    }
  });
});

describe("a restart", () => {
  test("keeps sessions, and the name of their cookies", async () => {
    const first = open();
    const secret = await first.create(BROWSER);
    now += HOUR / 2;
    first.use(secret);
    await first.close();
    now += HOUR - 1;
    const second = open();
    expect(second.notes).toEqual([]);
    expect([second.use(secret)?.createdAt, second.instance]).toEqual([START, first.instance]);
  });

  test("keeps the keys for its purposes, which are apart from each other", async () => {
    const first = open();
    await first.create(BROWSER);
    await first.close();
    expect(open().keyFor("one")).toBe(first.keyFor("one"));
    expect(first.keyFor("one")).toMatch(/^[0-9a-f]{64}$/);
    expect(first.keyFor("other")).not.toBe(first.keyFor("one"));
  });

  test("after a crash forgets a minute of uses at most", async () => {
    const first = open();
    const secret = await first.create(BROWSER);
    now += 61_000;
    first.use(secret);
    // The end of another turn is that of the one before.
    await first.remove([]);
    now += 59_000;
    first.use(secret);
    expect(open().list()[0]?.seenAt).toBe(START + 61_000);
  });

  test("ends what has expired meanwhile", async () => {
    const secret = await open().create(BROWSER);
    now += HOUR;
    expect(open().use(secret)).toBeUndefined();
  });
});

describe("all sessions end", () => {
  test.each([
    ["with another admin token", { adminToken: "fake-admin-token-0002" }],
    ["without any", { adminToken: undefined }],
  ])("%s, at once and after a restart", async (_, auth) => {
    const sessions = open();
    const secret = await sessions.create(BROWSER);
    const { ended } = sessions.use(secret) ?? {};
    const before = text();
    sessions.configure({ ...AUTH, ...auth });
    expect([sessions.use(secret), ended?.aborted]).toEqual([undefined, true]);
    await sessions.close();
    expect(open(auth).use(secret)).toBeUndefined();
    // The process was killed before it could write.
    writeFileSync(join(folder, "sessions.json"), before);
    expect(open(auth).use(secret)).toBeUndefined();
  });

  test("that began without an admin token, once there is one", async () => {
    const secret = await open({ adminToken: undefined }).create({ ...BROWSER, via: "link" });
    expect(open({ adminToken: undefined }).use(secret)?.via).toBe("link");
    expect(open().use(secret)).toBeUndefined();
  });

  test("not with the same token as before", async () => {
    const sessions = open();
    const secret = await sessions.create(BROWSER);
    sessions.configure({ ...AUTH });
    expect(sessions.use(secret)).toBeDefined();
  });
});

test("a thief of the file pays dearly for each guess of the admin token", async () => {
  const sessions = open();
  await sessions.create(BROWSER);
  const { salt, token_mark: mark, version } = JSON.parse(text());
  expect([version, mark]).toEqual([2, expect.stringMatching(/^[0-9a-f]{64}$/)]);
  for (const made of [AUTH.adminToken, `admin token\0${salt}\0${AUTH.adminToken}`, `${salt}${AUTH.adminToken}`])
    expect(mark).not.toBe(createHash("sha256").update(made).digest("hex"));
  const key = createHash("sha256").update(`admin token\0${salt}`).digest();
  const slow = scryptSync(AUTH.adminToken, key, 32, { N: 32_768, r: 8, p: 1, maxmem: 2 ** 26 });
  expect(mark).toBe(slow.toString("hex"));
});

test("the file has the mark of the admin token that came while the one before was worked out", async () => {
  const sessions = open();
  const first = sessions.create(BROWSER);
  sessions.configure({ ...AUTH, adminToken: "fake-admin-token-0002" });
  const second = sessions.create(BROWSER);
  const [before, after] = [await first, await second];
  await sessions.close();
  expect(open({ adminToken: AUTH.adminToken }).list()).toEqual([]);
  const next = open({ adminToken: "fake-admin-token-0002" });
  expect([next.use(before), next.use(after)?.via]).toEqual([undefined, "token"]);
});

describe("one-time links end", () => {
  test.each<[string, (sessions: AdminSessions) => unknown]>([
    ["with all sessions", (sessions) => sessions.removeAll()],
    ["with the admin token", (sessions) => sessions.configure({ ...AUTH, adminToken: undefined })],
    [
      "with the admin token, also where it comes back",
      (sessions) => {
        sessions.configure({ ...AUTH, adminToken: "fake-admin-token-0002" });
        sessions.configure(AUTH);
      },
    ],
  ])("%s, whether or not there are any", async (_, end) => {
    for (const logins of [0, 1]) {
      const sessions = open();
      for (let made = 0; made < logins; made++) await sessions.create(BROWSER);
      const { code } = sessions.links.make();
      await end(sessions);
      expect(sessions.links.take(code)).toBe(false);
    }
  });

  test("not with one session, nor with the same token", async () => {
    const sessions = open();
    const { id = "" } = sessions.use(await sessions.create(BROWSER)) ?? {};
    const { code } = sessions.links.make();
    await sessions.remove([id]);
    sessions.configure({ ...AUTH });
    expect(sessions.links.take(code)).toBe(true);
  });
});

test("a command without a daemon ends none for a configuration that need not be the daemon's", async () => {
  const sessions = open();
  const [secret, other] = [await sessions.create(BROWSER), await sessions.create(BROWSER)];
  const { id = "" } = sessions.use(secret) ?? {};
  await sessions.close();
  const offline = new AdminSessions({ folder, now: () => now, isReadOnly: false });
  offline.configure({ ...AUTH, adminToken: undefined }, true);
  expect(offline.list()).toHaveLength(2);
  await offline.remove([id]);
  const next = open();
  expect([next.use(secret), next.use(other)?.via]).toEqual([undefined, "token"]);
});

describe("a session that is ended", () => {
  test("is gone from the disk before that is acknowledged, and in no other file", async () => {
    const sessions = open();
    const [kept, gone] = [await sessions.create(BROWSER), await sessions.create(BROWSER)];
    const { id = "", ended } = sessions.use(gone) ?? {};
    await sessions.remove([id]);
    expect(ended?.aborted).toBe(true);
    for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), "utf8")).not.toContain(id);
    const next = open();
    expect([next.use(gone), next.use(kept)?.via]).toEqual([undefined, "token"]);
  });

  test("is told to count again after a restart where the disk is full", async () => {
    const full = () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }));
    let isFull = false;
    const calls = {
      ...FILE_CALLS,
      open: (...args: Parameters<typeof FILE_CALLS.open>) => (isFull ? full() : FILE_CALLS.open(...args)),
    };
    const sessions = open({}, { calls });
    const secret = await sessions.create(BROWSER);
    const { id = "" } = sessions.use(secret) ?? {};
    isFull = true;
    await expect(sessions.remove([id])).rejects.toThrow(/no space left on the disk; after a restart/);
    expect(sessions.use(secret)).toBeUndefined();
    // Whoever logs in does so without a disk, too.
    expect(sessions.use(await sessions.create(BROWSER))).toBeDefined();
  });
});

test("of too many the one that was used the longest ago ends", async () => {
  const sessions = open();
  const secrets: string[] = [];
  for (let made = 0; made < 100; made++) secrets.push(await sessions.create(BROWSER));
  sessions.use(secrets[0] ?? "");
  await sessions.create(BROWSER);
  expect(sessions.list()).toHaveLength(100);
  expect(secrets.map((secret) => sessions.use(secret) !== undefined).indexOf(false)).toBe(1);
});

describe("a file that cannot be used logs nobody in, and is said", () => {
  test.each([
    ["cut off", (content: string) => content.slice(0, -30)],
    ["changed by hand", (content: string) => content.replace("10.0.0.7", "10.0.0.8")],
    ["of the version before", (content: string) => content.replace('"version":2', '"version":1')],
    ["no JSON", () => "hello"],
    ["empty", () => ""],
  ])("%s", async (_, spoil) => {
    const secret = await open().create(BROWSER);
    writeFileSync(join(folder, "sessions.json"), spoil(text()));
    const sessions = open();
    expect(sessions.use(secret)).toBeUndefined();
    expect(sessions.notes).toEqual([expect.stringContaining("nobody is logged in to the page")]);
    expect(sessions.use(await sessions.create(BROWSER))).toBeDefined();
    expect(open().notes).toEqual([]);
  });
});

test("a file of a newer version logs nobody in, and is left as it is", async () => {
  const secret = await open().create(BROWSER);
  const newer = text().replace('"version":2', '"version":3');
  writeFileSync(join(folder, "sessions.json"), newer);
  const sessions = open();
  expect(sessions.use(secret)).toBeUndefined();
  expect(sessions.notes).toEqual([expect.stringContaining("was written by a newer version of openai-balance")]);
  expect(sessions.use(await sessions.create(BROWSER))).toBeDefined();
  await sessions.removeAll();
  await sessions.close();
  expect(text()).toBe(newer);
});

test("for reading only nothing is written", async () => {
  const secret = await open().create(BROWSER);
  const before = text();
  const sessions = open({ adminToken: undefined }, { isReadOnly: true });
  await sessions.create(BROWSER);
  await expect(sessions.remove([])).rejects.toThrow("its folder cannot be written");
  await sessions.close();
  expect([text(), open().use(secret) !== undefined]).toEqual([before, true]);
});
