// One limit between one answer and the next: what a reading is worth while attempts are in flight and others spend.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { HeaderLimit } from "../../../src/balancer/limits/header-limit.ts";
import type { LimitReading } from "../../../src/core/quota-facts.ts";
import { HOUR, MINUTE, newForms, SECOND, START } from "../fixtures.ts";

type Stated = Required<Pick<LimitReading, "limit" | "remaining">> & LimitReading;

function reading(fields: Partial<Stated> = {}): Stated {
  return { unit: "requests", limit: 60, remaining: 60, ...fields };
}

function limitOf(form: LimitReading["form"], fields: Partial<Stated> = {}) {
  const stated = reading({ ...(form !== undefined && { form }), ...fields });
  const limit = new HeaderLimit(stated, newForms());
  limit.note(stated, { now: START, startedAt: START, spent: 0, spentNow: 0 });
  return limit;
}

describe("HeaderLimit: a bucket", () => {
  test.each<[string, Partial<Stated>, number]>([
    ["an empty one at its usual rate where no reset is stated", { remaining: 0 }, SECOND],
    ["an empty one at its usual rate where the reset says the same", { remaining: 0, resetMs: MINUTE }, SECOND],
    ["one that is slower than usual", { remaining: 0, resetMs: 120 * SECOND }, 2 * SECOND],
    ["one that is faster than usual", { remaining: 0, resetMs: 30 * SECOND }, SECOND / 2],
    // 59 of 60 and "1s" says between 0.5 s and 1.5 s: nothing beyond the usual.
    ["a nearly full one, whose rounded reset tells nothing", { remaining: 59, resetMs: SECOND }, SECOND],
    ["a reset that is rounded to the second", { remaining: 30, resetMs: 30_400 }, SECOND],
    ["a full one", { remaining: 60, resetMs: 0 }, SECOND],
    ["a reset below zero", { remaining: 0, resetMs: -5 }, SECOND],
  ])("refills %s", (_, fields, perRequestMs) => {
    const limit = limitOf("bucket", fields);
    const left = limit.left(0, START);
    const later = START + 2 * perRequestMs;
    expect(limit.left(0, later)).toBeCloseTo(Math.min(60, left + 2), 6);
  });

  test("tells when an amount fits, to the millisecond", () => {
    const limit = limitOf("bucket", { remaining: 2, resetMs: 58 * SECOND });
    expect(limit.freeAt(2, 0, START)).toBe(START);
    expect(limit.freeAt(3, 0, START)).toBe(START + SECOND);
    expect(limit.freeAt(3, 2, START)).toBe(START + 3 * SECOND);
    expect(limit.left(5, START)).toBe(-3);
    // What is larger than the limit fits once the limit is full.
    expect(limit.freeAt(1_000, 0, START)).toBe(limit.freeAt(60, 0, START));
  });

  test("never holds more than the limit", () => {
    const limit = limitOf("bucket", { remaining: 80 });
    expect(limit.left(0, START)).toBe(60);
    expect(limit.left(0, START + HOUR)).toBe(60);
  });

  // The answer was counted when its attempt began, or only now, after three others. 46 are left as reckoned.
  test.each([
    ["goes on as reckoned between what an old and a new reading mean", 48, 46],
    ["has at least what is left if the reading is old", 60, 57],
    ["has at most what is left if the reading is new", 40, 40],
  ])("%s", (_, remaining, left) => {
    const limit = limitOf("bucket", { remaining: 50 });
    const moment = { now: START, startedAt: START, spent: 1, spentNow: 4 };
    limit.note(reading({ form: "bucket", remaining }), moment);
    expect(limit.left(4, START)).toBe(left);
  });

  test("learns what others spend, and leaves it to them", () => {
    const alone = limitOf("bucket", { remaining: 10 });
    const shared = limitOf("bucket", { remaining: 10 });
    for (let i = 1; i <= 60; i++) {
      const now = START + i * SECOND;
      alone.note(reading({ form: "bucket", remaining: Math.min(60, 10 + i) }), {
        now,
        startedAt: now,
        spent: 0,
        spentNow: 0,
      });
      // It refills one a second, and half of that is gone each time.
      shared.note(reading({ form: "bucket", remaining: 10 + i / 2 }), { now, startedAt: now, spent: 0, spentNow: 0 });
    }
    const now = START + MINUTE;
    const waits = [alone, shared].map((limit) => limit.freeAt(10, limit.left(0, now), now) - now);
    expect(waits[0]).toBe(10 * SECOND);
    expect(waits[1]).toBeGreaterThan(15 * SECOND);
    expect(waits[1]).toBeLessThan(30 * SECOND);
  });

  test("others never take all of it", () => {
    const limit = limitOf("bucket", { remaining: 60 });
    for (let i = 1; i <= 120; i++) {
      const now = START + i * SECOND;
      limit.note(reading({ form: "bucket", remaining: 0 }), { now, startedAt: now, spent: 0, spentNow: 0 });
    }
    const now = START + 120 * SECOND;
    expect(limit.freeAt(1, 0, now)).toBeLessThanOrEqual(now + 20 * SECOND);
  });

  test("is used with care for a minute after a refusal that it did not foretell, the more the more there were", () => {
    const limit = limitOf("bucket", { remaining: 8 });
    expect(limit.freeAt(1, 0, START)).toBe(START);
    limit.noteRefusal(1, START);
    expect(limit.freeAt(1, 0, START)).toBe(START);
    limit.noteRefusal(1, START);
    expect(limit.freeAt(1, 0, START)).toBeGreaterThan(START);
    for (let i = 0; i < 10; i++) limit.noteRefusal(1, START);
    // At most a quarter of the limit is kept back.
    expect(limitAt(limit, 16, START)).toBe(START);
    expect(limit.freeAt(1, 0, START + MINUTE)).toBe(START + MINUTE);
  });

  test("tells when it fits though that is when the care ends", () => {
    const limit = limitOf("bucket", { limit: 10, remaining: 0, resetMs: MINUTE });
    for (let i = 0; i < 10; i++) limit.noteRefusal(1, START);
    const at = limit.freeAt(1, 0, START);
    expect(limit.freeAt(1, 0, at - 2)).toBeGreaterThan(at - 2);
    expect(limit.freeAt(1, 0, at)).toBe(at);
  });
});

