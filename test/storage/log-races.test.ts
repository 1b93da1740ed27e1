// Reader and writer at the same time: every record exactly once and in order, whatever comes between two steps of either.
import { describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import fc from "fast-check";
import { openLogFile } from "../../src/storage/log-file.ts";
import { LogReader } from "../../src/storage/log-reader.ts";
import { logFolder } from "./log-folder.ts";
import { followed, lines, numberOf, unread } from "./numbered-records.ts";

describe("LogReader gives each record exactly once and in order", () => {
  type Move = "rename" | "rename and create" | "remove";
  type Step = Move | "write" | "look";

  function move(how: Move, path: string): void {
    if (!existsSync(path)) return;
    if (how === "remove") rmSync(path);
    else renameSync(path, `${path}.moved`);
    if (how === "rename and create") writeFileSync(path, "");
  }

  /** What is done in each pause. A look comes before each move: a file that was never seen may get lost. */
  function phasesOf(steps: readonly Step[], path: string, write: () => unknown, passSecond: () => unknown) {
    const phases: (() => unknown)[][] = [[]];
    for (const step of steps) {
      if (step !== "write") phases.push([]);
      if (step === "write") phases.at(-1)?.push(write);
      else if (step !== "look") phases.at(-1)?.push(() => move(step, path), write, passSecond, write);
    }
    return phases.map((acts) => async () => {
      for (const act of acts) await act();
    });
  }

  test("whatever happens between two looks", async () => {
    const steps = fc.array(fc.constantFrom<Step>("write", "write", "look", "rename", "rename and create", "remove"));
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 150 }), async (all, maxBytes) => {
        using at = logFolder();
        let now = 0;
        let written = 0;
        const file = openLogFile(at.path, { maxBytes, maxFiles: 90, now: () => now });
        const write = () => file.write(lines(written++));
        const passSecond = () => {
          now += 1_000;
        };
        await using reader = new LogReader(at.path);
        const seen = await followed(reader, phasesOf(all, at.path, write, passSecond));
        await file.close();
        expect(seen).toEqual(Array.from({ length: written }, (_none, index) => index));
      }),
      { numRuns: 60 },
    );
  });

  /** Lets about as much time pass as the reader needs for one of its steps. */
  async function passSteps(count: number, path: string): Promise<void> {
    for (let step = 0; step < count; step++) await stat(path).catch(() => {});
  }

  test.each([
    ["adds a file", false],
    ["drops a file", true],
  ])("at whichever step of the reader a rotation comes that %s", async (_what, hasOldest) => {
    for (let steps = 0; steps < 144; steps++) {
      using at = logFolder();
      if (hasOldest) writeFileSync(`${at.path}.2`, lines(0));
      writeFileSync(`${at.path}.1`, lines(1));
      writeFileSync(at.path, lines(2));
      await using reader = new LogReader(at.path);
      const early = unread(reader);
      await passSteps(steps % 12, at.path);
      renameSync(`${at.path}.1`, `${at.path}.2`);
      await passSteps(Math.floor(steps / 12), at.path);
      renameSync(at.path, `${at.path}.1`);
      writeFileSync(at.path, lines(3));
      const seen = [...(await early), ...(await unread(reader))];
      expect(seen.filter((number) => number !== 0)).toEqual([1, 2, 3]);
    }
  });

  test("at whichever step of the reader a writer goes on in the next file", async () => {
    for (let steps = 0; steps < 30; steps++) {
      using at = logFolder();
      writeFileSync(`${at.path}.1`, lines(1));
      writeFileSync(at.path, "");
      await using reader = new LogReader(at.path);
      expect(await unread(reader)).toEqual([1]);
      const early = unread(reader);
      await passSteps(steps % 10, at.path);
      appendFileSync(`${at.path}.1`, lines(2));
      appendFileSync(at.path, lines(3));
      expect([...(await early), ...(await unread(reader))]).toEqual([2, 3]);
    }
  });

  test("while a writer rotates at the same time", async () => {
    const batches = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 400 }), async (sizes, maxBytes) => {
        using at = logFolder();
        const file = openLogFile(at.path, { maxBytes, maxFiles: 90 });
        await using reader = new LogReader(at.path);
        const stop = new AbortController();
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const numbers = Array.from({ length: total }, (_none, index) => index);
        const writeAll = async () => {
          const left = [...numbers];
          for (const size of sizes) await file.write(lines(...left.splice(0, size)));
          await file.close();
        };
        const seen: unknown[] = [];
        let isWritten = false;
        let isLastLook = false;
        const pause = async () => {
          await new Promise((resolve) => setImmediate(resolve));
          if (isLastLook) stop.abort();
          isLastLook = isWritten;
        };
        const writing = writeAll().then(() => {
          isWritten = true;
        });
        for await (const line of reader.follow({ signal: stop.signal, pause })) seen.push(numberOf(line));
        await writing;
        expect(seen).toEqual(numbers);
      }),
      { numRuns: 40 },
    );
  });
});
