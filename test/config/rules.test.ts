// Rules: what an operator makes of answers, in the order in which they are asked.
// biome-ignore-all lint/suspicious/noThenProperty: rules have a field of this name, whose value nothing can call.
import { describe, expect, test } from "bun:test";
import type { RuleConfig } from "../../src/config/config.ts";
import { diagnose, loadValid, TOKENS } from "./load.ts";

const A = { name: "a", base_url: "https://a.example/v1", api_keys: ["sk-fake-1"] };
const B = { name: "b", base_url: "https://b.example/v1", api_keys: ["sk-fake-2"] };

function rulesOf(fields: object, provider = 0): readonly RuleConfig[] {
  const yaml = JSON.stringify({ ...TOKENS, providers: [A, B], ...fields });
  return loadValid({ yaml }).config.providers[provider]?.rules ?? [];
}

const NONE = { status: undefined, code: undefined, bodyMatches: undefined, forMs: undefined, until: undefined };

test.each<[string, object, Partial<RuleConfig>]>([
  ["a status", { status: 429, then: "client" }, { status: [429], then: "client" }],
  ["a class of statuses", { status: "5xx", then: "rotate" }, { status: ["5xx"], then: "rotate" }],
  ["statuses", { status: [404, "4xx"], then: "retry" }, { status: [404, "4xx"], then: "retry" }],
  ["a code", { code: "busy", then: "ignore" }, { code: ["busy"], then: "ignore" }],
  ["codes", { code: ["a", "b"], then: "disable" }, { code: ["a", "b"], then: "disable" }],
  ["a duration", { code: "a", then: "cool_key", for: "1h" }, { code: ["a"], then: "cool_key", forMs: 3_600_000 }],
  [
    "a time of the day",
    { code: "a", then: "cool_model", until: "07:30 America/Los_Angeles" },
    { code: ["a"], then: "cool_model", until: { hour: 7, minute: 30, zone: "America/Los_Angeles" } },
  ],
  ["no end", { code: "a", then: "exhaust" }, { code: ["a"], then: "exhaust" }],
  [
    "everything",
    { status: 400, code: "a", body_matches: "quota", then: "exhaust", for: "1s" },
    { status: [400], code: ["a"], bodyMatches: /quota/u, then: "exhaust", forMs: 1_000 },
  ],
])("a rule may have %s, at the top level and of a provider", (_, written, expected) => {
  const rules = (name: string): readonly RuleConfig[] => [{ ...NONE, ...expected, name } as RuleConfig];
  expect(rulesOf({ rules: [written] })).toEqual(rules("rule_1"));
  expect(rulesOf({ providers: [{ ...A, rules: [written] }] })).toEqual(rules("provider_rule_1"));
});

test("rules of the provider come first, then those of the top level that are for it", () => {
  const rule = (code: string, more: object = {}) => ({ code, then: "rotate", ...more });
  const fields = {
    rules: [rule("all-1"), rule("for-b", { provider: "b" }), rule("for-a", { provider: "a" }), rule("all-2")],
    providers: [{ ...A, rules: [rule("own-1"), rule("own-2")] }, B],
  };
  const codes = (provider: number) => rulesOf(fields, provider).flatMap(({ code }) => code);
  expect(codes(0)).toEqual(["own-1", "own-2", "all-1", "for-a", "all-2"]);
  expect(codes(1)).toEqual(["all-1", "for-b", "all-2"]);
  const names = (provider: number) => rulesOf(fields, provider).map(({ name }) => name);
  expect(names(0)).toEqual(["provider_rule_1", "provider_rule_2", "rule_1", "rule_3", "rule_4"]);
  expect(names(1)).toEqual(["rule_1", "rule_2", "rule_4"]);
});

