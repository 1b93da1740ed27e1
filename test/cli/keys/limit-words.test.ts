// What the tables say of limits: the tightest ones, in few words and round numbers.
import { describe, expect, test } from "bun:test";
import type { KeyRow } from "../../../src/admin/key-rows.ts";
import { groupText, limitsText, usedUpText } from "../../../src/cli/keys/limit-words.ts";

type Limit = KeyRow["limits"][number];

const limit = (name: Limit["name"], used: number, most: number, more: Partial<Limit> = {}): Limit => ({
  name,
  source: "config",
  used,
  limit: most,
  ...more,
});

test.each<[string, readonly Limit[]]>([
  ["", []],
  ["rpm 48/60", [limit("rpm", 48, 60)]],
  ["gpt-4o tpm 12k/30k", [limit("tpm", 12_040, 30_000, { model: "gpt-4o", source: "headers" })]],
  ["3/3 at once", [limit("concurrency", 3, 3)]],
  ["m 12/20 in 6s", [limit("learnt", 12, 20, { model: "m", source: "refusals", window_s: 6 })]],
  ["12/20 in 500ms", [limit("learnt", 12, 20, { window_s: 0.5 })]],
  ["m rpm 1/500 shared", [limit("rpm", 1, 500, { model: "m", group: "org-2" })]],
  // The tightest two, the tighter first.
  ["rpd 900/1000, rpm 5/60", [limit("tpm", 0, 30_000), limit("rpm", 5, 60), limit("rpd", 900, 1_000)]],
  ["rpm 0/0, rpd 9/10", [limit("rpd", 9, 10), limit("rpm", 0, 0)]],
  // Rounded down: a limit that is nearly used up does not look used up.
  ["tpm 29.9k/30k", [limit("tpm", 29_999, 30_000)]],
  ["tpm 9999/150k", [limit("tpm", 9_999, 150_000)]],
  ["tpd 1.2M/100M", [limit("tpd", 1_290_000, 100_000_000)]],
])("limitsText: %s", (text, limits) => {
  expect(limitsText(limits)).toBe(text);
});

describe("usedUpText", () => {
  test.each<[string, readonly Limit[]]>([
    ["rpd 1000/1000 used up", [limit("rpm", 1, 60), limit("rpd", 1_000, 1_000)]],
    ["", [limit("rpm", 59, 60)]],
    // An answer that ends makes room at once.
    ["", [limit("concurrency", 3, 3)]],
    ["", []],
  ])("%p", (text, limits) => {
    expect(usedUpText(limits)).toBe(text);
  });
});

test.each([
  ["org-2", "group org-2"],
  ["organization org-abc", "organization org-abc"],
  ["project proj_1", "project proj_1"],
])("groupText of %s", (group, text) => {
  expect(groupText(group)).toBe(text);
});
