// The moment to stop listening: not while requests begin, and not before those who came lately had their time.
import { expect, test } from "bun:test";
import { calmMoment } from "../../src/daemon/calm-moment.ts";

/** Waits in no time; `slept`: how long it would have been. */
function patience() {
  const slept: number[] = [];
  const sleep = async (ms: number) => void slept.push(ms);
  return { slept, monotonic: () => 10_000 + slept.reduce((sum, ms) => sum + ms, 0), sleep };
}

test("waits as long as requests begin", async () => {
  const arrivals = { count: 1, lastAt: 0 };
  const begin = () => {
    arrivals.count += 1;
    if (arrivals.count < 50) setImmediate(begin);
  };
  begin();
  await calmMoment(arrivals, patience());
  expect(arrivals.count).toBe(50);
});

test("does not wait for ever", async () => {
  const given = patience();
  let count = 0;
  const arrivals = {
    get count() {
      return ++count;
    },
    lastAt: 0,
  };
  await calmMoment(arrivals, given);
  expect(given.monotonic() - 10_000).toBeWithin(5_000, 5_100);
});

test.each([
  ["lately", { count: 1, lastAt: 9_500 }, [250, 2]],
  ["long ago", { count: 1, lastAt: 5_000 }, [2]],
  ["never", { count: 0, lastAt: 0 }, [2]],
])("gives those who came %s: %j ms %j", async (_, arrivals, waits) => {
  const given = patience();
  await calmMoment(arrivals, given);
  expect(given.slept).toEqual(waits);
});
