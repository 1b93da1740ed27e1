// What is shown of a test of many keys.
import { expect, test } from "bun:test";
import { NO_RESULTS, type TestResult, withResult } from "../../../src/page/keys/test-progress.ts";

function resultOf(index: number, isOk: boolean): TestResult {
  return {
    provider: "p",
    key_id: String(index),
    is_ok: isOk,
    outcome: isOk ? "ok" : "timeout",
    latency_ms: 1,
    total: 900,
  };
}

test("failures stand before successes, the last ones first", () => {
  const outcomes = [true, false, true, false];
  const progress = outcomes.reduce((before, isOk, index) => withResult(before, resultOf(index, isOk)), NO_RESULTS);
  expect(progress).toMatchObject({ total: 900, done: 4, succeeded: 2, hidden: 0 });
  expect(progress.results.map(({ key_id }) => key_id)).toEqual(["3", "1", "2", "0"]);
});

test("no more are kept than somebody reads, and no failure goes for a success", () => {
  let progress = NO_RESULTS;
  for (let index = 0; index < 900; index++) progress = withResult(progress, resultOf(index, index % 9 !== 0));
  expect(progress).toMatchObject({ done: 900, succeeded: 800, hidden: 700 });
  expect(progress.results).toHaveLength(200);
  expect(progress.results.filter(({ is_ok }) => !is_ok)).toHaveLength(100);
});
