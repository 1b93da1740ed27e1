// Clearing by level: what it ends, what it leaves, what is on the disk and in the log, and what it says of nothing.
import { describe, expect, test } from "bun:test";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { START, verdictOf } from "../balancer/fixtures.ts";
import { type Lab, openLab } from "../daemon/instance-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { keyId } from "./every-state.ts";

const CHAT = "chat/completions";

function open(): Promise<Lab> {
  const key = (name: string, fields: object = {}) => ({ name, key: fakeSecret(name), ...fields });
  return openLab({
    config: {
      providers: [
        {
          name: "main",
          base_url: "https://main.example/v1",
          api_keys: [key("alone"), key("left", { quota_group: "g" }), key("right", { quota_group: "g" })],
        },
        { name: "off", base_url: "https://off.example/v1", api_keys: [key("asleep")], enabled: false },
      ],
    },
  });
}

function meet(lab: Lab, name: string, effect: Effect, { model = "m", operation = CHAT, client = "c" } = {}): void {
  const { balancer } = lab.instance;
  const need = { route: [[{ provider: "main", model }]], operation, client };
  const attempt = balancer.begin({ provider: "main", keyId: keyId(lab, name), model }, need, START);
  lab.instance.noteChanges(balancer.judge(attempt, verdictOf(effect), START));
  balancer.end(attempt, START);
}

/** `m cooling`, `files blocked`: what rests of a key. */
async function restsOf(lab: Lab, name: string): Promise<readonly string[]> {
  const { keys } = await lab.control.call("keys.list", { keys: [name] });
  return keys.flatMap(({ state, parts }) => [
    ...(state === "ready" ? [] : [state]),
    ...parts.map(({ model, operation, group, state: own }) =>
      [group, model ?? operation, own].filter((part) => part !== undefined).join(" "),
    ),
  ]);
}

async function fault(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof UserError) return error;
  throw new Error(`Expected an error for the user, got ${String(error)}`);
}

async function logOf(lab: Lab, scope: string) {
  return (await lab.log()).filter((record) => record.scope === scope && record.reason === "operator_reset");
}

const LIMITED: Effect = { kind: "rate-limited", retryAfterMs: 60_000 };

describe("keys.reset", () => {
  test.each<[object, readonly string[]]>([
    [{ model: "m" }, ["invalid", "n cooling", "files blocked"]],
    [{ operation: "files" }, ["invalid", "m cooling", "n cooling"]],
    [{ model: "n", operation: "files" }, ["invalid", "m cooling"]],
    [{ model: "none" }, ["invalid", "m cooling", "n cooling", "files blocked"]],
    [{}, []],
  ])("with %j leaves %j", async (clearing, left) => {
    await using lab = await open();
    meet(lab, "alone", LIMITED);
    meet(lab, "alone", LIMITED, { model: "n" });
    meet(lab, "alone", { kind: "operation-blocked" }, { operation: "files" });
    meet(lab, "alone", { kind: "key-invalid" });
    const { cleared } = await lab.control.call("keys.reset", { keys: ["alone"], ...clearing });
    expect(await restsOf(lab, "alone")).toEqual([...left]);
    expect(cleared).toBe(left.length < 4);
    await using next = await lab.restart();
    expect(await restsOf(next, "alone")).toEqual([...left]);
  });

  test("of a model clears what the key shares with its quota group, for all of it", async () => {
    await using lab = await open();
    meet(lab, "left", LIMITED);
    expect(await restsOf(lab, "right")).toEqual(["g m cooling"]);
    await lab.control.call("keys.reset", { keys: ["right"], model: "m" });
    expect(await restsOf(lab, "left")).toEqual([]);
  });

  test("says what it cleared in the log, and nothing where nothing rested", async () => {
    await using lab = await open();
    meet(lab, "alone", LIMITED);
    await lab.control.call("keys.reset", { keys: ["alone"], operation: "files" });
    await lab.control.call("keys.reset", { keys: ["alone"], model: "m" });
    expect(await logOf(lab, "key")).toMatchObject([
      { msg: "Key reset by an operator", level: "info", key: "alone", model: "m" },
    ]);
  });

  test("takes no empty name", async () => {
    await using lab = await open();
    expect((await fault(lab.control.call("keys.reset", { keys: ["alone"], model: "" }))).exitCode).toBe(EXIT.usage);
  });
});

describe("providers.reset", () => {
  function openBreakers(lab: Lab): void {
    for (let i = 0; i < 5; i++) {
      meet(lab, "alone", { kind: "server-error" }, { client: `s${i}` });
      meet(lab, "alone", { kind: "server-error" }, { client: `t${i}`, model: "n" });
      meet(lab, "alone", { kind: "unreachable" }, { client: `u${i}` });
    }
  }

  async function openOf(lab: Lab): Promise<readonly string[]> {
    const { providers } = await lab.control.call("health", { provider: "main" });
    return providers.flatMap(({ state, open_models }) => [
      ...(state === "up" ? [] : [state]),
      ...open_models.map(({ model }) => model),
    ]);
  }

  test.each<[object, readonly string[]]>([
    [{ model: "m" }, ["open", "n"]],
    [{ model: "none" }, ["open", "m", "n"]],
    [{}, []],
  ])("with %j leaves %j open, also after a restart", async (more, left) => {
    await using lab = await open();
    openBreakers(lab);
    expect(await openOf(lab)).toEqual(["open", "m", "n"]);
    const { cleared } = await lab.control.call("providers.reset", { provider: "main", ...more });
    expect([cleared, await openOf(lab)]).toEqual([left.length < 3, [...left]]);
    await using next = await lab.restart();
    expect(await openOf(next)).toEqual([...left]);
  });

  test("of what an earlier process left on the disk counts from the next start on", async () => {
    await using lab = await open();
    openBreakers(lab);
    await using offline = await lab.restart();
    expect(await openOf(offline)).toEqual(["open", "m", "n"]);
    await offline.control.call("providers.reset", { provider: "main" });
    await using next = await offline.restart();
    expect(await openOf(next)).toEqual([]);
  });

  test("leaves the keys as they are", async () => {
    await using lab = await open();
    meet(lab, "alone", { kind: "key-invalid" });
    openBreakers(lab);
    await lab.control.call("providers.reset", { provider: "main" });
    expect(await restsOf(lab, "alone")).toEqual(["invalid"]);
  });

  test("says so in the log", async () => {
    await using lab = await open();
    openBreakers(lab);
    await lab.control.call("providers.reset", { provider: "main", model: "m" });
    await lab.control.call("providers.reset", { provider: "main" });
    await lab.control.call("providers.reset", { provider: "main" });
    expect(await logOf(lab, "provider-model")).toMatchObject([
      { msg: "Model reset at this provider by an operator", provider: "main", model: "m" },
    ]);
    expect(await logOf(lab, "provider")).toMatchObject([
      { msg: "Provider reset by an operator", provider: "main", from: "open", to: "up" },
    ]);
  });

  test.each([
    ["mian", "There is no provider mian: did you mean main"],
    ["off", "The provider off is not enabled, so that nothing is called there"],
  ])("of %s says why not", async (provider, message) => {
    await using lab = await open();
    const error = await fault(lab.control.call("providers.reset", { provider }));
    expect([error.message, error.exitCode]).toEqual([message, EXIT.usage]);
  });
});
