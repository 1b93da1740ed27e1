// `logs`: which records are asked for, how they look, how following ends, and what is said where there is none.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { runCli } from "../../../src/cli/run-cli.ts";
import { NOW } from "../daemon-answers.ts";
import { Hang, Refusal } from "../fake-daemon.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { FAILED, RECORDS, recordRow } from "../record-answers.ts";
import { withDaemon } from "../with-daemon.ts";

const before = process.env.TZ;
beforeEach(() => {
  process.env.TZ = "Europe/Berlin";
});
afterEach(() => {
  process.env.TZ = before ?? "UTC";
  if (before === undefined) delete process.env.TZ;
});

const ONE = { "logs.list": { records: [recordRow({ id: "req_1" })], recording: true } };
const NONE = { "logs.list": { records: [], recording: true } };
const ASKED = { sort: "time", limit: 100 };

describe("the question", () => {
  test.each([
    [[], ASKED],
    [["-n", "5"], { ...ASKED, limit: 5 }],
    [["--sort", "cost"], { ...ASKED, sort: "cost" }],
    [["--errors", "--status", "4XX"], { ...ASKED, errors: true, status: "4XX" }],
    [["--since", "10m"], { ...ASKED, since: new Date(NOW - 600_000).toISOString() }],
    [["--since", "2026-01-31T12:00Z"], { ...ASKED, since: "2026-01-31T12:00:00.000Z" }],
    [
      ["--since", "2026-01-30", "--until", "2026-01-31T12:00"],
      { ...ASKED, since: "2026-01-29T23:00:00.000Z", until: "2026-01-31T11:00:00.000Z" },
    ],
    // Last night: it is 13:00 here.
    [
      ["--since", "22:30", "--until", "02:00"],
      { ...ASKED, since: "2026-02-28T21:30:00.000Z", until: "2026-03-01T01:00:00.000Z" },
    ],
    [
      ["--provider", "p", "--key", "k", "--model", "m", "--token", "t", "--operation", "o", "--id", "req_1"],
      { ...ASKED, provider: "p", key: "k", model: "m", token: "t", operation: "o", id: "req_1" },
    ],
  ])("%j", async (more, input) => {
    await using place = withDaemon({ "logs.list": { records: [...RECORDS], recording: true } });
    await place.run(["logs", ...more]);
    expect(place.daemon.lastInput("logs.list")).toEqual(input);
  });

  test("of an hour that the clocks showed twice has both of them", async () => {
    await using place = withDaemon();
    const now = () => Date.parse("2026-10-26T12:00:00Z");
    await place.run(["logs", "--since", "2026-10-25T02:00", "--until", "2026-10-25T02:59"], { now });
    expect(place.daemon.lastInput("logs.list")).toMatchObject({
      since: "2026-10-25T00:00:00.000Z",
      until: "2026-10-25T01:59:00.000Z",
    });
  });

  test("of more than a page takes one page after the other", async () => {
    const pages = [
      { records: RECORDS.slice(2).toReversed(), recording: true, next: "there" },
      { records: RECORDS.slice(0, 2).toReversed(), recording: true },
    ];
    await using place = withDaemon({
      "logs.list": ({ cursor }) => pages[cursor === "there" ? 1 : 0] ?? NONE["logs.list"],
    });
    const { out } = await place.run(["logs", "--json", "-n", "50000"]);
    const ids = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).id);
    expect(ids).toEqual(RECORDS.map(({ id }) => id));
    expect(place.daemon.calls.map(({ input }) => [input.limit, input.cursor])).toEqual([
      [10_000, undefined],
      [10_000, "there"],
    ]);
  });

  test.each([
    [["--status", "never"], "Cannot use --status: expected a status such as 429 or 4xx"],
    [["--since", "yesteryear"], "Cannot use --since: expected a time ago such as 10m"],
    [["--until", "2026-02-30"], "Cannot use --until: expected a time ago"],
    [["--since", "10m", "--until", "1h"], "Cannot use --since and --until: the one is not before the other"],
    [["-n", "-1"], "Cannot use --limit: expected a whole number from 0 to 100000"],
    [["--limit", "many"], "Cannot use --limit"],
    [["-f", "--sort", "cost"], "Cannot use --sort with --follow"],
    [["--daemon", "--token", "ci"], "Cannot use --token with --daemon"],
  ])("%j is wrong", async (more, message) => {
    await using place = withDaemon();
    const { exitCode, out, err } = await place.run(["logs", ...more]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain(message);
    expect(place.daemon.calls).toEqual([]);
  });
});