/** When one request fits where so much is left. */
function limitAt(limit: HeaderLimit, left: number, now: number): number {
  return limit.freeAt(1, limit.left(0, now) - left, now);
}

describe("HeaderLimit: a fixed window", () => {
  test("is full again at its reset, and not before", () => {
    const limit = limitOf("fixed", { remaining: 1, resetMs: 20 * SECOND });
    expect(limit.freeAt(1, 0, START)).toBe(START);
    expect(limit.freeAt(1, 1, START)).toBe(START + 20 * SECOND);
    expect(limit.left(1, START + 20 * SECOND - 1)).toBe(0);
    expect(limit.left(1, START + 20 * SECOND)).toBe(60);
    expect(limit.freeAt(60, 1, START + 20 * SECOND)).toBe(START + 20 * SECOND);
  });

  test("has what was reckoned, within what an older and a newer reading mean", () => {
    for (const [remaining, left] of [
      [60, 57],
      [43, 42],
      [40, 40],
    ] as const) {
      const limit = limitOf("fixed", { remaining: 50, resetMs: MINUTE });
      const stated = reading({ form: "fixed", remaining, resetMs: 50 * SECOND });
      limit.note(stated, { now: START + 10 * SECOND, startedAt: START + 9 * SECOND, spent: 5, spentNow: 8 });
      expect(limit.left(8, START + 10 * SECOND)).toBe(left);
      expect(limit.left(9, START + 10 * SECOND)).toBe(left - 1);
    }
  });

  test("a window that is over begins anew with the next attempt, and lasts a minute or a day", () => {
    for (const [daily, lengthMs] of [
      [undefined, MINUTE],
      [true, 24 * HOUR],
    ] as const) {
      const limit = limitOf("fixed", { remaining: 0, resetMs: SECOND, ...(daily && { daily }) });
      const now = START + 5 * SECOND;
      limit.roll(0, now);
      expect(limit.left(60, now)).toBe(0);
      expect(limit.freeAt(1, 60, now)).toBe(now + lengthMs);
    }
  });

  test("a window under way does not begin anew", () => {
    const limit = limitOf("fixed", { remaining: 3, resetMs: MINUTE });
    limit.roll(0, START + SECOND);
    expect(limit.left(0, START + SECOND)).toBe(3);
  });
});

