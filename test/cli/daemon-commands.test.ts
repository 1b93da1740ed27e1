// `status`, `reload`, `stop` and `master rotate`: the running daemon, and the key of the key store.
import { describe, expect, test } from "bun:test";
import type { OutputOf } from "../../src/admin/operation-table.ts";
import { tokenPlace } from "../../src/cli/remote-line.ts";
import { newMasterKey, readMasterKey } from "../../src/keys/master-key.ts";
import { openOneOf } from "../../src/keys/sealed-secret.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { ANSWERS } from "./daemon-answers.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { withDaemon } from "./with-daemon.ts";

const WRONG = "config.yaml:1:1 servr: unknown field";
const STATUS = ANSWERS.status as OutputOf<"status">;

describe("status", () => {
  test("says what runs, where and since when", async () => {
    await using place = withDaemon();
    expect(await place.run(["status"])).toEqual({
      exitCode: 0,
      out: [
        "version    0.1.0",
        "listening  http://127.0.0.1:8000",
        "process    4711, started 3h4m ago",
        "config     /home/sam/.config/openai-balance/config.yaml",
        "data       /home/sam/.local/state/openai-balance",
        "serving    5 keys of 2 providers, 3 requests in flight",
        "state      saved 2s ago",
        "records    written 300ms ago, 2 waiting",
        "",
      ].join("\n"),
      err: "",
    });
  });

  test.each<[Partial<OutputOf<"status">>, string]>([
    [{ draining: true }, "process    4711, started 3h4m ago, stopping\n"],
    [{ config_file: undefined }, "config     no file, environment and key store only\n"],
    [{ saved_at: undefined }, "state      nothing to save yet\n"],
    [{ save_fault: "no space left on the disk" }, "state      no space left on the disk\n"],
    [
      { folder_fault: "it cannot be written" },
      "data       /home/sam/.local/state/openai-balance: it cannot be written\n",
    ],
    [
      { reload: { at: "2026-03-01T11:57:00.000Z", why: "SIGHUP", ok: false, diagnostics: [WRONG], need_restart: [] } },
      `reload     refused 3m ago (SIGHUP), the configuration before stays\nreload     ${WRONG}\n`,
    ],
    [
      {
        reload: {
          ...{ at: "2026-03-01T11:57:00.000Z", why: "SIGHUP", ok: true, diagnostics: [] },
          need_restart: ["server.host", "server.port"],
        },
      },
      "reload     server.host, server.port: in effect from the next start on\n",
    ],
    [{ store_fault: "The key store is locked" }, "keys       The key store is locked\n"],
    [{ log_dropped: 3 }, "log        3 lines lost\n"],
    [
      { records: { on: true, fault: "the disk is full", dropped: 5, sampled_out: 7, pending: 2 } },
      "records    the disk is full, 2 waiting, 5 lost, 7 served ones only counted, above requests.max_rate\n",
    ],
    [
      { records: { on: true, dropped: 0, sampled_out: 0, pending: 0 } },
      "records    nothing to write since the start\n",
    ],
    [{ records: { on: false, dropped: 0, sampled_out: 0, pending: 0 } }, "records    off: requests.enabled is false\n"],
    [{ keys: 0, in_flight: 0 }, "serving    no key of 2 providers, no request in flight\n"],
  ])("%j", async (facts, line) => {
    const entries = Object.entries({ ...STATUS, ...facts }).filter(([, value]) => value !== undefined);
    await using place = withDaemon({ status: Object.fromEntries(entries) as OutputOf<"status"> });
    expect((await place.run(["status"])).out).toContain(line);
  });
});

