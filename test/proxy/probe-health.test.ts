// What health learns of a probe: a free call proves of the key its credential, a chat is as good as a client's.
import { describe, expect, test } from "bun:test";
import type { Effect } from "../../src/core/verdict.ts";
import { MINUTE, START } from "../balancer/fixtures.ts";
import { answers, DEAD_KEY, FAULT, ROLE, WORD } from "./fixtures.ts";
import { ANSWERS, MODELS, Probed } from "./probed.ts";

/** What a key met before, and the state that it is in for it. */
const BEFORE: Readonly<Record<string, readonly [Effect | undefined, number]>> = {
  ready: [undefined, 0],
  invalid: [{ kind: "key-invalid" }, 1],
  exhausted: [{ kind: "key-exhausted" }, 1],
  cooling: [{ kind: "key-refused" }, 3],
  "ready, m cooling": [{ kind: "rate-limited", retryAfterMs: 10 * MINUTE }, 1],
  "ready, m blocked": [{ kind: "model-missing" }, 1],
  "ready, chat/completions blocked": [{ kind: "operation-blocked" }, 1],
};

async function after(before: string, answer: string, model: string | undefined): Promise<string> {
  await using probed = new Probed({ models: { include: ["m", "*"] } }, ANSWERS[answer]);
  const [effect, times] = BEFORE[before] ?? [undefined, 0];
  if (effect !== undefined) probed.meet(effect, times);
  expect(probed.state).toBe(before);
  await probed.run({ model });
  return probed.state;
}

describe("health learns of a free call", () => {
  test.each<[string, string, string]>([
    ["invalid", "200", "ready"],
    ["invalid", "403 scope", "ready, models blocked"],
    ["cooling", "200", "ready"],
    ["ready", "401", "invalid"],
    ["ready", "429 no credit", "exhausted"],
    ["cooling", "401", "invalid"],
  ])("of a key that is %s and answered %s: %s", async (before, answer, expected) => {
    expect(await after(before, answer, undefined)).toBe(expected);
  });

  test("nothing of credit, limits and models, whatever the key is and whatever it is answered", async () => {
    // What it says of its own kind of requests counts for those alone.
    const added: Readonly<Record<string, string>> = {
      "403 scope": ", models blocked",
      "429 rate": ", undefined cooling",
    };
    const proves = new Set(["200", "403 scope"]);
    for (const before of Object.keys(BEFORE)) {
      for (const answer of Object.keys(ANSWERS)) {
        if (answer === "401" || answer === "429 no credit") continue;
        const isProven = proves.has(answer) && (before === "invalid" || before === "cooling");
        const expected = `${isProven ? "ready" : before}${added[answer] ?? ""}`;
        expect([before, answer, (await after(before, answer, undefined)).split(", ").toSorted()]).toEqual([
          before,
          answer,
          expected.split(", ").toSorted(),
        ]);
      }
    }
  });

  test("that three refusals rest a key, as those of clients do", async () => {
    await using probed = new Probed({}, ANSWERS["403"]);
    for (let i = 0; i < 3; i++) await probed.run();
    expect(probed.state).toBe("cooling");
  });

  test("that the provider cannot be reached, and that it can again", async () => {
    await using probed = new Probed({}, (call) => call.neverSent());
    for (let i = 0; i < 5; i++) await probed.run();
    expect(probed.state).toBe("ready, provider open");
    probed.world.script = answers(200, MODELS);
    await probed.run();
    expect(probed.state).toBe("ready");
  });

  test("that it is no use of the key", async () => {
    await using probed = new Probed({}, answers(200, MODELS));
    await probed.run();
    probed.world.script = answers(401, DEAD_KEY);
    await probed.run();
    expect(probed.report.key).toMatchObject({ used: 0, failed: 0 });
  });
});

describe("health learns of a chat", () => {
  test.each<[string, string, string]>([
    ["invalid", "200", "ready"],
    ["exhausted", "200", "ready"],
    ["cooling", "200", "ready"],
    ["ready, m cooling", "200", "ready"],
    ["ready, m blocked", "200", "ready"],
    ["ready, chat/completions blocked", "200", "ready"],
    ["ready", "401", "invalid"],
    ["ready", "429 no credit", "exhausted"],
    ["ready", "429 rate", "ready, m cooling"],
    ["ready", "404 model", "ready, m blocked"],
    ["ready", "403 scope", "ready, chat/completions blocked"],
    ["ready", "400", "ready"],
    ["ready", "500", "ready"],
    ["invalid", "500", "invalid"],
    ["exhausted", "429 rate", "exhausted, m cooling"],
  ])("of a key that is %s and answered %s: %s", async (before, answer, expected) => {
    expect(await after(before, answer, "m")).toBe(expected);
  });

  test("what a stream that began well and then broke says of its model", async () => {
    await using probed = new Probed({}, (call) => call.stream(ROLE, WORD).cut());
    for (let i = 0; i < 5; i++) await probed.chat();
    expect(probed.report.pool.openModels.map(({ model }) => model)).toEqual(["m"]);
  });

  test("that it is a use of the key", async () => {
    await using probed = new Probed({}, answers(500, FAULT));
    await probed.chat();
    expect(probed.report.key).toMatchObject({ used: 1, failed: 1 });
  });
});

test("nobody takes note of a probe without health", async () => {
  await using probed = new Probed({}, answers(401, DEAD_KEY));
  expect(await probed.chat({ isForHealth: false })).toMatchObject({ isOk: false, verdict: { outcome: "invalid_key" } });
  expect(await probed.run({ isForHealth: false })).toMatchObject({ isOk: false });
  expect([probed.state, probed.world.changes, probed.report.key.used]).toEqual(["ready", [], 0]);
});

test("changes of health are handed on", async () => {
  await using probed = new Probed({}, answers(401, DEAD_KEY));
  await probed.run();
  expect(probed.world.changes).toMatchObject([{ level: "key", from: "ready", to: "invalid", at: START }]);
});
