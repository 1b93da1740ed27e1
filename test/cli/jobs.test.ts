// `jobs list`, `run`, `start` and `stop`, and what other commands say of jobs.
import { describe, expect, test } from "bun:test";
import type { OutputOf } from "../../src/admin/operation-table.ts";
import { ANSWERS, NOW } from "./daemon-answers.ts";
import { Hang } from "./fake-daemon.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { withDaemon } from "./with-daemon.ts";

type Row = OutputOf<"jobs.list">["jobs"][number];
type Run = NonNullable<OutputOf<"jobs.run">["run"]>;

const ago = (ms: number) => new Date(NOW - ms).toISOString();
const RUN: Run = { started_at: ago(1_000), ms: 1_000, asked: true, broken_off: false };
const ROW: Row = { name: "recheck", about: "Tries failed keys again", interval_ms: 3_600_000 };

describe("jobs list", () => {
  test.each([[["jobs"]], [["jobs", "list"]]])("as %p", async (args) => {
    await using place = withDaemon();
    expect(await place.run(args)).toEqual({
      exitCode: 0,
      out: [
        "JOB           STATUS   EVERY  NEXT IN  LAST RUN     TOOK  RESULT",
        "recheck       on       1h     48m12s   11m48s ago     4s  3 keys asked: 2 work again, 1 still fails",
        "proxy-checks  off                                         off by proxies.check.url",
        "model-lists   running  5m              now            2s  1 list fetched so far",
        "clean-up      on       1h     52m      8m ago      412ms  1204 rows removed",
        "",
      ].join("\n"),
      err: "",
    });
  });

  test.each<[string, Partial<Row>, string]>([
    ["stopped", { stopped_at: ago(5_000) }, "recheck  stopped  1h"],
    [
      "failed",
      { last_run: { ...RUN, fault: "the database is locked", result: "3 of 5" } },
      "1s ago      1s  failed: the database is locked; 3 of 5",
    ],
    ["broken off", { last_run: { ...RUN, broken_off: true } }, "1s ago      1s  broken off"],
    ["done without words", { last_run: RUN }, "1s ago      1s  done"],
    ["stopped and off", { stopped_at: ago(1), interval_ms: undefined, off_by: "health.probe" }, "recheck  stopped"],
  ])("of a job that is %s", async (_what, facts, line) => {
    const row = Object.fromEntries(Object.entries({ ...ROW, ...facts }).filter(([, value]) => value !== undefined));
    await using place = withDaemon({ "jobs.list": { jobs: [row as Row] } });
    const { out } = await place.run(["jobs"]);
    expect(out).toContain(line);
    expect(out).not.toContain("off by");
  });

  test("without a daemon shows intervals, and says that nothing runs", async () => {
    using terminal = new FakeTerminal();
    const { exitCode, out, err } = await terminal.run(["jobs", "--data-dir", "data"]);
    expect([exitCode, err]).toEqual([0, "No daemon runs, so that no job does by itself\n"]);
    expect(out).toMatch(/^recheck +on +1h$/m);
    expect(out).not.toContain("NEXT IN");
  });
});

describe("jobs run", () => {
  test.each<[string, OutputOf<"jobs.run">, number, string, string]>([
    [
      "that is done",
      { job: "recheck", joined: false, run: { ...RUN, result: "no key to ask" } },
      0,
      "recheck: no key to ask\n",
      "",
    ],
    [
      "that fails",
      { job: "recheck", joined: false, run: { ...RUN, fault: "no space" } },
      1,
      "",
      "recheck: failed: no space\n",
    ],
    [
      "that is broken off",
      { job: "recheck", joined: true, run: { ...RUN, broken_off: true } },
      1,
      "",
      "recheck: broken off\n",
    ],
    ["that is not waited for", { job: "recheck", joined: false }, 0, "recheck: runs\n", ""],
    ["that went on already", { job: "recheck", joined: true }, 0, "recheck: runs already\n", ""],
  ])("%s", async (_what, answer, exitCode, out, err) => {
    await using place = withDaemon({ "jobs.run": answer });
    expect(await place.run(["jobs", "run", "recheck"])).toEqual({ exitCode, out, err });
    expect((await place.run(["jobs", "run", "recheck", "--json"])).exitCode).toBe(exitCode);
  });

  test.each([
    [[], true],
    [["--no-wait"], false],
  ])("with %p asks for wait: %p", async (more, wait) => {
    await using place = withDaemon();
    await place.run(["jobs", "run", "recheck", ...more]);
    expect(place.daemon.lastInput("jobs.run")).toEqual({ job: "recheck", wait });
  });

  test("that Ctrl-C ends waiting for goes on, and says how to end it", async () => {
    await using place = withDaemon({ "jobs.run": new Hang() });
    const { exitCode, err } = await place.run(["jobs", "run", "recheck"], { signal: AbortSignal.abort() });
    expect(exitCode).toBe(130);
    expect(err).toContain("The run goes on; to end it:\n  openai-balance jobs stop recheck\n");
  });

  test("without a daemon runs in the command itself", async () => {
    using terminal = new FakeTerminal();
    const { exitCode, out } = await terminal.run(["jobs", "run", "recheck", "--data-dir", "data"]);
    expect([exitCode, out]).toEqual([0, "recheck: no key to ask\n"]);
  });

  test("without a daemon refuses what only a daemon has a use for, and a name that there is not", async () => {
    using terminal = new FakeTerminal();
    const lists = await terminal.run(["jobs", "run", "model-lists", "--data-dir", "data"]);
    expect([lists.exitCode, lists.err]).toEqual([3, "Only a daemon has a use for model-lists, and none runs\n"]);
    const typo = await terminal.run(["jobs", "run", "rechek", "--data-dir", "data"]);
    expect([typo.exitCode, typo.err]).toEqual([2, "There is no job rechek: did you mean recheck\n"]);
  });
});

describe("jobs start and stop", () => {
  test.each<[string, string, object, string]>([
    ["start", "jobs.start", {}, "Started recheck, its next run is in 1h\n"],
    ["start", "jobs.start", { changed: false }, "recheck was not stopped, its next run is in 1h\n"],
    [
      "start",
      "jobs.start",
      { job: { ...ROW, off_by: "health.probe" } },
      "Started recheck, but it is off by health.probe\n",
    ],
    ["stop", "jobs.stop", {}, "Stopped recheck, and broke off its run. It stays so over restarts, until:\n"],
    ["stop", "jobs.stop", { broke_off: false }, "Stopped recheck. It stays so over restarts, until:\n"],
    [
      "stop",
      "jobs.stop",
      { broke_off: false, changed: false },
      "recheck was stopped already. It stays so over restarts, until:\n  openai-balance jobs start recheck\n",
    ],
  ])("%s: %s answers %j", async (word, operation, facts, out) => {
    const answer = { ...(ANSWERS[operation as "jobs.stop"] as OutputOf<"jobs.stop">), ...facts };
    await using place = withDaemon({ [operation]: answer });
    expect((await place.run(["jobs", word, "recheck"])).out).toStartWith(out);
  });

  test.each(["start", "stop"])("%s without a daemon says that none runs", async (word) => {
    using terminal = new FakeTerminal();
    const { exitCode, err } = await terminal.run(["jobs", word, "recheck", "--data-dir", "data"]);
    expect([exitCode, err]).toEqual([3, expect.stringMatching(/^No daemon runs on the data folder .*data\n$/)]);
  });
});
