// `keys set` says what is to change of which keys, and tells of those that cannot be changed.
import { describe, expect, test } from "bun:test";
import { FakeTerminal } from "../fake-terminal.ts";
import { withDaemon } from "../with-daemon.ts";

const KEY = "sk-fake-0123456789abcdef";
const CHANGED = { keys: [{ id: "1", name: "team-a", provider: "openai", source: "key store" }], refused: [] };

test.each<[readonly string[], Readonly<Record<string, unknown>>]>([
  [["team-a", "--name", "prime"], { keys: ["team-a"], name: "prime" }],
  [["team-*", "--weight", "2.5", "--priority", "-1"], { keys: ["team-*"], weight: 2.5, priority: -1 }],
  [["--status", "ready", "--models", "gpt-*, o1"], { keys: [], status: "ready", models: ["gpt-*", "o1"] }],
  [
    ["a", "b", "--provider", "openai", "--limit", "rpm=60, tpd=2M", "--limit", "day=UTC"],
    { keys: ["a", "b"], provider: "openai", limits: { rpm: "60", tpd: "2M", day: "UTC" } },
  ],
  [["a", "--unset", "name", "--unset", "models"], { keys: ["a"], name: null, models: null }],
  [["a", "--unset", "rpm", "--limit", "tpm=5"], { keys: ["a"], limits: { rpm: null, tpm: "5" } }],
  [["a", "--unset", "limits"], { keys: ["a"], limits: null }],
])("keys set %j", async (words, input) => {
  await using place = withDaemon({ "keys.set": CHANGED });
  expect(await place.run(["keys", "set", ...words])).toEqual({
    exitCode: 0,
    out: "Changed team-a of openai\n",
    err: "",
  });
  expect(place.daemon.calls).toEqual([{ name: "keys.set", input }]);
});

describe("keys set refuses, before anything is asked,", () => {
  test.each<[string, readonly string[], string]>([
    ["no key", ["--weight", "2"], "Which keys? Name them"],
    ["nothing to change", ["a"], "What is to change? Give --name, --weight"],
    ["a number that is none", ["a", "--weight", "x"], "Cannot use --weight: expected a number above 0, at most 1000"],
    ["a limit that is none", ["a", "--limit", "rpm=-1"], "Cannot use --limit rpm: expected a count such as 500"],
    ["one setting both ways", ["a", "--name", "x", "--unset", "name"], "Cannot set and unset name at once"],
    ["one limit both ways", ["a", "--limit", "rpm=1", "--unset", "rpm"], "Cannot set and unset rpm at once"],
    ["limits both ways", ["a", "--limit", "rpm=1", "--unset", "limits"], "Cannot set and unset limits at once"],
    ["limits twice", ["a", "--unset", "rpm", "--unset", "limits"], "Cannot set and unset limits at once"],
    ["a setting that there is not", ["a", "--unset", "wieght"], "Allowed choices are name, weight"],
  ])("%s", async (_what, words, message) => {
    await using place = withDaemon();
    const { exitCode, out, err } = await place.run(["keys", "set", ...words]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain(message);
    expect(place.daemon.calls).toEqual([]);
  });
});

test("keys set says why a key stays as it is, and ends with 1", async () => {
  await using place = withDaemon();
  expect(await place.run(["keys", "set", "--provider", "openai", "--status", "ready", "--weight", "2"])).toEqual({
    exitCode: 1,
    out: "Changed team-a of openai\n",
    err: "Cannot change main of deepseek: it comes from config.yaml:14:9: change it there\n",
  });
});

test("keys set without a daemon counts from the next start on, and is still there then", async () => {
  using terminal = new FakeTerminal();
  await terminal.run(["keys", "add", "--name", "team-a", "--limit", "tpm=30k"], { stdin: KEY });
  expect((await terminal.run(["keys", "set", "team-a", "--weight", "2", "--limit", "rpm=60"])).out).toBe(
    "Changed team-a of openai, from the next start on\n",
  );
  const { keys } = JSON.parse((await terminal.run(["keys", "list", "--json"])).out);
  expect(keys).toMatchObject([{ name: "team-a", weight: 2, own_limits: { rpm: "60", tpm: "30k" } }]);
  expect(keys[0].added_at).toBeString();
});

test("keys set answers with JSON", async () => {
  await using place = withDaemon({ "keys.set": CHANGED });
  expect(JSON.parse((await place.run(["keys", "set", "team-a", "--weight", "2", "--json"])).out)).toEqual(CHANGED);
});
