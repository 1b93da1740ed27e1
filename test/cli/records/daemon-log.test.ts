// `logs --daemon`: which lines of the daemon's own log are asked for, how they look, and how following ends.
import { describe, expect, test } from "bun:test";
import { runCli } from "../../../src/cli/run-cli.ts";
import { NOW } from "../daemon-answers.ts";
import { Hang } from "../fake-daemon.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { withDaemon } from "../with-daemon.ts";

const RECORD = { level: "info", time: "2026-03-01T11:53:00.007Z", msg: "Request served", key: "日本語", status: 200 };

describe("the question", () => {
  test.each([
    [[], { last: 100, follow: false }],
    [["-f", "-n", "5"], { last: 5, follow: true }],
    [["--errors", "--status", "4xx"], { last: 100, follow: false, errors: true, status: "4xx" }],
    [["--since", "10m"], { last: 100, follow: false, since: new Date(NOW - 600_000).toISOString() }],
    [["--until", "10m"], { last: 100, follow: false, until: new Date(NOW - 600_000).toISOString() }],
    [["--since", "2026-01-31T12:00Z"], { last: 100, follow: false, since: "2026-01-31T12:00:00.000Z" }],
    [["--since", "99999999d"], { last: 100, follow: false, since: "1970-01-01T00:00:00.000Z" }],
    [
      ["--provider", "p", "--key", "k", "--model", "m", "--id", "req_1"],
      { last: 100, follow: false, provider: "p", key: "k", model: "m", id: "req_1" },
    ],
  ])("%j", async (more, input) => {
    await using place = withDaemon({ "daemon.log": [] });
    await place.run(["logs", "--daemon", ...more]);
    expect(place.daemon.lastInput("daemon.log")).toEqual(input);
  });
});

test("a record is a line that reads well, with every name as it is", async () => {
  await using place = withDaemon({ "daemon.log": [{ line: JSON.stringify(RECORD) }] });
  const { out } = await place.run(["logs", "--daemon"]);
  expect(out).toMatch(/^2026-\d\d-\d\d \d\d:53:00\.007 [+-]\d\d:\d\d INFO {2}Request served key=日本語 status=200\n$/);
});

test("colours are for a terminal only", async () => {
  await using place = withDaemon();
  expect((await place.run(["logs", "--daemon"])).out).not.toContain("\x1b");
  expect((await place.run(["logs", "--daemon"], { isTerminal: true })).out).toContain("\x1b[32m");
  expect((await place.run(["logs", "--daemon", "--no-color"], { isTerminal: true })).out).not.toContain("\x1b");
});

test("--json hands the records on as they were logged", async () => {
  await using place = withDaemon({ "daemon.log": [{ line: JSON.stringify(RECORD) }] });
  expect((await place.run(["logs", "--daemon", "--json"])).out).toBe(`${JSON.stringify(RECORD)}\n`);
});

test("--follow shows what is there, and goes on until Ctrl-C", async () => {
  const pressed = new AbortController();
  await using place = withDaemon({ "daemon.log": new Hang([{ line: JSON.stringify(RECORD) }]) });
  const context = place.terminal.context({ signal: pressed.signal });
  const shown = Promise.withResolvers<string>();
  const out = { ...context.out, write: shown.resolve };
  const ended = runCli(["logs", "--daemon", "-f", "--data-dir", "data"], { ...context, out });
  expect(await shown.promise).toContain("Request served");
  pressed.abort();
  expect(await ended).toBe(130);
});

test("an empty log says so, and --quiet does not", async () => {
  await using place = withDaemon({ "daemon.log": [] });
  expect(await place.run(["logs", "--daemon"])).toEqual({
    exitCode: 0,
    out: "",
    err: "The daemon's log has nothing that matches\n",
  });
  expect(await place.run(["logs", "--daemon", "-q"])).toEqual({ exitCode: 0, out: "", err: "" });
});

test("without a daemon the log of the data folder is read", async () => {
  using terminal = new FakeTerminal();
  terminal.write("data/daemon.log", `${JSON.stringify(RECORD)}\n`);
  expect((await terminal.run(["logs", "--daemon", "--data-dir", "data", "--json"])).out).toBe(
    `${JSON.stringify(RECORD)}\n`,
  );
});

test.each([
  ["wrong", "server: { prot: 1 }\n"],
  ["broken", "server: [\n"],
])("a configuration that is %s does not stand before the log", async (_case, config) => {
  using terminal = new FakeTerminal();
  terminal.write("config.yaml", config);
  terminal.write("data/daemon.log", `${JSON.stringify(RECORD)}\n`);
  const read = { exitCode: 0, out: `${JSON.stringify(RECORD)}\n`, err: "" };
  expect(await terminal.run(["logs", "--daemon", "--data-dir", "data", "--json"])).toEqual(read);
  expect(await terminal.run(["logs", "--daemon", "--data-dir", "data", "--json", "--config", "config.yaml"])).toEqual(
    read,
  );
});