test.each(["bucket", "fixed"] as const)("HeaderLimit: a reset of a week holds nobody longer than a day: %s", (form) => {
  const limit = limitOf(form, { limit: 1, remaining: 0, resetMs: 168 * HOUR, daily: true });
  expect(limit.freeAt(1, 0, START)).toBe(START + 24 * HOUR);
  expect(limit.freeAt(1, 0, START + HOUR)).toBe(START + 24 * HOUR);
  expect(limit.freeAt(1, 0, START + 25 * HOUR)).toBe(START + 25 * HOUR);
});

describe("HeaderLimit: corrections", () => {
  test("count where the attempt is not covered by the reading in use", () => {
    const limit = limitOf("fixed", { remaining: 10, resetMs: MINUTE });
    // An attempt that took 5 turned out to cost 2: the balancer's own sum shrinks by 3.
    limit.correct(5, -3);
    expect(limit.left(2, START)).toBe(8);
  });

  test("change nothing where it is", () => {
    const limit = new HeaderLimit(reading(), newForms());
    limit.note(reading({ form: "fixed", remaining: 10, resetMs: MINUTE }), {
      now: START,
      startedAt: START,
      spent: 5,
      spentNow: 5,
    });
    limit.correct(5, -3);
    expect(limit.left(2, START)).toBe(10);
    expect(limit.left(3, START)).toBe(9);
  });

  test("an answer whose attempt began earlier is older", () => {
    const limit = new HeaderLimit(reading(), newForms());
    limit.note(reading(), { now: START, startedAt: START, spent: 5, spentNow: 9 });
    expect([4, 5, 6].map((spent) => limit.isOlder(spent))).toEqual([true, false, false]);
  });
});

test.each([
  ["a second", SECOND],
  ["a year", 365 * 24 * HOUR],
])("HeaderLimit: a clock that goes back by %s lengthens nothing", (_, ms) => {
  for (const form of ["bucket", "fixed"] as const) {
    const limit = limitOf(form, { remaining: 0, resetMs: 30 * SECOND });
    const wait = limit.freeAt(1, 0, START) - START;
    limit.rebase(START - ms);
    expect(limit.freeAt(1, 0, START - ms)).toBeLessThanOrEqual(START - ms + wait + 1);
    expect(limit.left(0, START - ms)).toBeLessThanOrEqual(60);
  }
});

test("HeaderLimit: for any readings what is told to fit later fits then, and nothing is ever above the limit", () => {
  const readings = fc.array(
    fc.record({
      ms: fc.integer({ min: 0, max: 90_000 }),
      limit: fc.constantFrom(1, 60, 1_000),
      remaining: fc.integer({ min: -2, max: 1_200 }),
      resetMs: fc.option(fc.integer({ min: -10, max: 200_000 }), { nil: undefined }),
      form: fc.constantFrom("bucket", "fixed", undefined),
      lag: fc.integer({ min: 0, max: 30_000 }),
      spends: fc.integer({ min: 0, max: 30 }),
      refused: fc.boolean(),
      amount: fc.integer({ min: 1, max: 100 }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(readings, (all) => {
      const limit = new HeaderLimit(reading(), newForms());
      let now = START;
      let spentNow = 0;
      for (const { ms, lag, spends, refused, amount, form, resetMs, ...stated } of all) {
        now += ms;
        const spent = spentNow;
        spentNow += spends;
        if (refused) limit.noteRefusal(spent, now - lag);
        const facts = { ...(form !== undefined && { form }), ...(resetMs !== undefined && { resetMs }) };
        limit.note(reading({ ...stated, ...facts }), { now, startedAt: now - lag, spent, spentNow });
        expect(limit.left(spentNow, now)).toBeLessThanOrEqual(stated.limit);
        let at = limit.freeAt(amount, spentNow, now);
        expect(Number.isFinite(at) && at >= now).toBe(true);
        // Care ends by the clock, and sums of fractions leave dust.
        for (let looks = 0; looks < 3; looks++) at = limit.freeAt(amount, spentNow, at);
        expect(limit.freeAt(amount, spentNow, at)).toBe(at);
      }
    }),
    { numRuns: 200 },
  );
});
