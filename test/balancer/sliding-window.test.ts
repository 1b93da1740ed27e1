// Sums over a sliding time against a list of all that was added.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SlidingWindow } from "../../src/balancer/sliding-window.ts";
import { HOUR, SECOND, START } from "./fixtures.ts";

const LENGTH = 60 * SECOND;
const STEPS = 60;
const STEP = LENGTH / STEPS;

const events = fc.array(fc.record({ afterMs: fc.nat(20 * SECOND), amount: fc.integer({ min: 1, max: 9 }) }), {
  maxLength: 60,
});

describe("SlidingWindow", () => {
  test("forgets nothing early, and nothing later than one step", () => {
    fc.assert(
      fc.property(events, fc.nat(2 * LENGTH), (all, afterMs) => {
        const window = new SlidingWindow(LENGTH, STEPS);
        let now = START;
        const added = all.map(({ afterMs: pause, amount }) => {
          now += pause;
          window.add(amount, now);
          return { at: now, amount };
        });
        now += afterMs;
        const sumSince = (from: number) => added.reduce((sum, { at, amount }) => (at > from ? sum + amount : sum), 0);
        const total = window.total(now);
        expect(total).toBeGreaterThanOrEqual(sumSince(now - LENGTH));
        expect(total).toBeLessThanOrEqual(sumSince(now - LENGTH - STEP));
      }),
    );
  });

  test("says when there is room again: not before, and then indeed", () => {
    fc.assert(
      fc.property(events, fc.nat(60), (all, most) => {
        const window = new SlidingWindow(LENGTH, STEPS);
        let now = START;
        for (const { afterMs, amount } of all) {
          now += afterMs;
          window.add(amount, now);
        }
        const at = window.freeAt(most, now);
        expect(at).toBeGreaterThanOrEqual(now);
        if (at > now) expect(window.total(at - 1)).toBeGreaterThan(most);
        expect(window.total(at)).toBeLessThanOrEqual(most);
      }),
    );
  });

  test("takes back what was added, while it still counts", () => {
    const window = new SlidingWindow(LENGTH, STEPS);
    window.add(100, START);
    window.add(-40, START, START + 30 * SECOND);
    expect(window.total(START + 30 * SECOND)).toBe(60);
    expect(window.total(START + 62 * SECOND)).toBe(0);
    window.add(-60, START, START + 90 * SECOND);
    expect(window.total(START + 90 * SECOND)).toBe(0);
  });

  test("a room that never comes is infinity", () => {
    const window = new SlidingWindow(LENGTH, STEPS);
    window.add(1, START);
    expect(window.freeAt(-1, START)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a clock that goes back by more than its length leaves it empty, by less as it was", () => {
    const window = new SlidingWindow(LENGTH, STEPS);
    window.add(5, START);
    expect(window.total(START - 10 * SECOND)).toBe(5);
    expect(window.total(START - HOUR)).toBe(0);
    window.add(1, START - HOUR);
    expect(window.total(START - HOUR + LENGTH + STEP)).toBe(0);
  });

  test("is never below zero: what such a clock has made forgotten is not taken back", () => {
    const window = new SlidingWindow(LENGTH, STEPS);
    window.add(1_000, START);
    expect(window.total(START - HOUR)).toBe(0);
    window.add(-900, START, START - HOUR);
    expect(window.total(START - HOUR)).toBe(0);
  });
});

test("what lies in the future after the clock went back does not count when the clock is there again", () => {
  const window = new SlidingWindow(60_000, 6);
  const at = 1_800_000_000_000;
  window.add(5, at);
  window.rebase(at - 86_400_000);
  expect([window.total(at), window.freeAt(0, at)]).toEqual([0, at]);
});
