// What operators' rules make of answers: when they hold, and what follows.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { RuleAction, RuleConfig } from "../../../src/config/config.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import { classify } from "../../../src/upstream/classify.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
import { answer, factsOf, inside, NOW, openai, openrouter } from "../classify/fake-answer.ts";
import { rule } from "./fake-rule.ts";

const HOUR = 3_600_000;
const LIMITED = answer(429, openai("Slow down, please try again in 20s", "rate_limit_exceeded"));

function judge(outcome: Outcome, ...rules: readonly RuleConfig[]): Verdict {
  return classify(outcome, { ...factsOf("openai"), rules });
}

describe("the first rule that holds says", () => {
  test.each<[RuleAction, Partial<RuleConfig>, Partial<Verdict>]>([
    [
      "client",
      {},
      { blame: "client", outcome: "client_error", effect: { kind: "none" }, next: "stop", last: "upstream" },
    ],
    ["rotate", {}, { blame: "none", outcome: "by_rule", effect: { kind: "none" }, next: "rotate", last: "upstream" }],
    [
      "cool_key",
      { forMs: HOUR },
      {
        blame: "key",
        outcome: "by_rule",
        effect: { kind: "key-cooled", forMs: HOUR },
        next: "rotate",
        last: "no_usable_key",
      },
    ],
    [
      "cool_key",
      { until: { hour: 0, minute: 0, zone: "America/Los_Angeles" } },
      { effect: { kind: "key-cooled", forMs: 20 * HOUR } },
    ],
    ["cool_key", {}, { effect: { kind: "key-cooled", forMs: 20_000 } }],
    [
      "cool_model",
      { forMs: HOUR },
      {
        blame: "key-model",
        outcome: "rate_limited",
        effect: { kind: "rate-limited", retryAfterMs: HOUR },
        next: "rotate",
        last: "rate_limited",
      },
    ],
    [
      "cool_model",
      { until: { hour: 13, minute: 30, zone: "UTC" } },
      { effect: { kind: "rate-limited", retryAfterMs: 1.5 * HOUR } },
    ],
    [
      "exhaust",
      { forMs: HOUR },
      {
        blame: "key",
        outcome: "no_credit",
        effect: { kind: "key-exhausted", retryAfterMs: HOUR },
        next: "rotate",
        last: "no_credit",
      },
    ],
    ["exhaust", {}, { effect: { kind: "key-exhausted", retryAfterMs: 20_000 } }],
    [
      "disable",
      {},
      { blame: "key", outcome: "by_rule", effect: { kind: "key-disabled" }, next: "rotate", last: "no_usable_key" },
    ],
    [
      "retry",
      {},
      {
        blame: "provider-model",
        outcome: "server_error",
        effect: { kind: "server-error" },
        next: "retry",
        last: "upstream",
      },
    ],
    [
      "ignore",
      {},
      {
        blame: "none",
        outcome: "ok",
        effect: { kind: "success", complete: true, latencyMs: 5 },
        next: "stop",
        last: "upstream",
      },
    ],
  ])("%s %o", (action, conditions, expected) => {
    const verdict = judge(LIMITED, rule(action, conditions));
    expect(verdict).toMatchObject({ ...expected, status: 429, reason: "rule_1" });
    expect(verdict.message).toBe("Slow down, please try again in 20s");
  });

  test("nothing of a rest that nobody states, but for a key", () => {
    const silent = answer(418);
    expect(judge(silent, rule("cool_key")).effect).toEqual({ kind: "key-cooled", forMs: 60_000 });
    expect(judge(silent, rule("cool_model")).effect).toEqual({ kind: "rate-limited" });
    expect(judge(silent, rule("exhaust")).effect).toEqual({ kind: "key-exhausted" });
  });
});