describe("status --wait", () => {
  const WAIT = ["status", "--wait", "1m"];

  test("with --quiet is content with any answer, and prints nothing", async () => {
    await using place = withDaemon({ status: { ...STATUS, save_fault: "no space left on the disk" } });
    expect(await place.run([...WAIT, "--quiet"])).toEqual({ exitCode: 0, out: "", err: "" });
    expect(await place.run(WAIT)).toMatchObject({ exitCode: 4, out: expect.stringContaining("no space left") });
  });

  test("ends with the process that systemd has started", async () => {
    using terminal = new FakeTerminal();
    const ended = Bun.spawn(["true"]);
    await ended.exited;
    // The clock of this terminal stands still: nothing else would end it.
    const options = { now: () => 0, env: { MAINPID: String(ended.pid) } };
    const { exitCode, err } = await terminal.run([...WAIT, "--data-dir", "data"], options);
    expect([exitCode, err]).toEqual([3, expect.stringContaining("No daemon runs")]);
  });
});

describe("reload", () => {
  test.each([
    [{ ok: true, changes: [], diagnostics: [] }, 0, "Reloaded, nothing has changed\n", ""],
    [{ ok: true, changes: ["models.fast"], diagnostics: [] }, 0, "Reloaded:\n  models.fast\n", ""],
    [
      { ok: false, changes: [], diagnostics: ["error config.yaml:1:1 wrong"] },
      2,
      "",
      "The configuration is wrong, the old one stays:\n  error config.yaml:1:1 wrong\n",
    ],
  ])("%j", async (answer, exitCode, out, err) => {
    await using place = withDaemon({ reload: answer });
    expect(await place.run(["reload"])).toEqual({ exitCode, out, err });
    if (exitCode !== 0) expect(await place.run(["reload", "--quiet"])).toEqual({ exitCode, out: "", err });
  });
});

describe("stop", () => {
  test("waits until the daemon is gone", async () => {
    await using place = withDaemon({ stop: { pid: 4711, in_flight: 2 } });
    expect(await place.run(["stop"])).toEqual({ exitCode: 0, out: "Stopped process 4711\n", err: "" });
    expect(place.daemon.isGone).toBe(true);
    expect(await place.run(["status"])).toMatchObject({ exitCode: 3 });
  });

  test("is not waited for after Ctrl-C: it goes on stopping", async () => {
    await using place = withDaemon();
    const signal = AbortSignal.abort();
    expect(await place.run(["stop"], { signal })).toEqual({
      exitCode: 130,
      out: "",
      err: "The daemon goes on stopping\n",
    });
  });

  test("does not wait for one that is far away", async () => {
    const answer = { pid: 4711, in_flight: 2 };
    await using far = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json(answer) });
    using terminal = new FakeTerminal();
    const env = { OPENAI_BALANCE_TOKEN: fakeSecret("admin") };
    const { exitCode, out } = await terminal.run(["stop", "--url", `http://127.0.0.1:${far.port}`], { env });
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: "The daemon stops, after 2 requests in flight\n" });
  });
});

