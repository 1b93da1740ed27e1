// `keys add` and `keys import`: where keys come from, what is asked, what is said, and that no secret is shown.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Interrupted } from "../../../src/cli/cli-context.ts";
import { fakeSecret, leakIn } from "../../fixture/secrets.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { withDaemon } from "../with-daemon.ts";

const KEY = fakeSecret("added");
const OTHER = fakeSecret("added_too");
const TARGET = { id: "9f3d2c1b0a99", name: "team-c", masked: "sk-f...0009", provider: "openai", line: 1 };

describe("without a daemon", () => {
  test("a key that is typed is asked for without echo, stored encrypted, and listed", async () => {
    using terminal = new FakeTerminal();
    const added = await terminal.run(["keys", "add", "--name", "mine"], { isTerminal: true, answers: [`  ${KEY} `] });
    expect(added.exitCode).toBe(0);
    expect(terminal.questions).toEqual(["Key (it is not shown):"]);
    expect(added.out).toMatch(/^Added mine \(fake\.\.\.[0-9a-f]{4}\) to openai, id [0-9a-f]{12}\n/);
    expect(added.out).toEndWith("\nIt counts from the next start: openai-balance serve\n");
    expect(leakIn(added.out + added.err)).toBeUndefined();
    const listed = await terminal.run(["keys", "list"]);
    expect(listed.out).toContain("mine");
    expect(leakIn(listed.out)).toBeUndefined();
    expect(leakIn(filesOf(terminal))).toBeUndefined();
  });

  test("Ctrl-C at the question ends with 130, and nothing is stored", async () => {
    using terminal = new FakeTerminal();
    const answers = [new Interrupted("Ctrl-C")];
    const { exitCode, out, err } = await terminal.run(["keys", "add"], { isTerminal: true, answers });
    expect({ exitCode, out, err }).toEqual({ exitCode: 130, out: "", err: "" });
    expect((await terminal.run(["keys", "list"])).err).toStartWith("There is no key yet.");
  });

  test("an empty answer is no key", async () => {
    using terminal = new FakeTerminal();
    const { exitCode, err } = await terminal.run(["keys", "add"], { isTerminal: true, answers: ["  "] });
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: "No key was given\n" });
  });

  test("several keys of standard input are numbered, and count together", async () => {
    using terminal = new FakeTerminal();
    const { out } = await terminal.run(["keys", "add", "--name", "batch"], { stdin: `${KEY}\n# comment\n${OTHER}\n` });
    expect(out.split("\n").map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "Added batch-1",
      "Added batch-2",
      "They count",
      "",
    ]);
  });

  test("a key that is there already is said to be, with where it comes from", async () => {
    using terminal = new FakeTerminal();
    const env = { OPENAI_API_KEY: KEY };
    const again = await terminal.run(["keys", "add"], { stdin: KEY, env });
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.out).toMatch(/^fake\.\.\.\w+ of openai is there already, id [0-9a-f]{12}, from OPENAI_API_KEY\n$/);
  });

  test.each([
    ["a name of another key", ["--name", "one"], OTHER, /one is already the name of another key/],
    ["no such provider", ["--provider", "opnai"], KEY, /did you mean openai/],
    ["spaces inside", [], "two words", /without spaces/],
  ])("%s: it says what is wrong, not what was typed", async (_case, more, key, message) => {
    using terminal = new FakeTerminal();
    await terminal.run(["keys", "add", "--name", "one"], { stdin: KEY });
    const { exitCode, out, err } = await terminal.run(["keys", "add", ...more], { isTerminal: true, answers: [key] });
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err.replaceAll(/\s+/g, " ")).toMatch(message);
    expect(err).not.toContain(key);
  });

  function filesOf(terminal: FakeTerminal): string {
    const entries = readdirSync(terminal.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(1);
    return files.map(({ parentPath, name }) => readFileSync(`${parentPath}/${name}`, "latin1")).join("\n");
  }
});

