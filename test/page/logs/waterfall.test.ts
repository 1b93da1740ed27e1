// Where the time of a request went: spans that lie one behind the other, within the request.
import { expect, test } from "bun:test";
import { toRecordDetail } from "../../../src/admin/record-rows.ts";
import { waterfallOf } from "../../../src/page/logs/waterfall.ts";
import { attemptOf, recordOf } from "../../admin/fake-records.ts";
import { START } from "../../balancer/fixtures.ts";

/** A request that came at `START` and took a second. */
const asked = (given: Partial<Parameters<typeof recordOf>[0]>) =>
  toRecordDetail(recordOf({ id: "req_1", receivedAt: START, endedAt: START + 1_000, bodyMs: 10, ...given }));

const spansOf = (given: Parameters<typeof asked>[0]) =>
  waterfallOf(asked(given)).rows.map(({ spans }) => spans.map(({ kind, from, to }) => `${kind} ${from}-${to}`));

test("has a row for the body and for each attempt, with what was waited for before it", () => {
  const first = attemptOf({ startedAt: START + 60, endedAt: START + 200, waitedMs: 40, sentMs: 20, headMs: 120 });
  const second = attemptOf({
    ...{ number: 2, startedAt: START + 300, endedAt: START + 1_000 },
    ...{ waitedMs: 0, backoffMs: 90, sentMs: 0, headMs: 400, outcome: "ok" as const },
  });
  expect(spansOf({ tries: [first, second], attempts: 2 })).toEqual([
    ["body 0-10"],
    ["wait 20-60", "connect 60-80", "think 80-180", "answer 180-200"],
    ["backoff 210-300", "think 300-700", "answer 700-1000"],
  ]);
});

test("of an attempt that nobody answered ends with waiting, of one of an older version is one span", () => {
  const silent = attemptOf({ startedAt: START + 100, endedAt: START + 900, sentMs: 50, headMs: undefined });
  const old = attemptOf({
    ...{ number: 2, startedAt: START + 900, endedAt: START + 1_000 },
    ...{ sentMs: undefined, headMs: undefined, waitedMs: undefined, backoffMs: undefined },
  });
  expect(spansOf({ tries: [silent, old], bodyMs: undefined })).toEqual([
    ["connect 100-150", "think 150-900"],
    ["attempt 900-1000"],
  ]);
});

test("of a request that was served at once is what the request itself tells", () => {
  expect(spansOf({ waitedMs: 50, firstByteMs: 400 })).toEqual([
    ["body 0-10"],
    ["wait 10-60", "think 60-400", "answer 400-1000"],
  ]);
  expect(spansOf({ attempts: 0, bodyMs: 0 })).toEqual([]);
});

test("never leaves the request where a clock was set back, nor divides by nothing", () => {
  const odd = attemptOf({ startedAt: START - 5_000, endedAt: START + 9_000, sentMs: 100, headMs: 8_000 });
  for (const spans of waterfallOf(asked({ tries: [odd], endedAt: START })).rows)
    for (const { from, to } of spans.spans) expect([from >= 0, to <= 1, from < to]).toEqual([true, true, true]);
  expect(waterfallOf(asked({ endedAt: START - 3 })).totalMs).toBe(1);
});
