// Tasks that must not overlap: each begins when the ones before it have ended, however they ended.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Turns } from "../../src/core/turns.ts";

const tasks = fc.array(
  fc.record({
    steps: fc.nat(3),
    end: fc.constantFrom("resolves" as const, "rejects" as const, "throws" as const),
    isGivenLate: fc.boolean(),
  }),
  { maxLength: 12 },
);

const WORDS = { resolves: "resolved", rejects: "rejected", throws: "thrown" };

test("Turns runs tasks one at a time, in their order, and gives each its own end", async () => {
  await fc.assert(
    fc.asyncProperty(tasks, async (all) => {
      const turns = new Turns();
      const events: string[] = [];
      const run = async (at: number, steps: number, isRejected: boolean) => {
        for (let step = 0; step < steps; step++) await Promise.resolve();
        events.push(`end ${at}`);
        if (isRejected) throw new Error(`rejected ${at}`);
        return `resolved ${at}`;
      };
      const ends: Promise<unknown>[] = [];
      for (const [at, { steps, end, isGivenLate }] of all.entries()) {
        if (isGivenLate) await Promise.resolve();
        const task = () => {
          events.push(`begin ${at}`);
          if (end !== "throws") return run(at, steps, end === "rejects");
          events.push(`end ${at}`);
          throw new Error(`thrown ${at}`);
        };
        ends.push(turns.take(task).catch((error: Error) => error.message));
      }
      expect(await Promise.all(ends)).toEqual(all.map(({ end }, at) => `${WORDS[end]} ${at}`));
      expect(events).toEqual(all.flatMap((_task, at) => [`begin ${at}`, `end ${at}`]));
    }),
  );
});

test("Turns keeps a failure from whoever comes next", async () => {
  const turns = new Turns();
  const failed = turns.take(() => Promise.reject(new Error("disk full")));
  const next = turns.take(async () => "served");
  expect(await next).toBe("served");
  expect(await failed.catch((error: Error) => error.message)).toBe("disk full");
});
