// Many events of a moment are one reason to ask again, and none is lost while nobody looks.
import { expect, test } from "bun:test";
import { TopicBoard } from "../../../src/page/live/topic-board.ts";

/** Time that the test moves. */
class Clock {
  now = 0;
  #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  readonly schedule = (delayMs: number, run: () => void) => {
    const timer = { at: this.now + delayMs, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.now = next.at;
      next.run();
    }
    this.now = until;
  }
}

function open() {
  const clock = new Clock();
  const board = new TopicBoard<"keys" | "jobs" | "figures">({ now: () => clock.now, schedule: clock.schedule });
  const told: number[] = [];
  board.listen(() => told.push(clock.now));
  return { clock, board, told };
}

test("what happens together is told together, and only those hear of it whose topic it is", () => {
  const { clock, board, told } = open();
  for (let i = 0; i < 10; i++) board.note("keys");
  board.note("figures");
  expect(told).toEqual([]);
  clock.advance(1_000);
  expect(told).toEqual([50]);
  expect([board.versionOf(["keys"]), board.versionOf(["keys", "figures"]), board.versionOf(["jobs"])]).toEqual([
    1, 2, 0,
  ]);
  expect(clock.pending).toBe(0);
});

test("nothing is told more often than once a second", () => {
  const { clock, board, told } = open();
  for (let i = 0; i < 30; i++) {
    board.note(i % 2 === 0 ? "keys" : "jobs");
    clock.advance(100);
  }
  clock.advance(5_000);
  expect(told).toEqual([50, 1_050, 2_050, 3_050]);
});

test("what changes while nobody looks is told at once when somebody does", () => {
  const { clock, board, told } = open();
  board.note("keys");
  board.pause();
  board.note("jobs");
  clock.advance(60_000);
  expect([told, clock.pending]).toEqual([[], 0]);
  board.resume();
  clock.advance(50);
  expect(told).toEqual([60_050]);
  expect([board.versionOf(["keys"]), board.versionOf(["jobs"])]).toEqual([1, 1]);
  board.pause();
  board.resume();
  expect(clock.pending).toBe(0);
});

test("when everything may have changed everybody hears of it, also who has no topic", () => {
  const { clock, board } = open();
  board.note("keys");
  board.noteAll();
  clock.advance(50);
  expect([board.versionOf([]), board.versionOf(["keys"]), board.versionOf(["jobs", "figures"])]).toEqual([1, 1, 1]);
});
