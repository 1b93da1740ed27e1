// How many attempts a provider takes at one time, learnt from refusals.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LearntSlots } from "../../../src/balancer/limits/learnt-slots.ts";
import { HOUR, MINUTE, START } from "../fixtures.ts";

const HOLD_MS = 10 * MINUTE;

function learnt(others: number): LearntSlots {
  const slots = new LearntSlots();
  for (let i = 0; i < 6; i++) slots.noteRefusal(others, START);
  return slots;
}

describe("LearntSlots", () => {
  test.each([
    [1, 6],
    [2, 3],
    [7, 3],
  ])("with %d others in flight it takes %d refusals in a row", (others, refusals) => {
    const slots = new LearntSlots();
    for (let i = 1; i < refusals; i++) {
      expect(slots.noteRefusal(others, START)).toBe(false);
      expect(slots.mostAt(START)).toBe(Number.POSITIVE_INFINITY);
    }
    expect(slots.noteRefusal(others, START)).toBe(true);
    expect(slots.mostAt(START)).toBe(others);
  });

  test("refusals with other numbers in flight, or with none, are no row", () => {
    const slots = new LearntSlots();
    for (const others of [3, 3, 2, 3, 3, 0, 3, 3]) expect(slots.noteRefusal(others, START)).toBe(false);
    for (let i = 0; i < 20; i++) expect(slots.noteRefusal(0, START)).toBe(false);
    expect(slots.mostAt(START)).toBe(Number.POSITIVE_INFINITY);
  });

  test("tries one more after ten minutes, and later each time that it was wrong, up to four hours", () => {
    const slots = learnt(3);
    let now = START;
    let holdMs = 2 * 2 * 2 * HOLD_MS;
    // Six refusals: three taught it, three confirmed it.
    for (let i = 0; i < 8; i++) {
      expect([slots.mostAt(now + holdMs - 1), slots.mostAt(now + holdMs)]).toEqual([3, 4]);
      now += holdMs;
      expect(slots.noteRefusal(3, now)).toBe(true);
      holdMs = Math.min(4 * HOUR, holdMs * 2);
    }
    expect(holdMs).toBe(4 * HOUR);
  });

  test("what went through is the new limit, until the next try", () => {
    const slots = learnt(2);
    slots.noteSuccess(2, START);
    expect(slots.mostAt(START)).toBe(2);
    slots.noteSuccess(5, START);
    expect(slots.mostAt(START)).toBe(5);
  });

  test("forgets, and learns again", () => {
    const slots = learnt(2);
    slots.forget();
    expect(slots.mostAt(START + HOUR)).toBe(Number.POSITIVE_INFINITY);
    for (let i = 0; i < 3; i++) slots.noteRefusal(4, START);
    expect(slots.mostAt(START)).toBe(4);
  });

  test("a clock that goes back does not put the next try off", () => {
    const slots = new LearntSlots();
    for (let i = 0; i < 3; i++) slots.noteRefusal(2, START);
    slots.rebase(START - 100 * HOUR);
    expect(slots.mostAt(START - 100 * HOUR + HOLD_MS)).toBe(3);
    new LearntSlots().rebase(START);
  });

  test("never learns less than one slot, or more than one above what was in flight", () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(5), fc.integer({ min: 0, max: HOUR })), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (all) => {
        const slots = new LearntSlots();
        let now = START;
        let most = 0;
        for (const [isRefused, others, ms] of all) {
          now += ms;
          most = Math.max(most, others + 1);
          if (isRefused) slots.noteRefusal(others, now);
          else slots.noteSuccess(others + 1, now);
          const known = slots.mostAt(now);
          expect(known).toBeGreaterThanOrEqual(1);
          if (Number.isFinite(known)) expect(known).toBeLessThanOrEqual(most + 1);
        }
      }),
      { numRuns: 100 },
    );
  });
});
