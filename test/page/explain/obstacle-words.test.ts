// The words of what stands in a key's way.
import { describe, expect, test } from "bun:test";
import { OBSTACLES } from "../../../src/admin/explain-rows.ts";
import {
  causeText,
  type Limit,
  limitsMeant,
  reasonText,
  type Strategy,
} from "../../../src/page/explain/obstacle-words.ts";

const STRATEGIES: readonly Strategy[] = ["balanced", "round_robin", "random", "fill_first", "least_used", "headroom"];

describe("reasonText", () => {
  test("has words for each obstacle, with each strategy", () => {
    for (const code of OBSTACLES)
      for (const strategy of [undefined, ...STRATEGIES]) expect(reasonText({ code }, strategy)).not.toContain("_");
  });

  test("tells whose turn it is by the strategy", () => {
    expect(reasonText({ code: "busier" }, "balanced")).toBe("has more in flight");
    expect(reasonText({ code: "other_turn" }, "balanced")).toBe("it is another key's turn");
    expect(reasonText({ code: "other_turn" }, "fill_first")).toBe("comes after it in the configuration");
  });

  test("tells of an operator, and of a group", () => {
    expect(reasonText({ code: "disabled", reason: "operator" })).toBe("disabled by an operator");
    expect(reasonText({ code: "group_exhausted", group: "org-1" })).toBe("quota group org-1: no credit");
  });
});

describe("limitsMeant", () => {
  const limit = (name: Limit["name"], source: Limit["source"], used: number): Limit => ({
    ...{ name, source, used, limit: 10 },
  });

  test("are those that are used up, or else all of the source", () => {
    const [full, free, other] = [limit("rpm", "config", 10), limit("tpm", "config", 3), limit("rpm", "headers", 10)];
    expect(limitsMeant({ code: "limit_stated" }, [full, free, other])).toEqual([full]);
    expect(limitsMeant({ code: "limit_stated" }, [free, other])).toEqual([free]);
    expect(limitsMeant({ code: "cooling" }, [full])).toEqual([]);
  });

  test("are never slots, which have a reason of their own", () => {
    expect(limitsMeant({ code: "limit_stated" }, [limit("concurrency", "config", 10)])).toEqual([]);
  });
});

test("causeText says what the provider said, and nothing of an operator", () => {
  expect(causeText({ code: "invalid", status: 401, reason: "invalid_api_key", message: "No" })).toBe(
    "401 · invalid_api_key · No",
  );
  expect(causeText({ code: "disabled", reason: "operator" })).toBe("");
  expect(causeText({ code: "concurrency" })).toBe("");
});