describe("a line", () => {
  test("says when, by the clocks here, what and who, with tokens, cost and the id", async () => {
    await using place = withDaemon();
    expect((await place.run(["logs"])).out.split("\n")).toEqual([
      "2026-03-01 03:14:05 +01:00  200    911ms  chat/completions  fast as gpt-4o-mini  openai/team-a  1312+34 tokens  cost 0.0012  token ci  req_01jn8served",
      "2026-03-01 03:14:05 +01:00  429    911ms  chat/completions  fast as gpt-4o-mini  openai/team-a  rate_limited  3 attempts  1312+34 tokens  cost 0.0012  token ci  one of 10  req_01jn8tried2",
      "2026-03-01 03:14:05 +01:00  200    911ms  chat/completions  fast as gpt-4o-mini  openai/team-a  the client left  waited 700ms  first byte 240ms  1312+34 tokens  cost 0.0012  token ci  req_01jn8left",
      "2026-03-01 03:15:10 +01:00  502    12.1s  chat/completions  fast as gpt-4o-mini  openai/team-a  upstream_error (server_error)  2 attempts  waited 1.2s  first byte 240ms  1312+34 tokens  cost 0.0012  token ci  req_01jn8failed",
      "",
    ]);
  });

  test("of which hardly anything is known", async () => {
    const row = {
      ...{ id: "req_2", seq: 1, received_at: "2026-03-01T02:14:04.339Z", ended_at: "2026-03-01T02:14:04.340Z", ms: 1 },
      ...{ waited_ms: 0, method: "GET", route: "unknown", operation: "unknown", end: "client_gone" as const },
      ...{ failed: false, attempts: 0, bytes_in: 0, bytes_out: 0, stream: false, weight: 1 },
    };
    await using place = withDaemon({ "logs.list": { records: [row], recording: true } });
    expect((await place.run(["logs"])).out).toBe(
      "2026-03-01 03:14:04 +01:00  left     1ms  unknown  the client left  req_2\n",
    );
  });

  test("whose answer broke off says so", async () => {
    const row = recordRow({ id: "req_3", end: "interrupted", outcome: "cut", failed: true });
    await using place = withDaemon({ "logs.list": { records: [row], recording: true } });
    expect((await place.run(["logs"])).out).toContain("  broken off: cut  ");
  });

  test("has colours on a terminal only", async () => {
    await using place = withDaemon();
    expect((await place.run(["logs"])).out).not.toContain("\x1b");
    const { out } = await place.run(["logs"], { isTerminal: true });
    for (const color of ["\x1b[32m200", "\x1b[33m429", "\x1b[90m200", "\x1b[31m502"]) expect(out).toContain(color);
    expect((await place.run(["logs", "--no-color"], { isTerminal: true })).out).not.toContain("\x1b");
  });

  test("cannot be forged, nor drive the terminal, by the names in it", async () => {
    const evil = "\x1b[2J\nforged";
    const row = recordRow({
      id: evil,
      model: evil,
      key: evil,
      token: evil,
      operation: evil,
      outcome: evil,
      status: 500,
    });
    await using place = withDaemon({ "logs.list": { records: [row], recording: true } });
    const { out } = await place.run(["logs"], { isTerminal: true });
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    expect(Bun.stripANSI(out)).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test("on a terminal is followed by what most failures have in common", async () => {
    const many = (length: number, given: (at: number) => Parameters<typeof recordRow>[0]) =>
      Array.from({ length }, (_, at) => recordRow({ ...FAILED, token: "web", ...given(at) }));
    const turnedAway = { status: 413, outcome: undefined, error_code: "request_too_large", failed: false };
    const records = [
      ...many(6, (at) => ({ id: `req_a${at}`, key: `k${at % 3}` })),
      ...many(3, (at) => ({ id: `req_b${at}`, provider: undefined, key: undefined, token: "batch", ...turnedAway })),
      ...many(2, (at) => ({
        id: `req_c${at}`,
        key: "k1",
        status: 400,
        error_code: undefined,
        outcome: "client_error",
      })),
      ...many(1, () => ({ id: "req_d", status: undefined, token: "batch" })),
    ];
    await using place = withDaemon({ "logs.list": { records, recording: true } });
    const { err } = await place.run(["logs"], { isTerminal: true, columns: 200 });
    expect(err.split("\n").slice(0, 4)).toEqual([
      "6 of 12 failures: 502 upstream_error (server_error) at openai, with 3 keys, all of the client token web",
      "3 of 12 failures: 413 request_too_large, all of the client token batch",
      "2 of 12 failures: 400 client_error at openai, with the key k1, all of the client token web",
      "and 1 other kind",
    ]);
  });

  test("on a terminal is followed by a word on those that were left out, where some were asked for", async () => {
    const page = { records: [recordRow({ id: "req_1" })], recording: true, next: "there" };
    await using place = withDaemon({ "logs.list": page });
    const { err } = await place.run(["logs", "-n", "1", "--errors"], { isTerminal: true });
    expect(err).toBe("More match than these 1: -n shows more\n");
    expect((await place.run(["logs", "-n", "1"], { isTerminal: true })).err).toBe("");
  });

  test("on a terminal is followed by the command that tells why one failed", async () => {
    await using place = withDaemon();
    expect((await place.run(["logs"], { isTerminal: true })).err).toContain(
      "\n  openai-balance logs --id req_01jn8failed\n",
    );
    expect((await place.run(["logs", "-q"], { isTerminal: true })).err).toBe("");
    expect((await place.run(["logs"])).err).toBe("");
  });
});

describe("--id", () => {
  const FOUND = { "logs.list": { records: [recordRow({ id: "req_01jn8failed" })], recording: true } };

  test("tells the whole story", async () => {
    await using place = withDaemon(FOUND);
    const { out } = await place.run(["logs", "--id", "req_01jn8failed"]);
    expect(place.daemon.lastInput("logs.get")).toEqual({ id: "req_01jn8failed" });
    expect(out).toBe(
      [
        "request     req_01jn8failed",
        "trace       0af7651916cd43dd8448eb211c80319c",
        "came        2026-03-01 03:14:57.900 +01:00",
        "asked       POST /v1/chat/completions, model fast, a stream",
        "token       ci",
        "answered    502, upstream_error (server_error)",
        "took        12.1s, first byte after 240ms, waited 1.2s for a key",
        "tried last  openai/team-a (d213f9976aa2), as gpt-4o-mini, in 2 attempts",
        "tokens      1,312 in (1,024 cached), 34 out (12 of reasoning)",
        "cost        0.0012",
        "bytes       60 in, 222 out",
        "",
        "Attempt 1: openai/team-b failed",
        "  key      0b6e1c55f0d1",
        "  model    gpt-4o-mini",
        "  began    1.2s after it came",
        "  took     200ms",
        "  outcome  invalid_key",
        "  status   401",
        "  reason   invalid_api_key",
        "  the provider answered:",
        "  | {",
        '  |   "error": { "message": "Incorrect API key provided: sk-f...0002." }',
        "  | }",
        "",
        "Attempt 2: openai/team-a failed",
        "  key      d213f9976aa2",
        "  model    gpt-4o-mini",
        "  began    1.4s after it came",
        "  took     10.7s",
        "  proxy    1f0a9c3d77be",
        "  outcome  server_error",
        "  status   no answer",
        "  reason   ECONNRESET",
        "  message  The connection was reset",
        "",
        "The client sent, the first 30 bytes of 90,000:",
        '  | {"model":"fast","messages":[]}',
        "",
      ].join("\n"),
    );
  });

  test("of one that was served at once", async () => {
    const record = { ...recordRow({ id: "req_4", upstream_model: "fast" }), tries: [] };
    await using place = withDaemon({ ...FOUND, "logs.get": { record } });
    const { out } = await place.run(["logs", "--id", "req_4"]);
    expect(out).toContain(
      "answered   200\ntook       911ms, first byte after 240ms\nserved by  openai/team-a (d213f9976aa2)\n",
    );
    expect(out).not.toContain("Attempt");
  });

  test("shows a whole body whose secrets are masked as a whole one", async () => {
    const record = { ...FAILED, body: { text: '{"api_key":"sk-f...0001"}', size: 60 } };
    await using place = withDaemon({ ...FOUND, "logs.get": { record } });
    const { out } = await place.run(["logs", "--id", "req_01jn8failed"]);
    expect(out).toEndWith('\nThe client sent:\n  | {"api_key":"sk-f...0001"}\n');
  });

  test("with --json is one document", async () => {
    await using place = withDaemon(FOUND);
    expect(JSON.parse((await place.run(["logs", "--id", "req_01jn8failed", "--json"])).out)).toEqual(FAILED);
  });

  test("of a trace with several requests lists them", async () => {
    await using place = withDaemon();
    const { out } = await place.run(["logs", "--id", "0af7651916cd43dd8448eb211c80319c"]);
    expect(out.trimEnd().split("\n")).toHaveLength(RECORDS.length);
  });

  test("that no record has fails, and says where else to look", async () => {
    await using place = withDaemon(NONE);
    expect(await place.run(["logs", "--id", "req_gone"])).toEqual({
      exitCode: 1,
      out: "",
      err: "No request is recorded yet\nThe daemon's own log may know of it:\n  openai-balance logs --daemon --id req_gone\n",
    });
  });

  test("that is a secret in the wrong place is not shown", async () => {
    await using place = withDaemon(NONE);
    const { err } = await place.run(["logs", "--id", "sk-fake-0123456789abcdef"]);
    expect(err).toContain("--id <name of 24 characters>");
  });

  test("drives no terminal by what a provider said", async () => {
    const [first] = FAILED.tries;
    const tries = first === undefined ? [] : [{ ...first, text: "a\x1b[2Jb\r\nforged", message: "\x9b31m" }];
    await using place = withDaemon({ ...FOUND, "logs.get": { record: { ...FAILED, tries } } });
    const { out } = await place.run(["logs", "--id", "req_01jn8failed"], { isTerminal: true, columns: 80 });
    expect(Bun.stripANSI(out)).toContain("  | a\\x1b[2Jb\n  | forged\n");
    expect(Bun.stripANSI(out)).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

describe("--follow", () => {
  test("shows what is there, and goes on behind it until Ctrl-C", async () => {
    const pressed = new AbortController();
    const next = recordRow({ id: "req_next" });
    await using place = withDaemon({ ...ONE, "logs.follow": new Hang([next]) });
    const context = place.terminal.context({ signal: pressed.signal });
    const shown = Promise.withResolvers<void>();
    let printed = "";
    const write = (text: string) => {
      printed += text;
      if (printed.includes("req_next")) shown.resolve();
    };
    const ended = runCli(["logs", "-f", "--errors", "--data-dir", "data"], {
      ...context,
      out: { ...context.out, write },
    });
    await shown.promise;
    pressed.abort();
    expect(await ended).toBe(130);
    expect(printed.indexOf("req_1")).toBeLessThan(printed.indexOf("req_next"));
    expect(place.daemon.lastInput("logs.follow")).toEqual({ errors: true, after: recordRow({ id: "" }).seq });
  });

  test.each([
    [["-f"], 0],
    [["-f", "-n", "0"], 0],
    [["-f", "--token", "other"], recordRow({ id: "" }).seq],
  ])("%j goes on behind the newest that there was before, where none matched", async (more, after) => {
    const answer = ({ limit, token }: { readonly limit?: number | undefined; readonly token?: string | undefined }) => {
      const isFound = more.includes("--token") && limit === 1 && token === undefined;
      return { records: isFound ? [recordRow({ id: "req_1" })] : [], recording: true };
    };
    await using place = withDaemon({ "logs.list": answer });
    await place.run(["logs", ...more]);
    expect(place.daemon.lastInput("logs.follow")).toMatchObject({ after });
  });

  test("says that it waits for a daemon where none runs", async () => {
    using terminal = new FakeTerminal();
    const { exitCode, err } = await terminal.run(["logs", "-f"], { signal: AbortSignal.abort() });
    expect({ exitCode, err }).toEqual({ exitCode: 130, err: "No daemon runs: what one records will be shown here\n" });
  });

  test("says that nothing will come while nothing is recorded", async () => {
    await using place = withDaemon({ "logs.list": { records: [], recording: false } });
    expect((await place.run(["logs", "-f"])).err).toContain("openai-balance config set requests.enabled true");
  });
});

describe("where nothing matches", () => {
  test("it says from when to when there are records", async () => {
    const [first] = RECORDS;
    await using place = withDaemon({
      "logs.list": ({ order }) => ({
        records: order === undefined || first === undefined ? [] : [order === "asc" ? first : recordRow(FAILED)],
        recording: true,
      }),
    });
    expect(await place.run(["logs", "--model", "gpt-5"])).toEqual({
      exitCode: 0,
      out: "",
      err: "No record matches; there are records from 2026-03-01 03:14:05 +01:00 to 2026-03-01 03:15:10 +01:00\n",
    });
    expect((await place.run(["logs", "--model", "gpt-5", "-q"])).err).toBe("");
  });

  test.each([
    [{ records: [], recording: true }, "No request is recorded yet\n"],
    [
      { records: [], recording: false },
      "Requests are not recorded, since requests.enabled is false. This turns it on:\n  openai-balance config set requests.enabled true\n",
    ],
    [
      { records: [], recording: true, fault: "the disk is full" },
      "Requests cannot be recorded at present: the disk is full\nNo request is recorded yet\n",
    ],
  ])("%j", async (answer, err) => {
    await using place = withDaemon({ "logs.list": answer });
    expect(await place.run(["logs"])).toEqual({ exitCode: 0, out: "", err });
  });

  test("a name of nothing is told as the daemon does", async () => {
    await using place = withDaemon({
      "logs.list": () => new Refusal("There is no provider opnai: did you mean openai", 2),
    });
    const { exitCode, err } = await place.run(["logs", "--provider", "opnai"]);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: "There is no provider opnai: did you mean openai\n" });
  });
});