describe("a rule", () => {
  test.each<[string, Outcome, RuleConfig, boolean]>([
    ["of a status", answer(429), rule("client", { status: [400, 429] }), true],
    ["of another status", answer(428), rule("client", { status: [400, 429] }), false],
    ["of a class", answer(499), rule("client", { status: ["4xx"] }), true],
    ["of another class", answer(500), rule("client", { status: ["4xx"] }), false],
    ["of the other class", answer(599), rule("client", { status: ["5xx"] }), true],
    ["of every error", answer(503), rule("client"), true],
    ["of a code", LIMITED, rule("client", { code: ["x", "rate_limit_exceeded"] }), true],
    ["of a type", LIMITED, rule("client", { code: ["invalid_request_error"] }), true],
    ["of a code in another case", LIMITED, rule("client", { code: ["Rate_Limit_Exceeded"] }), false],
    ["of a code, without a body", answer(429), rule("client", { code: ["rate_limit_exceeded"] }), false],
    ["of the message", LIMITED, rule("client", { bodyMatches: /^Slow down/ }), true],
    ["of another message", LIMITED, rule("client", { bodyMatches: /Hurry/ }), false],
    ["of HTML", answer(403, "<html>Access <b>denied</b>"), rule("client", { bodyMatches: /<b>denied/ }), true],
    ["of JSON of another shape", answer(400, { oops: "bad luck" }), rule("client", { bodyMatches: /bad luck/ }), true],
    [
      "of a body after 8 KiB",
      answer(500, `{${"x".repeat(8 * 1024)}bad luck`),
      rule("client", { bodyMatches: /luck/ }),
      false,
    ],
    ["of an empty body", answer(500), rule("client", { bodyMatches: /.*/ }), false],
    [
      "of the text of the provider behind the provider",
      answer(400, { error: { message: "Provider returned error", code: 400, metadata: { raw: "bad luck" } } }),
      rule("client", { bodyMatches: /bad luck/ }),
      true,
    ],
    ["of several conditions", LIMITED, rule("client", { status: [429], code: ["x"], bodyMatches: /Slow/ }), false],
    ["of an error inside a 200", inside(openai("m", "odd")), rule("client", { code: ["odd"] }), true],
    ["of the status of an error inside a 200", inside(openrouter(429, "m")), rule("client", { status: [429] }), true],
    ["of a class, for an error inside a 200", inside(openai("m", "odd")), rule("client", { status: ["5xx"] }), false],
    ["of every error, for a success", answer(200, { id: "x" }), rule("client"), false],
    ["of every error, for a redirect", answer(302), rule("client"), false],
    ["of every error, for a page in a 200", answer(200, "<html>"), rule("client"), false],
    ["of every error, for a lost connection", { kind: "maybe-executed", cause: "ECONNRESET" }, rule("client"), false],
  ])("%s", (_name, outcome, given, isHeld) => {
    expect(judge(outcome, given).reason === "rule_1").toBe(isHeld);
  });

  test("comes before the facts of the dialect", () => {
    const dead = answer(401, openai("m", "invalid_api_key"));
    expect(judge(dead, rule("rotate", { status: [401] })).blame).toBe("none");
    expect(judge(dead).effect).toEqual({ kind: "key-invalid" });
  });

  test("that holds first decides, and is the reason by its name", () => {
    const named = rule("retry", { status: [429], name: "provider_rule_7" });
    const rules = [rule("client", { status: [500] }), named, rule("disable")];
    expect(judge(LIMITED, ...rules)).toMatchObject({ reason: "provider_rule_7", effect: { kind: "server-error" } });
  });

  test("leaves what the answer says of limits", () => {
    const outcome = answer(429, "", [["x-ratelimit-limit-requests", "5"]]);
    expect(judge(outcome, rule("rotate")).quota).toEqual({ readings: [{ unit: "requests", limit: 5 }] });
  });

  test("prints no secret", () => {
    const outcome = answer(400, openai("Key sk-fake-secret-1234567890 is odd"));
    expect(judge(outcome, rule("client")).message).toBe("Key **** is odd");
  });
});

test("law: whatever holds, a verdict is consistent and every wait is a positive number", () => {
  const actions = ["client", "rotate", "cool_key", "cool_model", "exhaust", "disable", "retry", "ignore"] as const;
  const zones = fc.constantFrom("UTC", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Apia", "Europe/Berlin");
  const until = fc.record({ hour: fc.nat(23), minute: fc.nat(59), zone: zones });
  const conditions = fc.record(
    {
      status: fc.array(fc.constantFrom(400, 429, 500, "4xx" as const, "5xx" as const), { maxLength: 2 }),
      code: fc.array(fc.constantFrom("a", "b"), { maxLength: 2 }),
      forMs: fc.integer({ min: 1, max: 1e9 }),
      until,
    },
    { requiredKeys: [] },
  );
  const rules = fc.array(
    fc.tuple(fc.constantFrom(...actions), conditions).map(([action, given]) => rule(action, given)),
    { maxLength: 4 },
  );
  const now = fc.integer({ min: NOW, max: NOW + 400 * 24 * HOUR });
  fc.assert(
    fc.property(rules, fc.integer({ min: 200, max: 600 }), fc.constantFrom("a", "c"), now, (list, status, code, at) => {
      const verdict = classify(answer(status, openai("m", code)), { ...factsOf("openai"), rules: list, now: at });
      const { effect } = verdict;
      const wait = effect.kind === "key-cooled" ? effect.forMs : "retryAfterMs" in effect ? effect.retryAfterMs : 1;
      expect(Number.isFinite(wait) && Number(wait) > 0).toBe(true);
      expect(verdict.outcome === "ok").toBe(effect.kind === "success");
      if (verdict.blame === "client") expect(verdict.next).toBe("stop");
      if (verdict.reason.startsWith("rule_")) expect(list[Number(verdict.reason.slice(5)) - 1]).toBeDefined();
    }),
  );
});
