// One output of the log: batches in their order, what a slow or broken one loses, and that it says so.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LogOutput, type LogOutputOptions } from "../../src/core/log-output.ts";

const MAX_QUEUED = 10;

interface Wired {
  readonly output: LogOutput;
  readonly written: string[];
  /** Decides on the write that waits. */
  settle(isWritten: boolean | "throws"): Promise<void>;
  readonly waiting: number;
}

/** An output whose writes end when the test says so. */
function wire(options: Partial<LogOutputOptions> = {}): Wired {
  const written: string[] = [];
  const waiting: ((isWritten: boolean | "throws") => void)[] = [];
  const output = new LogOutput({
    write: (text) =>
      new Promise((resolve, reject) => {
        waiting.push((isWritten) => {
          if (isWritten === "throws") return reject(new Error("disk full"));
          if (isWritten) written.push(text);
          resolve(isWritten);
        });
      }),
    format: (lines) => lines.toUpperCase(),
    dropLine: (count) => `dropped ${count};`,
    maxQueued: MAX_QUEUED,
    ...options,
  });
  const settle = async (isWritten: boolean | "throws") => {
    waiting.shift()?.(isWritten);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return {
    output,
    written,
    settle,
    get waiting() {
      return waiting.length;
    },
  };
}

describe("LogOutput", () => {
  test("writes one batch at a time, in its form, and is drained after the last", async () => {
    const wired = wire();
    wired.output.push("a;", 1);
    wired.output.push("b;", 2);
    let isDrained = false;
    const drained = wired.output.drained().then(() => {
      isDrained = true;
    });
    expect(wired.waiting).toBe(1);
    await wired.settle(true);
    expect([wired.written, wired.waiting, isDrained]).toEqual([["A;"], 1, false]);
    await wired.settle(true);
    await drained;
    expect([wired.written, wired.output.dropped]).toEqual([["A;", "B;"], 0]);
  });

  test("is drained while it has nothing to do", async () => {
    await wire().output.drained();
  });

  test("drops what does not fit while something waits, and says how much once there is room", async () => {
    const wired = wire();
    wired.output.push("a;", 6);
    wired.output.push("b;", 5);
    wired.output.push("c;", 4);
    wired.output.push("d;", 1);
    expect(wired.output.dropped).toBe(6);
    for (let writes = 0; writes < 4; writes++) await wired.settle(true);
    expect(wired.written).toEqual(["A;", "DROPPED 6;", "C;"]);
    wired.output.push("e;", 1);
    for (let writes = 0; writes < 4; writes++) await wired.settle(true);
    expect(wired.written.slice(3)).toEqual(["E;"]);
  });

  test("takes a batch that is larger than its queue while that is empty", async () => {
    const wired = wire();
    wired.output.push("large;", MAX_QUEUED * 2);
    await wired.settle(true);
    expect([wired.written, wired.output.dropped]).toEqual([["LARGE;"], 0]);
  });

  test.each([false, "throws"] as const)(
    "counts what its target gave up (%p), and says so when it works again",
    async (failure) => {
      const wired = wire();
      wired.output.push("a;", 3);
      await wired.settle(failure);
      expect(wired.output.dropped).toBe(3);
      wired.output.push("b;", 1);
      await wired.settle(true);
      // The line about it is lost too: it is said again.
      await wired.settle(failure);
      wired.output.push("c;", 1);
      await wired.settle(true);
      await wired.settle(true);
      expect([wired.written, wired.output.dropped, wired.waiting]).toEqual([["B;", "C;", "DROPPED 3;"], 3, 0]);
    },
  );

  test.each<[string, Partial<LogOutputOptions>]>([
    ["its form", { format: fail }],
    ["its target, before it waits", { write: fail }],
  ])("goes on after a failure of %s", async (_what, options) => {
    const wired = wire(options);
    wired.output.push("a;", 1);
    await wired.output.drained();
    wired.output.push("b;", 1);
    await wired.output.drained();
    expect(wired.output.dropped).toBe(2);
  });

  test("goes on where it cannot say what is missing", async () => {
    const wired = wire({ dropLine: fail });
    wired.output.push("a;", 1);
    await wired.settle(false);
    wired.output.push("b;", 1);
    await wired.settle(true);
    await wired.output.drained();
    expect(wired.written).toEqual(["B;"]);
  });

  test("loses no count: what was pushed is written or dropped, and all that was dropped is told", async () => {
    const moves = fc.array(
      fc.oneof(
        fc.record({ push: fc.integer({ min: 1, max: 6 }) }),
        fc.record({ settle: fc.constantFrom(true, true, false, "throws" as const) }),
      ),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        const wired = wire({ dropLine: (count) => `!${count};` });
        let pushed = 0;
        for (const [at, move] of all.entries()) {
          if ("settle" in move) await wired.settle(move.settle);
          else {
            pushed += move.push;
            wired.output.push(`${at}:${move.push};`, move.push);
          }
        }
        wired.output.push("last:1;", 1);
        pushed += 1;
        while (wired.waiting > 0) await wired.settle(true);
        await wired.output.drained();
        wired.output.push("very last:1;", 1);
        pushed += 1;
        while (wired.waiting > 0) await wired.settle(true);
        const batches = wired.written.filter((text) => !text.startsWith("!"));
        const told = wired.written.filter((text) => text.startsWith("!"));
        const sum = (texts: readonly string[], pattern: RegExp) =>
          texts.reduce((total, text) => total + Number(pattern.exec(text)?.[1] ?? Number.NaN), 0);
        expect(sum(batches, /:(\d+);/) + wired.output.dropped).toBe(pushed);
        expect(sum(told, /!(\d+);/)).toBe(wired.output.dropped);
        const order = batches.map((text) => Number.parseInt(text, 10)).filter((at) => !Number.isNaN(at));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }),
    );
  });
});

function fail(): never {
  throw new Error("broken");
}
