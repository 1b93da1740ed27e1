// `backup`: one file with everything, which nobody else can read.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { leakIn } from "../../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { contentOf, ENV, ok, PASSPHRASE, SECRET, withBackup } from "./backup-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

describe("backup", () => {
  test("writes one file, for its owner only, in which no secret can be read", async () => {
    using terminal = await withBackup();
    expect(statSync(terminal.path("a.backup")).mode & 0o777).toBe(0o600);
    const text = readFileSync(terminal.path("a.backup"), "latin1");
    expect(leakIn(text)).toBeUndefined();
    for (const word of [SECRET, "team-a", "client_tokens", PASSPHRASE]) expect(text).not.toContain(word);
    expect(readdirSync(terminal.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("replaces a file that is there with --force only", async () => {
    using terminal = await withBackup();
    const before = terminal.read("a.backup");
    const refused = await terminal.run(["backup", "a.backup", "--data-dir", "data"], { env: ENV });
    expect(refused).toMatchObject({ exitCode: 1, out: "" });
    expect(refused.err).toContain("a.backup exists already");
    expect(terminal.read("a.backup")).toBe(before);
    await ok(terminal, ["backup", "a.backup", "--force", "--data-dir", "data"], { env: ENV });
    expect(terminal.read("a.backup")).not.toBe(before);
  });

  test.each([
    ["fifo", "it is no file"],
    ["data", "it is a folder"],
    ["-", "name a file"],
  ])("never replaces %s, which is no file", async (target, message) => {
    using terminal = await withBackup();
    Bun.spawnSync(["mkfifo", terminal.path("fifo")]);
    const args = ["backup", target, "--force", "--data-dir", "data"];
    const { exitCode, err } = await terminal.run(args, { env: ENV });
    expect(exitCode).not.toBe(0);
    expect(err).toContain(message);
    expect(statSync(terminal.path("fifo")).isFIFO()).toBe(true);
    expect(existsSync(terminal.path("-"))).toBe(false);
  });

  test("that Ctrl-C ends leaves nothing behind", async () => {
    using terminal = await withBackup("--records");
    const before = [contentOf(terminal.path("data")), readdirSync(terminal.folder)];
    const args = ["backup", "b.backup", "--records", "--data-dir", "data"];
    const { exitCode } = await terminal.run(args, { env: ENV, signal: AbortSignal.abort() });
    expect(exitCode).toBe(130);
    expect([contentOf(terminal.path("data")), readdirSync(terminal.folder)]).toEqual(before);
  });

  test.each([
    ["another backup", ["backup", "b.backup", "--records"]],
    ["a change of the folder", ["keys", "enable", "team-a"]],
  ])("that was killed leaves a copy of the database until %s", async (_what, args) => {
    using terminal = await withBackup();
    const copy = terminal.path("data/requests.sqlite.0123456789ab.tmp");
    writeFileSync(copy, "copied so far");
    utimesSync(copy, 0, 0);
    await ok(terminal, [...args, "--data-dir", "data"], { env: ENV });
    expect(existsSync(copy)).toBe(false);
  });

  test("asks twice on a terminal, and writes nothing when the answers differ", async () => {
    using terminal = await withBackup();
    const run = (...answers: readonly string[]) =>
      terminal.run(["backup", "b.backup", "--data-dir", "data"], { isTerminal: true, columns: 80, answers });
    expect((await run(PASSPHRASE, `${PASSPHRASE}!`)).err).toContain("differ");
    expect((await run("short")).err).toContain("at least 12 characters");
    expect(existsSync(terminal.path("b.backup"))).toBe(false);
    expect(await run(PASSPHRASE, PASSPHRASE)).toMatchObject({ exitCode: 0 });
  });

  test("needs a passphrase where nobody can be asked", async () => {
    using terminal = new FakeTerminal();
    terminal.write("data/.keep", "");
    terminal.write("empty.txt", "\n");
    // Many such bytes would be read as one and the same character.
    writeFileSync(terminal.path("latin1.txt"), Buffer.from("correct horse batt\xe9ry", "latin1"));
    terminal.write("six.txt", "e\u0301".repeat(6));
    const run = (...more: readonly string[]) => terminal.run(["backup", "--data-dir", "data", ...more]);
    expect((await run()).err).toContain("--passphrase-file");
    expect((await run("--passphrase-file", "empty.txt")).err).toContain("the file is empty");
    expect((await run("--passphrase-file", "none.txt")).err).toContain("it does not exist");
    expect((await run("--passphrase-file", "latin1.txt")).err).toContain("expected text in UTF-8");
    expect((await run("--passphrase-file", "six.txt")).err).toContain("at least 12 characters");
  });

  test("of keys that cannot be opened is none", async () => {
    using terminal = await withBackup();
    writeFileSync(terminal.path("data/master.key"), Buffer.alloc(32, 7).toString("base64"));
    const { exitCode, err } = await terminal.run(["backup", "b.backup", "--data-dir", "data"], { env: ENV });
    expect(exitCode).toBe(1);
    expect(err).toContain("cannot be opened");
    expect(existsSync(terminal.path("b.backup"))).toBe(false);
  });

  test("of a folder that is not there is none", async () => {
    using terminal = new FakeTerminal();
    // Nobody is asked for a passphrase first.
    const { exitCode, err } = await terminal.run(["backup", "--data-dir", "nowhere"]);
    expect({ exitCode, err }).toMatchObject({ exitCode: 1, err: expect.stringContaining("There is no data folder") });
  });
});
