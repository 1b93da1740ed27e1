// Calls some at a time: every result once, never more at once than allowed, and nothing goes on that nobody waits for.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { asTheyCome } from "../../src/core/as-they-come.ts";

/** Calls that a test ends one by one. */
function heldCalls() {
  const running = new Map<number, PromiseWithResolvers<number>>();
  const signals: AbortSignal[] = [];
  let most = 0;
  const run = (item: number, signal: AbortSignal) => {
    const held = Promise.withResolvers<number>();
    running.set(item, held);
    signals.push(signal);
    most = Math.max(most, running.size);
    signal.addEventListener("abort", () => end(item), { once: true });
    return held.promise;
  };
  const end = (item: number) => {
    const held = running.get(item);
    running.delete(item);
    held?.resolve(item);
  };
  return { run, running, signals, end, most: () => most };
}

const NEVER = new AbortController().signal;

describe("asTheyCome", () => {
  test("gives each result once, with no more calls at once than allowed", async () => {
    const amounts = fc.tuple(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(fc.nat()),
    );
    await fc.assert(
      fc.asyncProperty(amounts, async ([amount, atATime, picks]) => {
        const calls = heldCalls();
        const items = Array.from({ length: amount }, (_, index) => index);
        const results: number[] = [];
        const reading = (async () => {
          for await (const result of asTheyCome({ items, atATime, run: calls.run }, NEVER)) results.push(result);
        })();
        while (results.length < amount) {
          const open = [...calls.running.keys()];
          const pick = open[(picks.next().value ?? 0) % Math.max(1, open.length)];
          if (pick !== undefined) calls.end(pick);
          await Promise.resolve();
        }
        await reading;
        expect(results.toSorted((a, b) => a - b)).toEqual(items);
        expect(calls.most()).toBe(Math.min(amount, atATime));
      }),
    );
  });

  test("gives a result as soon as it is there, whatever began before", async () => {
    const calls = heldCalls();
    const results = asTheyCome({ items: [1, 2, 3], atATime: 2, run: calls.run }, NEVER);
    const first = results.next();
    calls.end(2);
    expect((await first).value).toBe(2);
    await results.return(undefined);
    expect(calls.signals.every(({ aborted }) => aborted)).toBe(true);
  });

  test("ends with the signal, and gives nothing of what was broken off", async () => {
    const calls = heldCalls();
    const caller = new AbortController();
    const all = Array.fromAsync(asTheyCome({ items: [1, 2, 3, 4], atATime: 2, run: calls.run }, caller.signal));
    caller.abort();
    expect(await all).toEqual([]);
    expect(calls.signals).toHaveLength(2);
  });

  test("throws what a call rejects with, once the others have ended", async () => {
    const calls = heldCalls();
    const run = (item: number, signal: AbortSignal) =>
      item === 3 ? Promise.reject(new Error("It cannot be made")) : calls.run(item, signal);
    const all = Array.fromAsync(asTheyCome({ items: [1, 2, 3, 4, 5], atATime: 3, run }, NEVER));
    expect(await all.catch((error: unknown) => String(error))).toBe("Error: It cannot be made");
    expect([calls.running.size, calls.signals.every(({ aborted }) => aborted)]).toEqual([0, true]);
  });
});