describe("master rotate", () => {
  const [OLD, NEW] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString("base64")) as [string, string];
  const KEY = fakeSecret("stored");
  const PROFILES = "home/.config/openai-balance/profiles.json";

  test("makes a new key file, and stored keys and tokens of profiles still open", async () => {
    using terminal = new FakeTerminal();
    await terminal.run(["keys", "add", "--name", "mine"], { stdin: KEY });
    const url = await closedUrl();
    await terminal.run(["profile", "add", "prod", url], { stdin: fakeSecret("token") });
    const file = "home/.local/state/openai-balance/master.key";
    const before = terminal.read(file);
    const { exitCode, out, err } = await terminal.run(["master", "rotate"]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toMatch(/^The key store is encrypted with the master key \w+ now, \w+ opens nothing any more\n$/);
    expect(terminal.read(file)).not.toBe(before);
    expect(terminal.questions).toEqual([]);
    expect((await terminal.run(["keys", "list"])).out).toContain("mine");
    // Its token opens, though nobody listens there.
    expect((await terminal.run(["status", "--profile", "prod"])).err).toStartWith(`Cannot reach ${url}`);
  });

  test("asks for the new key without echo where a variable holds the old one", async () => {
    using terminal = new FakeTerminal();
    const env = { OPENAI_BALANCE_MASTER_KEY: OLD };
    await terminal.run(["keys", "add", "--name", "mine"], { stdin: KEY, env });
    const rotated = await terminal.run(["master", "rotate"], { env, isTerminal: true, columns: 200, answers: [NEW] });
    expect(terminal.questions).toEqual(["New master key (it is not shown):"]);
    expect(rotated).toMatchObject({
      exitCode: 0,
      err: "Before the next start set OPENAI_BALANCE_MASTER_KEY to the new key\n",
    });
    for (const key of [OLD, NEW]) expect(rotated.out + rotated.err).not.toContain(key);
    const listed = await terminal.run(["keys", "list"], { env: { OPENAI_BALANCE_MASTER_KEY: NEW } });
    expect(listed.out).toContain("mine");
    expect((await terminal.run(["keys", "list"], { env })).out).not.toContain("mine");
  });

  test("says what to set also with --quiet: without it nothing opens any more", async () => {
    using terminal = new FakeTerminal();
    const env = { OPENAI_BALANCE_MASTER_KEY: OLD };
    await terminal.run(["keys", "add"], { stdin: KEY, env });
    const { out, err } = await terminal.run(["master", "rotate", "--quiet"], { env, stdin: NEW });
    expect(out).toBe("");
    expect(err).toContain("set OPENAI_BALANCE_MASTER_KEY to the new key");
  });

  test("leaves tokens alone that belong to another data folder", async () => {
    using terminal = new FakeTerminal();
    await terminal.run(["profile", "add", "prod", "https://prod.example"], { stdin: fakeSecret("token") });
    const before = terminal.read(PROFILES);
    await terminal.run(["keys", "add", "--data-dir", "other"], { stdin: KEY });
    const { exitCode, err } = await terminal.run(["master", "rotate", "--data-dir", "other"]);
    expect([exitCode, err, terminal.read(PROFILES)]).toEqual([0, "", before]);
  });

  test("lets tokens open with the old key and the new one until the store has changed", async () => {
    const token = fakeSecret("token");
    const seals: string[][] = [];
    let given = "";
    const read = (terminal: FakeTerminal): string[] => JSON.parse(terminal.read(PROFILES)).profiles.prod.token.sealed;
    await using place = withDaemon({
      "master.rotate": ({ key = "" }) => {
        given = key;
        seals.push(read(place.terminal));
        return { before: "a", after: "b", file: true };
      },
    });
    const { terminal } = place;
    await place.run(["profile", "add", "prod", "https://prod.example"], { stdin: token });
    const old = readMasterKey({ folder: terminal.path("data"), env: {}, cwd: terminal.folder });
    expect((await place.run(["master", "rotate"])).exitCode).toBe(0);
    seals.push(read(terminal));
    const next = newMasterKey(given);
    if (!old.ok || next === undefined) throw new Error("There is no key");
    const opens = (texts: readonly string[] = [], key = next) =>
      openOneOf(texts, tokenPlace("prod", "https://prod.example"), [key]) === token;
    expect(seals.map((texts) => [opens(texts, old.current), opens(texts, next)])).toEqual([
      [true, true],
      [false, true],
    ]);
  });

  test("that is refused loses no token", async () => {
    using terminal = new FakeTerminal();
    const url = await closedUrl();
    const env = { OPENAI_BALANCE_MASTER_KEY: OLD };
    await terminal.run(["profile", "add", "prod", url], { stdin: fakeSecret("token"), env });
    const { exitCode, err } = await terminal.run(["master", "rotate"], { stdin: OLD, env });
    expect([exitCode, err]).toEqual([2, expect.stringContaining("expected another key")]);
    expect((await terminal.run(["master", "rotate"], { stdin: "short", env })).err).toContain("expected 32 bytes");
    expect((await terminal.run(["status", "--profile", "prod"], { env })).err).toStartWith(`Cannot reach ${url}`);
  });

  /** Where nobody listens. */
  async function closedUrl(): Promise<string> {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const { port } = server;
    await server.stop(true);
    return `http://127.0.0.1:${port}`;
  }
});
