// Wrong input is told field by field, with what was expected and got, and never with a value.
import { describe, expect, test } from "bun:test";
import { checkInput } from "../../src/admin/check-input.ts";
import { OPERATIONS } from "../../src/admin/operation-table.ts";
import { fakeSecret } from "../fixture/secrets.ts";

function check(name: string, given: unknown) {
  const operation = OPERATIONS.get(name);
  if (operation === undefined) throw new Error(`There is no operation ${name}`);
  return checkInput(operation, given);
}

describe("checkInput", () => {
  test("gives the input with its defaults", () => {
    expect(check("keys.add", { keys: [{ key: "k", name: "  mine " }] })).toEqual({
      ok: true,
      input: { keys: [{ key: "k", name: "mine" }], test: false, skip_unfit: false, dry_run: false },
    });
    expect(check("daemon.log", {})).toEqual({ ok: true, input: { last: 100, follow: false } });
  });

  test.each<[string, unknown, string]>([
    ["tokens.revoke", {}, "tokens: expected a list, got nothing"],
    ["keys.set", { limits: { rpmm: 1 } }, "limits.rpmm: unknown field, did you mean rpm"],
    ["keys.add", { keys: [] }, "keys: expected at least 1 item, got an empty list"],
    ["keys.add", { keys: "x" }, "keys: expected a list, got a string of 1 character"],
    ["keys.add", { keys: [7] }, "keys[0]: expected a map of fields, got a number"],
    ["keys.add", { keys: [{ key: "" }] }, "keys[0].key: expected at least 1 character, got an empty string"],
    ["keys.add", { keys: [{ key: "k", weight: 0 }] }, "keys[0].weight: expected more than 0, got a smaller one"],
    ["keys.add", { keys: [{ key: "k", weight: 1001 }] }, "keys[0].weight: expected at most 1000, got a larger one"],
    [
      "keys.add",
      { keys: [{ key: "k", priority: 0.5 }] },
      "keys[0].priority: expected a whole number, got a number that is not whole",
    ],
    [
      "keys.add",
      { keys: [{ key: "k", name: "n".repeat(201) }] },
      "keys[0].name: expected at most 200 characters, got a string of 201 characters",
    ],
    ["keys.add", { keys: [{ key: "k", models: [null] }] }, "keys[0].models[0]: expected a string, got nothing"],
    ["keys.add", { keys: [{ key: "k", weigth: 1 }] }, "keys[0].weigth: unknown field, did you mean weight"],
    ["keys.list", { statsu: "ready" }, "statsu: unknown field, did you mean status"],
    ["keys.list", { nothingLikeIt: 1 }, "nothingLikeIt: unknown field"],
    [
      "keys.list",
      { status: "dead" },
      "status: expected one of ready, half_open, cooling, exhausted, invalid, disabled, unused, or a list of these, got a string of 4 characters",
    ],
    ["test", { all_keys: "yes" }, "all_keys: expected true or false, got a string of 3 characters"],
    [
      "daemon.log",
      { since: "today" },
      "since: expected a time such as 2026-01-31T12:00:00Z, got a string of 5 characters",
    ],
    ["daemon.log", { status: "9" }, "status: expected a status such as 429 or 4xx, got a string of 1 character"],
    ["status", null, "the input: expected a map of fields, got nothing"],
    ["status", [1, 2], "the input: expected a map of fields, got a list of 2 items"],
    ["status", JSON.parse('{"__proto__": 1}'), "__proto__: unknown field"],
    ["status", { constructor: 1 }, "constructor: unknown field"],
  ])("of %s for %j: %s", (name, given, message) => {
    expect(check(name, given)).toEqual({ ok: false, message });
  });

  test("tells every mistake at once, up to ten", () => {
    const keys = Array.from({ length: 13 }, () => ({ key: "" }));
    const checked = check("keys.add", { keys });
    const parts = checked.ok ? [] : checked.message.split("; ");
    expect([parts.length, parts.at(-1)]).toEqual([11, "and 3 more"]);
  });

  test("quotes no value and no name that could be a secret", () => {
    const secret = fakeSecret("in the wrong place", true);
    const places: readonly (readonly [string, unknown])[] = [
      ["keys.add", { keys: [{ key: 1, name: [secret], weight: secret, models: secret }], provider: [secret] }],
      ["keys.add", { keys: [{ key: "k", [secret]: secret }], [secret]: { [secret]: secret } }],
      ["keys.add", { keys: { [secret]: secret } }],
      ["keys.list", { status: secret, provider: { [secret]: 1 } }],
      ["daemon.log", { since: secret, status: secret, last: secret }],
      ["config.set", { path: 5, value: [secret] }],
      ["status", secret],
    ];
    for (const [name, given] of places) {
      const checked = check(name, given);
      expect(checked.ok ? "" : checked.message).toMatch(/expected|unknown field/);
      expect(JSON.stringify(checked)).not.toContain(secret);
    }
  });
});
