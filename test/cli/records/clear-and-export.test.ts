// `logs clear` and `logs export`: what is deleted and only after a question, and what is written where.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { Hang, Refusal } from "../fake-daemon.ts";
import { RECORDS } from "../record-answers.ts";
import { withDaemon } from "../with-daemon.ts";

describe("logs clear", () => {
  test.each([
    [["--all"], { all: true }],
    [["--errors"], { errors: true }],
    [["--until", "2026-01-31T00:00Z"], { until: "2026-01-31T00:00:00.000Z" }],
    [
      ["--since", "2d", "--until", "1d", "--key", "team-b", "--status", "429"],
      { since: "2026-02-27T12:00:00.000Z", until: "2026-02-28T12:00:00.000Z", key: "team-b", status: "429" },
    ],
  ])("%j", async (more, input) => {
    await using place = withDaemon();
    expect(await place.run(["logs", "clear", "--yes", ...more])).toEqual({
      exitCode: 0,
      out: "Deleted 1412 records\n",
      err: "",
    });
    expect(place.daemon.lastInput("logs.delete")).toEqual(input);
  });

  test("asks on a terminal, and says what it is about", async () => {
    await using place = withDaemon();
    const args = ["logs", "clear", "--errors", "--key", "team-b", "--until", "2026-01-31T12:00:00Z"];
    const refused = await place.run(args, { isTerminal: true, answers: [false], columns: 200 });
    expect(refused).toMatchObject({ exitCode: 0, err: "Nothing was deleted\n" });
    expect(place.daemon.calls.map(({ name }) => name)).toEqual(["logs.count"]);
    await place.run(args, { isTerminal: true, answers: [true] });
    expect(place.terminal.questions[0]).toMatch(
      /^Delete 1412 records of requests that failed or were refused with the key team-b before 2026-01-31 \d\d:00:00 [+-]\d\d:\d\d for good\?$/,
    );
    const meant = { errors: true, key: "team-b", until: "2026-01-31T12:00:00.000Z" };
    expect(place.daemon.calls.slice(1)).toEqual([
      { name: "logs.count", input: meant },
      { name: "logs.delete", input: meant },
    ]);
  });

  test.each([
    [{ count: 1, more: false }, "Delete 1 record of all requests for good?"],
    [{ count: 90_000, more: true }, "Delete at least 90000 records of all requests for good?"],
  ])("of %j asks %s", async (counted, question) => {
    await using place = withDaemon({ "logs.count": counted });
    await place.run(["logs", "clear", "--all"], { isTerminal: true, answers: [true] });
    expect(place.terminal.questions).toEqual([question]);
    expect(place.daemon.lastInput("logs.delete")).toEqual({ all: true });
  });

  test("does not ask where nothing matches", async () => {
    await using place = withDaemon({ "logs.count": { count: 0, more: false } });
    const { exitCode, err } = await place.run(["logs", "clear", "--errors"], { isTerminal: true });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "No record matches: nothing was deleted\n" });
    expect(place.daemon.lastInput("logs.delete")).toBeUndefined();
  });

  test("that is broken off says so", async () => {
    await using place = withDaemon({ "logs.delete": new Hang() });
    const ended = await place.run(["logs", "clear", "--all", "--yes"], { signal: AbortSignal.abort() });
    expect(ended).toEqual({ exitCode: 130, out: "", err: "Broken off: what was deleted until now is gone\n" });
  });

  test.each([
    [[], "Which records? Name them by --until"],
    [["--yes"], "Which records? Name them by --until"],
    [["--all", "--errors", "--yes"], "Which records? --all is every one of them: give it alone"],
    [["--all"], "--yes says that it is meant"],
    [["--until", "never", "--yes"], "Cannot use --until"],
    [["--since", "1d", "--until", "2d", "--yes"], "Cannot use --since and --until"],
  ])("%j deletes nothing", async (more, message) => {
    await using place = withDaemon();
    const { exitCode, out, err } = await place.run(["logs", "clear", ...more]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain(message);
    expect(place.daemon.calls).toEqual([]);
  });
});

describe("logs export", () => {
  test("prints a document a line", async () => {
    await using place = withDaemon();
    const { out } = await place.run(["logs", "export", "--token", "ci"]);
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).id),
    ).toEqual(RECORDS.map(({ id }) => id));
    expect(place.daemon.lastInput("logs.export")).toEqual({ token: "ci" });
  });

  test("writes a file that only its owner may read, and never over another", async () => {
    await using place = withDaemon();
    const first = await place.run(["logs", "export", "--file", "out.jsonl"]);
    expect(first).toEqual({ exitCode: 0, out: "Wrote 4 records to out.jsonl\n", err: "" });
    expect(statSync(place.terminal.path("out.jsonl")).mode & 0o777).toBe(0o600);
    const text = place.terminal.read("out.jsonl");
    expect(text.trimEnd().split("\n")).toHaveLength(4);
    const second = await place.run(["logs", "export", "--file", "out.jsonl"]);
    expect(second).toMatchObject({ exitCode: 1, out: "" });
    expect(second.err).toContain("Cannot write out.jsonl: ");
    expect(place.terminal.read("out.jsonl")).toBe(text);
    const missing = await place.run(["logs", "export", "--file", "nowhere/out.jsonl"]);
    expect(missing.err).toBe("Cannot write nowhere/out.jsonl: its folder does not exist\n");
  });

  test("that is broken off leaves no file", async () => {
    const pressed = new AbortController();
    const before = () => {
      pressed.abort();
      return new Hang(RECORDS) as never;
    };
    await using place = withDaemon({ "logs.export": before });
    const args = ["logs", "export", "--file", "out.jsonl"];
    expect(await place.run(args, { signal: pressed.signal })).toMatchObject({ exitCode: 130 });
    await using failing = withDaemon({ "logs.export": () => new Refusal("the disk is gone", 1) });
    expect(await failing.run(args)).toMatchObject({ exitCode: 1, err: "the disk is gone\n" });
    for (const { terminal } of [place, failing]) {
      expect(existsSync(terminal.path("out.jsonl"))).toBe(false);
      expect(readdirSync(terminal.folder)).not.toContain("out.jsonl.tmp");
    }
  });

  test("of nothing says so on the error stream", async () => {
    await using place = withDaemon({ "logs.export": [] });
    expect(await place.run(["logs", "export"])).toEqual({ exitCode: 0, out: "", err: "No record matches\n" });
  });
});
