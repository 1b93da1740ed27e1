// Finished requests reach their readers in slices, off the request path.
import { expect, test } from "bun:test";
import { SLICE } from "../../src/core/slices.ts";
import { TraceFeed, type TraceReader } from "../../src/daemon/trace-feed.ts";
import type { Trace } from "../../src/proxy/trace.ts";
import { VirtualTime } from "../proxy/fixtures.ts";
import { servedTrace } from "./records/trace-fixtures.ts";

function feedIn(time: VirtualTime, before: readonly TraceReader[] = []) {
  const slices: (readonly Trace[])[] = [];
  const turns: number[] = [];
  let turn = 0;
  const schedule = (delayMs: number, run: () => void) =>
    time.schedule(delayMs, () => {
      turn += 1;
      run();
    });
  const reader = (traces: readonly Trace[]) => {
    slices.push(traces);
    turns.push(turn);
  };
  const bugs: unknown[] = [];
  const options = { readers: [...before, reader], onBug: (error: unknown) => void bugs.push(error) };
  return { feed: new TraceFeed(schedule, options), slices, turns, bugs };
}

test("nothing is done before a quarter of a second, and everything is handed over once", async () => {
  const time = new VirtualTime();
  const { feed, slices } = feedIn(time);
  const [first, second] = [servedTrace(1), servedTrace(2)];
  feed.note(first);
  feed.note(second);
  await time.advance(249);
  expect(slices).toEqual([]);
  await time.advance(1);
  expect(slices).toEqual([[first, second]]);
  expect(time.pending).toBe(0);
});

test("many come in slices, each in a turn of its own, in their order", async () => {
  const time = new VirtualTime();
  const { feed, slices, turns } = feedIn(time);
  const traces = Array.from({ length: 2 * SLICE + 7 }, (_, index) => servedTrace(index));
  for (const trace of traces) feed.note(trace);
  await time.advance(250);
  expect(slices.map(({ length }) => length)).toEqual([SLICE, SLICE, 7]);
  expect(turns).toEqual([1, 2, 3]);
  expect(slices.flat()).toEqual(traces);
});

test("flush hands over what waits at once, and leaves no timer", () => {
  const time = new VirtualTime();
  const { feed, slices } = feedIn(time);
  for (let index = 0; index <= SLICE; index += 1) feed.note(servedTrace(index));
  feed.flush();
  expect([slices.map(({ length }) => length), time.pending]).toEqual([[SLICE, 1], 0]);
});

test("catchUp hands over all that was noted before, and does not wait for what is noted meanwhile", async () => {
  const { feed, slices } = feedIn(new VirtualTime());
  const traces = Array.from({ length: SLICE + 1 }, (_, index) => servedTrace(index));
  for (const trace of traces) feed.note(trace);
  const caughtUp = feed.catchUp();
  expect(slices.map(({ length }) => length)).toEqual([SLICE]);
  for (const trace of traces) feed.note(trace);
  await caughtUp;
  expect(slices).toHaveLength(2);
  expect(slices.flat().slice(0, SLICE + 1)).toEqual(traces);
  feed.flush();
  expect(slices.flat()).toEqual([...traces, ...traces]);
});

test("a fault of one reader is told, and stops neither the others nor what comes next", async () => {
  const time = new VirtualTime();
  const fault = new Error("a bug");
  const { feed, slices, bugs } = feedIn(time, [
    () => {
      throw fault;
    },
  ]);
  for (let index = 0; index <= SLICE; index += 1) feed.note(servedTrace(index));
  await time.advance(250);
  expect([slices.map(({ length }) => length), bugs]).toEqual([
    [SLICE, 1],
    [fault, fault],
  ]);
});

test("a reader is not called where nothing has ended", async () => {
  const time = new VirtualTime();
  const { feed, slices } = feedIn(time);
  feed.note(servedTrace(1));
  await feed.catchUp();
  await time.advance(250);
  expect(slices).toHaveLength(1);
});
