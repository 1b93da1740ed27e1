// How requests count.
import { expect, test } from "bun:test";
import { type Ended, endingOf, isFailedAttempt, isFailure } from "../../src/records/ending.ts";

test.each<[Partial<Ended>, ReturnType<typeof endingOf>, boolean]>([
  [{}, "served", false],
  [{ status: 404, outcome: "client_error" }, "refused", false],
  [{ status: 404, outcome: undefined }, "refused", false],
  [{ status: 413, outcome: "too_big" }, "refused", false],
  [{ status: 429, outcome: "rate_limited" }, "refused", true],
  [{ status: 401, outcome: "invalid_key" }, "refused", true],
  [{ status: 503, outcome: undefined, end: "error" }, "failed", true],
  [{ status: 200, end: "interrupted", outcome: "cut" }, "failed", true],
  [{ status: 200, end: "client_gone", outcome: "client_gone" }, "gone", false],
  [{ status: undefined, end: "client_gone" }, "gone", false],
  [{ status: 101, end: "error", outcome: "cut" }, "failed", true],
  [{ status: 101, end: "error", outcome: "client_gone" }, "served", false],
])("%j is %s", (fields, ending, hasFailed) => {
  const ended: Ended = { status: 200, end: "ok", outcome: "ok", ...fields };
  expect([endingOf(ended), isFailure(ended)]).toEqual([ending, hasFailed]);
});

test("an attempt fails for what its key or provider did", () => {
  expect((["ok", "client_error", "client_gone", undefined] as const).map(isFailedAttempt)).not.toContain(true);
  expect((["rate_limited", "cut", "by_rule", "timeout"] as const).map(isFailedAttempt)).not.toContain(false);
});
