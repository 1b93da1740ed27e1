// `keys list` and `keys export`: what is shown of keys, in which order, and how much of it.
import { describe, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { KEY_STATES, type KeyRow } from "../../../src/admin/key-rows.ts";
import { KEY_STATES as WORDS } from "../../../src/cli/keys/key-words.ts";
import { keyRow } from "../../fixture/key-row.ts";
import { KEYS, listed } from "../daemon-answers.ts";
import type { Answers } from "../fake-daemon.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { withDaemon } from "../with-daemon.ts";

const MANY = Array.from({ length: 120 }, (_, index) =>
  keyRow({ id: index.toString(16).padStart(12, "0"), name: `key-${index}` }),
);

const PAST = { until: "2026-03-01T11:59:00Z", reason: "invalid_api_key" } as const;
const LIMITED = {
  state: "cooling",
  until: "2026-03-01T12:00:30Z",
  status: 429,
  reason: "rate_limit_exceeded",
} as const;

test("the states that can be asked for are those of the control API", () => {
  expect([...WORDS]).toEqual([...KEY_STATES]);
});

test("keys list says which key it is, how it fares, until when and why", async () => {
  await using place = withDaemon();
  const { out } = await place.run(["keys", "list"], { isTerminal: true, columns: 100, env: { NO_COLOR: "1" } });
  expect(out).toBe(
    [
      "ID            NAME         PROVIDER  STATUS     BUSY    24H   OK  BACK IN  WHY",
      "d213f9976aa2  team-a       openai    ready         3  18204  99%",
      "0b6e1c55f0d1  team-b       openai    invalid            412  99%  3m12s    401 invalid_api_key: Inc…",
      "77aa21d3c9fe  sk-f...0003  openai    ready             9001  97%  21s      gpt-4o-mini cooling: 429…",
      "5c1f0e8842bd  batch        openai    disabled                              by an operator",
      "e4019c7a5532  main         deepseek  exhausted           88  98%  47m      402 insufficient_quota: …",
      "",
    ].join("\n"),
  );
});

test("a stored key of a provider that is not configured says so", async () => {
  await using place = withDaemon({
    "keys.list": listed([keyRow({ id: "1", name: "lost", provider: "mine", state: "unused" })]),
  });
  expect((await place.run(["keys", "list"])).out).toMatch(/^1 +lost .* mine +unused +no provider mine +key store$/m);
});

describe("keys list tells of limits", () => {
  const limits = [
    { name: "rpm", source: "config", limit: 60, used: 48 },
    { model: "gpt-4o", name: "tpm", source: "headers", limit: 30_000, used: 12_000 },
  ] as const;
  const keys = [keyRow({ id: "1", name: "k", limits: [...limits], used_24h: 9 }), keyRow({ id: "2", name: "l" })];
  const answers = { "keys.list": listed(keys) };

  test("in a column of its own", async () => {
    await using place = withDaemon(answers);
    const { out } = await place.run(["keys", "list"], { isTerminal: true, columns: 120 });
    expect(out).toContain("LIMITS");
    expect(out).toContain("  rpm 48/60, gpt-4o tpm 12k/30k");
  });

  test("which is the first to go where there is no room", async () => {
    await using place = withDaemon(answers);
    const { out } = await place.run(["keys", "list"], { isTerminal: true, columns: 70 });
    expect(out).not.toContain("LIMITS");
    expect(out).toContain("FROM");
  });

  test("and not where nothing is known", async () => {
    await using place = withDaemon();
    expect((await place.run(["keys", "list"])).out).not.toContain("LIMITS");
  });

  test("as the reason of a key that rests for nothing else", async () => {
    const full = [{ name: "rpd", source: "config", limit: 1_000, used: 1_000 }] as const;
    await using place = withDaemon({
      "keys.list": listed([keyRow({ id: "1", name: "k", limits: [...full] })]),
    });
    expect((await place.run(["keys", "list"])).out).toMatch(/ready +rpd 1000\/1000 +rpd 1000\/1000 used up/);
  });
});

test.each<[string, Partial<KeyRow>]>([
  ["on trial  now      tried again after 401 invalid_api_key", { state: "half_open", ...PAST, status: 401 }],
  [
    "ready     30s      group org-2, gpt-4o cooling: 429 rate_limit_exceeded",
    { parts: [{ ...LIMITED, group: "org-2", model: "gpt-4o" }] },
  ],
  [
    "ready     30s      organization org-1 exhausted: 429 rate_limit_exceeded",
    { parts: [{ ...LIMITED, group: "organization org-1", state: "exhausted" }] },
  ],
  [
    "ready rpd 6/6 rpd 6/6 used up; m cooling: 429 rate_limit_exceeded",
    {
      parts: [{ ...LIMITED, model: "m" }],
      limits: [{ name: "rpd", source: "config", limit: 6, used: 6 }],
    },
  ],
  [
    "ready m rpm 9/9 30s m cooling: 429 rate_limit_exceeded",
    { parts: [{ ...LIMITED, model: "m" }], limits: [{ name: "rpm", source: "config", limit: 9, used: 9, model: "m" }] },
  ],
  ["ready     now      m on trial: invalid_api_key", { parts: [{ ...PAST, model: "m", state: "half_open" }] }],
])("keys list says %s", async (text, row) => {
  await using place = withDaemon({ "keys.list": listed([keyRow({ id: "1", name: "k", ...row })]) });
  const { out } = await place.run(["keys", "list"]);
  expect(out.split("\n")[1]?.replaceAll(/ +/g, " ")).toContain(text.replaceAll(/ +/g, " "));
});

test("80 columns keep what matters most", async () => {
  await using place = withDaemon();
  const { out } = await place.run(["keys", "list"], { isTerminal: true, columns: 80, env: { NO_COLOR: "1" } });
  expect(out.split("\n")[0]).toBe("NAME         PROVIDER  STATUS       24H   OK  BACK IN  WHY");
});

test("a pipe gets every column, whole", async () => {
  await using place = withDaemon();
  const { out } = await place.run(["keys", "list"]);
  const [head = "", , teamB = ""] = out.split("\n");
  expect(head.split(/ {2,}/)).toEqual([
    "ID",
    "NAME",
    "KEY",
    "PROVIDER",
    "STATUS",
    "BUSY",
    "24H",
    "OK",
    "BACK IN",
    "WHY",
    "FROM",
  ]);
  expect(teamB).toMatch(
    /You can find your API key at https:\/\/platform\.openai\.com\/account\/api-keys\. +key store$/,
  );
});

describe("keys list of more than 100 keys", () => {
  const answers: Answers = { "keys.list": ({ limit }) => listed(MANY, MANY.length, limit) };
  const rows = (out: string) => out.trimEnd().split("\n").length - 1;

  test("shows 100 on a terminal, and says how to see the others", async () => {
    await using place = withDaemon(answers);
    const { out, err } = await place.run(["keys", "list"], { isTerminal: true, columns: 100 });
    expect(rows(out)).toBe(100);
    expect(err).toBe("20 more keys: --all shows them, --search, --provider and --status find some\n");
  });

  test.each([
    ["with --all", ["--all"], true],
    ["in a pipe", [], false],
  ])("shows all %s", async (_case, more, isTerminal) => {
    await using place = withDaemon(answers);
    const { out, err } = await place.run(["keys", "list", ...more], { isTerminal });
    expect({ rows: rows(out), err }).toEqual({ rows: 120, err: "" });
  });

  test("gives all of them to --json", async () => {
    await using place = withDaemon(answers);
    const { out } = await place.run(["keys", "list", "--json"], { isTerminal: true });
    expect(JSON.parse(out).keys).toHaveLength(120);
  });
});

test.each([
  ["name", { sort: "name" }],
  ["provider", { sort: "provider" }],
  ["status", { sort: "state" }],
  ["until", { sort: "until" }],
  ["used", { sort: "used_24h", descending: true }],
  ["failed", { sort: "failed_24h", descending: true }],
])("keys list --sort %s leaves the order to the daemon", async (field, asked) => {
  await using place = withDaemon();
  const { out } = await place.run(["keys", "list", "--json", "--sort", field]);
  expect(place.daemon.lastInput("keys.list")).toEqual({ keys: [], ...asked });
  expect(JSON.parse(out).keys).toHaveLength(KEYS.length);
});

test("the filters of keys list go to the daemon", async () => {
  await using place = withDaemon();
  await place.run(["keys", "list", "team-*", "--provider", "openai", "--status", "invalid", "--search", "401"]);
  expect(place.daemon.lastInput("keys.list")).toEqual({
    keys: ["team-*"],
    provider: "openai",
    status: "invalid",
    search: "401",
  });
});

test.each([
  [0, "There is no key yet. To add one:\n  openai-balance keys add\n"],
  [7, "None of 7 keys matches\n"],
])("an empty list of %d keys says what to do", async (total, err) => {
  await using place = withDaemon({ "keys.list": listed([], total) });
  expect(await place.run(["keys", "list"])).toEqual({ exitCode: 0, out: "", err });
});

test("a store that cannot be opened is told beside the keys that are there", async () => {
  await using place = withDaemon({
    "keys.list": { ...listed(KEYS), store_fault: "The key store is locked" },
  });
  const { out, err } = await place.run(["keys", "list"]);
  expect(out).toContain("team-a");
  expect(err).toBe("The key store is locked\n");
});

test("without a daemon a store that cannot be opened is told once", async () => {
  using terminal = new FakeTerminal();
  const [mine, other] = [1, 2].map((byte) => ({
    OPENAI_BALANCE_MASTER_KEY: Buffer.alloc(32, byte).toString("base64"),
  }));
  await terminal.run(["keys", "add"], { stdin: "sk-fake-0123456789abcdef", env: mine ?? {} });
  const { exitCode, err } = await terminal.run(["keys", "list"], { env: other ?? {} });
  expect(exitCode).toBe(0);
  expect(err.match(/master key/g)).toHaveLength(1);
  expect(err).not.toContain("no key yet");
});

describe("keys export", () => {
  const SECRET = "sk-fake-exported-0001";

  test("prints stored keys without their secrets", async () => {
    await using place = withDaemon();
    const { out } = await place.run(["keys", "export"]);
    expect(JSON.parse(out).keys.map(({ name }: { name: string }) => name)).toEqual(["team-a", "team-b", "batch"]);
    expect(place.daemon.calls.map(({ name }) => name)).toEqual(["keys.list"]);
  });

  test("writes secrets into a file of the user's own only, and prints none", async () => {
    await using place = withDaemon();
    const { out, err } = await place.run(["keys", "export", "--secrets", "backup.json"]);
    expect(out).toBe("Wrote 1 key to backup.json, secrets included: keep it safe\n");
    expect(out + err).not.toContain(SECRET);
    expect(place.terminal.read("backup.json")).toContain(SECRET);
    expect(statSync(place.terminal.path("backup.json")).mode & 0o777).toBe(0o600);
  });

  test("never writes over a file that is there", async () => {
    await using place = withDaemon();
    place.terminal.write("backup.json", "mine");
    const { exitCode, err } = await place.run(["keys", "export", "--secrets", "backup.json"]);
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: "Cannot write backup.json: it exists already\n" });
    expect(place.terminal.read("backup.json")).toBe("mine");
  });

  test("asks for no secrets where there is no file for them", async () => {
    await using place = withDaemon();
    expect((await place.run(["keys", "export", "--secrets"])).exitCode).toBe(2);
    expect(place.daemon.calls).toEqual([]);
    expect(existsSync(place.terminal.path("--secrets"))).toBe(false);
  });

  test("to - is to standard output, where no secret goes", async () => {
    await using place = withDaemon();
    expect((await place.run(["keys", "export", "-"])).out).toBe((await place.run(["keys", "export"])).out);
    expect((await place.run(["keys", "export", "--secrets", "-"])).exitCode).toBe(2);
    expect(existsSync(place.terminal.path("-"))).toBe(false);
  });

  test("writes no list of nothing while the key store does not open", async () => {
    const locked = { ...listed([]), store_fault: "The key store is locked" };
    await using place = withDaemon({ "keys.list": locked });
    expect(await place.run(["keys", "export", "plain.json"])).toEqual({
      exitCode: 1,
      out: "",
      err: "The key store is locked\n",
    });
    expect(existsSync(place.terminal.path("plain.json"))).toBe(false);
  });

  test("says that it is the folder that is missing", async () => {
    await using place = withDaemon();
    const { exitCode, err } = await place.run(["keys", "export", "none/backup.json"]);
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: "Cannot write none/backup.json: its folder does not exist\n",
    });
  });
});