test("what is shown of a provider are its own rules, so that it could be written", () => {
  const fields = {
    rules: [{ code: "a", then: "rotate" }],
    providers: [{ ...A, rules: [{ code: "b", then: "retry" }] }],
  };
  const loaded = loadValid({ yaml: JSON.stringify({ ...TOKENS, ...fields }) });
  const again = loadValid({ yaml: JSON.stringify(loaded.effective) });
  expect(again.config.providers[0]?.rules).toEqual(loaded.config.providers[0]?.rules ?? []);
});

test("a status may come from a variable", () => {
  const yaml = JSON.stringify({ ...TOKENS, providers: [A], rules: [{ status: "$\x7bSTATUS}", then: "retry" }] });
  expect(loadValid({ yaml, env: { STATUS: "418" } }).config.providers[0]?.rules[0]?.status).toEqual([418]);
});

describe("body_matches", () => {
  const matcher = (body_matches: string) => rulesOf({ rules: [{ body_matches, then: "client" }] })[0]?.bodyMatches;

  test("tells case apart unless it says otherwise, and may be asked again and again", () => {
    const exact = matcher("Daily quota of \\d+ requests");
    const matches = ["Daily quota of 5 requests", "daily quota of 5 requests", "Daily quota of 5 requests"];
    expect(matches.map((text) => exact?.test(text))).toEqual([true, false, true]);
    expect(matcher("(?i:daily)")?.test("DAILY")).toBe(true);
  });

  test.each([
    [".*quota", /quota/u],
    [".*?.*quota.*", /quota.*/u],
    [".*", /(?:)/u],
    ["^.*quota", /^.*quota/u],
    [".+quota", /.+quota/u],
  ])("%s is looked for without what a search does not need", (written, expected) => {
    expect(String(matcher(written))).toBe(String(expected));
  });

  test.each([
    "(a+)+",
    "(?:a*)*b",
    "(\\w+\\s?)*$",
    "((a|b+)c)+",
    "(?<n>x{2,})*",
    "(a{1,9}){10}",
    "(?:[a)+]+)*",
    "x(?=(y+)*z)",
  ])("%s could take forever and is refused", (body_matches) => {
    const yaml = JSON.stringify({ ...TOKENS, providers: [A], rules: [{ body_matches, then: "client" }] });
    expect(diagnose({ yaml })).toEqual([
      expect.stringContaining("rules[0].body_matches: expected a regular expression that repeats nothing which is"),
    ]);
  });

  test.each([
    "a+b+",
    "(ab)+",
    "(?:\\d{1,3}\\.){3}\\d{1,3}",
    "(a+)?",
    "(a+)(b+)",
    "[(a+)+]+",
    "\\(a+\\)+",
    "(?:a{3})*",
    "x{2}y*",
  ])("%s is accepted", (pattern) => {
    expect(matcher(pattern)).toEqual(new RegExp(pattern, "u"));
  });
});

test("a rest that is longer than any may be is warned of, and so is a provider that is off", () => {
  const fields = {
    providers: [A, { ...B, enabled: false, rules: [{ code: "a", then: "cool_key", for: "2d" }] }],
    rules: [{ code: "a", provider: "b", then: "exhaust", for: "25h" }],
  };
  const says = (more: object) =>
    diagnose({ yaml: JSON.stringify({ ...TOKENS, ...fields, ...more }) }).map((line) => line.replace(/\d+:\d+/, "-"));
  const off = "warning: config.yaml:- rules[0].provider: has no effect at present: providers[1] is not enabled";
  expect(says({})).toEqual([
    "warning: config.yaml:- providers[1].rules[0].for: is cut to health.max_cooldown: no key rests longer",
    off,
    "warning: config.yaml:- rules[0].for: is cut to health.max_cooldown: no key rests longer",
  ]);
  expect(says({ health: { max_cooldown: "48h" } })).toEqual([off]);
});

test("the whole of it is frozen, expressions too", () => {
  const [rule] = rulesOf({ rules: [{ status: [400], body_matches: "x", then: "client" }] });
  expect([rule, rule?.status, rule?.bodyMatches].every(Object.isFrozen)).toBe(true);
});
