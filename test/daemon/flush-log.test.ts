// The end of the log: all of it where that is possible, no wait without end where it is not.
import { expect, test } from "bun:test";
import { flushLog } from "../../src/daemon/flush-log.ts";

test("flushLog waits for the log", async () => {
  const gate = Promise.withResolvers<void>();
  let isDone = false;
  const flushing = flushLog({ flush: () => gate.promise }, 60_000).then(() => {
    isDone = true;
  });
  await Promise.resolve();
  expect(isDone).toBe(false);
  gate.resolve();
  await flushing;
});

test("flushLog gives up on a log that takes nothing", async () => {
  await flushLog({ flush: () => new Promise(() => {}) }, 1);
});
