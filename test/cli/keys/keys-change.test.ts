// `keys remove` asks before it deletes; `enable`, `disable` and `reset` do what is asked of the keys that are meant.
import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../../src/cli/cli-context.ts";
import { keyRow } from "../../fixture/key-row.ts";
import { KEYS, listed } from "../daemon-answers.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { withDaemon } from "../with-daemon.ts";

const REMOVED = {
  "keys.remove": { removed: [{ id: "1", name: "team-a", provider: "openai", source: "key store" }], refused: [] },
};
const ONE = { "keys.list": listed(KEYS.slice(0), 5) } as const;

describe("keys remove", () => {
  test("asks on a terminal, and removes after a yes", async () => {
    await using place = withDaemon({ ...REMOVED, "keys.list": listed(KEYS.slice(0, 2), 5) });
    const { exitCode, out } = await place.run(["keys", "remove", "team-*"], { isTerminal: true, answers: [true] });
    expect(place.terminal.questions).toEqual(["Remove team-a of openai, team-b of openai for good?"]);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: "Removed team-a of openai\n" });
    expect(place.daemon.lastInput("keys.remove")).toEqual({ keys: ["team-*"] });
  });

  test.each([
    ["a no", false, 0, "Nothing was removed\n"],
    ["Ctrl-C", new Interrupted("Ctrl-C"), 130, ""],
  ])("removes nothing after %s", async (_case, answer, exitCode, err) => {
    await using place = withDaemon({ ...REMOVED, ...ONE });
    const printed = await place.run(["keys", "remove", "team-a"], { isTerminal: true, answers: [answer] });
    expect(printed).toEqual({ exitCode, out: "", err });
    expect(place.daemon.lastInput("keys.remove")).toBeUndefined();
  });

  test("off a terminal it needs --yes, and asks nobody", async () => {
    await using place = withDaemon({ ...REMOVED, ...ONE });
    const refused = await place.run(["keys", "remove", "team-a"]);
    expect(refused).toEqual({
      exitCode: 2,
      out: "",
      err: "Removed keys cannot be brought back: --yes says that it is meant\n",
    });
    expect(place.daemon.lastInput("keys.remove")).toBeUndefined();
    expect(await place.run(["keys", "remove", "team-a", "--yes"])).toMatchObject({ exitCode: 0 });
    expect(place.terminal.questions).toEqual([]);
  });

  test("does not ask where no key is meant", async () => {
    await using place = withDaemon({
      "keys.list": listed([], 5),
      "keys.remove": { removed: [], refused: [] },
    });
    const { out } = await place.run(["keys", "remove", "--status", "invalid"], { isTerminal: true });
    expect(out).toBe("Removed no key\n");
  });

  test("names ten keys in its question, and counts the others", async () => {
    const keys = Array.from({ length: 13 }, (_, index) => keyRow({ id: `00000000000${index}`, name: `k${index}` }));
    await using place = withDaemon({ ...REMOVED, "keys.list": listed(keys, 13) });
    await place.run(["keys", "remove", "k*"], { isTerminal: true, answers: [false] });
    expect(place.terminal.questions[0]).toEndWith("k9 of openai, and 3 other keys for good?");
  });

  test("says why a key of the configuration stays, and how to go on", async () => {
    using terminal = new FakeTerminal();
    const env = { OPENAI_API_KEY: "sk-fake-0123456789abcdef" };
    const { exitCode, out, err } = await terminal.run(["keys", "remove", "sk-f...cdef", "--yes"], { env });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(err).toBe(
      "Cannot remove sk-f...cdef of openai: it comes from OPENAI_API_KEY: remove it there, or disable it\n",
    );
  });
});

test.each([
  ["enable", "Enabled batch of openai\n"],
  ["disable", "Disabled team-a of openai, team-b of openai\n"],
  ["reset", "Reset team-b of openai\n"],
])("keys %s says which keys it changed", async (name, out) => {
  await using place = withDaemon();
  expect(await place.run(["keys", name, "--status", "ready", "--provider", "openai", "team-*"])).toEqual({
    exitCode: 0,
    out,
    err: "",
  });
  expect(place.daemon.calls).toEqual([
    { name: `keys.${name}`, input: { keys: ["team-*"], provider: "openai", status: "ready" } },
  ]);
});

test.each<[readonly string[], object, boolean, string]>([
  [["--model", "gpt-4o"], { model: "gpt-4o" }, true, "Reset team-b of openai for gpt-4o\n"],
  [["--operation", "embeddings"], { operation: "embeddings" }, true, "Reset team-b of openai for embeddings\n"],
  [
    ["--model", "m", "--operation", "files"],
    { model: "m", operation: "files" },
    true,
    "Reset team-b of openai for m and files\n",
  ],
  [["--model", "m"], { model: "m" }, false, "Reset team-b of openai for m: nothing rested\n"],
  [[], {}, false, "Reset team-b of openai: nothing rested\n"],
])("keys reset with %j", async (more, asked, cleared, out) => {
  const [, teamB] = KEYS;
  const { id = "", name = "", provider = "", source = "" } = teamB ?? {};
  await using place = withDaemon({
    "keys.reset": { keys: [{ id, name, provider, source }], count: 1, passed_over: 0, cleared },
  });
  expect(await place.run(["keys", "reset", "team-b", ...more])).toEqual({ exitCode: 0, out, err: "" });
  expect(place.daemon.lastInput("keys.reset")).toEqual({ keys: ["team-b"], ...asked });
});

test("without a daemon a change counts from the next start on, and is still there then", async () => {
  using terminal = new FakeTerminal();
  await terminal.run(["keys", "add", "--name", "team-a"], { stdin: "sk-fake-0123456789abcdef" });
  expect((await terminal.run(["keys", "disable", "team-a"])).out).toBe(
    "Disabled team-a of openai, from the next start on\n",
  );
  const { keys } = JSON.parse((await terminal.run(["keys", "list", "--json"])).out);
  expect(keys).toMatchObject([{ name: "team-a", state: "disabled", reason: "operator" }]);
});

test.each(["enable", "disable", "reset", "remove"])("keys %s of everything must be said", async (name) => {
  await using place = withDaemon();
  const { exitCode, err } = await place.run(["keys", name, "--provider", "openai"]);
  expect(exitCode).toBe(2);
  expect(err).toStartWith("Which keys? ");
  expect(place.daemon.calls).toEqual([]);
});