describe("with a daemon", () => {
  test("settings go with each key", async () => {
    await using place = withDaemon();
    const limits = ["--limit", "rpm=60,tpd=2M", "--limit", "day=UTC"];
    const about = ["--weight", "2.5", "--priority", "-1", "--models", "gpt-4o*, o1", "--name", "x", "--test"];
    const settings = [...about, ...limits];
    await place.run(["keys", "add", "--provider", "openai", ...settings], { stdin: KEY });
    expect(place.daemon.lastInput("keys.add")).toEqual({
      keys: [
        {
          key: KEY,
          name: "x",
          weight: 2.5,
          priority: -1,
          models: ["gpt-4o*", "o1"],
          limits: { rpm: "60", tpd: "2M", day: "UTC" },
        },
      ],
      provider: "openai",
      test: true,
    });
  });

  test("a key as an argument works, and warns of the shell's history", async () => {
    await using place = withDaemon();
    const { exitCode, err } = await place.run(["keys", "add", KEY]);
    expect(exitCode).toBe(0);
    expect(err).toBe("Shells keep what is typed in their history: without an argument the key is asked for\n");
    expect(place.daemon.lastInput("keys.add")).toMatchObject({ keys: [{ key: KEY }] });
    expect((await place.run(["keys", "add", KEY, "--quiet"])).err).toBe("");
  });

  test("keys import reads a list with names, or standard input for -", async () => {
    await using place = withDaemon();
    place.terminal.write("keys.json", JSON.stringify({ keys: [{ key: KEY, name: "a", provider: "groq" }] }));
    await place.run(["keys", "import", "keys.json"]);
    expect(place.daemon.lastInput("keys.add")).toMatchObject({ keys: [{ key: KEY, name: "a", provider: "groq" }] });
    await place.run(["keys", "import", "-"], { stdin: OTHER });
    expect(place.daemon.lastInput("keys.add")).toMatchObject({ keys: [{ key: OTHER }] });
  });

  test("keys add reads standard input for -, as keys import does", async () => {
    await using place = withDaemon();
    expect((await place.run(["keys", "add", "-"], { stdin: OTHER })).err).toBe("");
    expect(place.daemon.lastInput("keys.add")).toMatchObject({ keys: [{ key: OTHER }] });
  });

  test.each([
    [["--weight", "0"], "Cannot use --weight: expected a number above 0, at most 1000\n"],
    [["--weight", "1e9"], "Cannot use --weight: expected a number above 0, at most 1000\n"],
    [["--priority", "1.5"], "Cannot use --priority: expected a whole number from -1000 to 1000\n"],
    [["--limit", "rpm"], "Cannot use --limit: expected one of rpm, rpd, tpm, tpd, concurrency, day, such as rpm=60\n"],
    [["--limit", "rpm=0"], "Cannot use --limit rpm: expected a count such as 500, 200k or 2M\n"],
    [["--limit", "x=5"], "Cannot use --limit: expected one of rpm, rpd, tpm, tpd, concurrency, day, such as rpm=60\n"],
    [["--priority", "x"], "Cannot use --priority: expected a whole number from -1000 to 1000\n"],
  ])("%j is refused by the option's name, before anything is read", async (more, message) => {
    await using place = withDaemon();
    expect(await place.run(["keys", "add", ...more], { stdin: KEY })).toMatchObject({ exitCode: 2, err: message });
    expect(place.daemon.lastInput("keys.add")).toBeUndefined();
  });

  test.skipIf(!existsSync("/dev/zero"))("a file without an end is given up", async () => {
    await using place = withDaemon();
    const { exitCode, err } = await place.run(["keys", "import", "/dev/zero"]);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: "Cannot read /dev/zero: it is larger than 64 MiB\n" });
  });

  test.each([
    [{ outcome: "added" }, "Added team-c (sk-f...0009) to openai, id 9f3d2c1b0a99\nIt is in use now\n"],
    [{ outcome: "updated" }, "Updated team-c (sk-f...0009) of openai, id 9f3d2c1b0a99\nIt is in use now\n"],
    [
      { outcome: "known", source: "key store" },
      "team-c (sk-f...0009) of openai is there already, id 9f3d2c1b0a99, from the key store\n",
    ],
    [{ outcome: "duplicate" }, "team-c (sk-f...0009) of openai stands in the list before, id 9f3d2c1b0a99\n"],
    [
      { outcome: "added", test: { provider: "openai", is_ok: true, outcome: "ok", latency_ms: 812.4 } },
      "Added team-c (sk-f...0009) to openai, id 9f3d2c1b0a99, tested: it answers in 812 ms\nIt is in use now\n",
    ],
    [
      {
        outcome: "refused",
        test: {
          provider: "openai",
          is_ok: false,
          outcome: "invalid_key",
          status: 401,
          message: "Wrong",
          latency_ms: 1,
        },
      },
      "Refused team-c (sk-f...0009) for openai: invalid key, 401: Wrong\n",
    ],
  ] as const)("%j", async (facts, expected) => {
    await using place = withDaemon({ "keys.add": { keys: [{ ...TARGET, ...facts }], unfit: [], unused: [] } });
    expect((await place.run(["keys", "add"], { stdin: KEY })).out).toBe(expected);
  });

  test("says of a provider that is not enabled that its keys serve nothing", async () => {
    await using place = withDaemon({
      "keys.add": { keys: [{ ...TARGET, outcome: "added" }], unfit: [], unused: ["openai"] },
    });
    const { out } = await place.run(["keys", "add"], { stdin: KEY });
    expect(out).toEndWith("\nThe provider openai is not enabled: its keys serve nothing\n");
  });

  test("of more than 20 keys only the numbers are told", async () => {
    const keys = Array.from({ length: 30 }, (_, index) => ({
      ...TARGET,
      name: `k-${index}`,
      outcome: index < 25 ? ("added" as const) : index < 29 ? ("known" as const) : ("duplicate" as const),
    }));
    await using place = withDaemon({ "keys.add": { keys, unfit: [], unused: [] } });
    const { out } = await place.run(["keys", "add"], { stdin: KEY });
    expect(out).toBe("Added 25 keys, 4 were there already, 1 stood in the list before\nThey are in use now\n");
  });
});
