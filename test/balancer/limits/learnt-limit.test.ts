// A limit that nobody states: learnt from what went through until a refusal, raised by one, lowered by a refusal.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LearntLimit } from "../../../src/balancer/limits/learnt-limit.ts";
import { HOUR, MINUTE, SECOND, START } from "../fixtures.ts";

/** So many requests every `everyMs`, then a refusal, then silence until one goes through at `back`. */
function teach(limit: LearntLimit, run: { count: number; everyMs: number; backMs: number }, from = START): number {
  for (let i = 0; i < run.count; i++) limit.noteStart(from + i * run.everyMs);
  const refusedAt = from + run.count * run.everyMs;
  limit.noteStart(refusedAt);
  limit.noteRefusal(refusedAt, refusedAt);
  const back = from + run.backMs;
  limit.noteStart(back);
  limit.noteSuccess(back, back);
  return back;
}

describe("LearntLimit", () => {
  test("knows nothing at first, and nothing after a first refusal", () => {
    const limit = new LearntLimit();
    limit.noteStart(START);
    expect(limit.freeAt(START)).toBe(START);
    limit.noteRefusal(START, START);
    expect([limit.learnt, limit.freeAt(START), limit.used(START)]).toEqual([undefined, START, 0]);
  });

  test.each([
    ["a minute", { count: 20, everyMs: SECOND, backMs: 60 * SECOND }, 20, MINUTE],
    ["a minute, looked at a little late", { count: 20, everyMs: SECOND, backMs: 75 * SECOND }, 20, MINUTE],
    ["a second", { count: 5, everyMs: 50, backMs: 1_200 }, 5, SECOND],
    ["an hour", { count: 100, everyMs: 10 * SECOND, backMs: HOUR + 1 }, 100, HOUR],
    ["what a bucket looks like", { count: 10, everyMs: SECOND, backMs: 15 * SECOND }, 10, 15 * SECOND],
  ])("learns %s from when requests go through again", (_, run, most, windowMs) => {
    const limit = new LearntLimit();
    teach(limit, run);
    expect(limit.learnt).toEqual({ most, windowMs });
  });

  test("lets so many through in so long a time, and no more", () => {
    const limit = new LearntLimit();
    const back = teach(limit, { count: 10, everyMs: SECOND, backMs: MINUTE });
    let admitted = 1;
    for (let now = back; now < back + MINUTE; now += 100) {
      if (limit.freeAt(now) > now) continue;
      limit.noteStart(now);
      admitted += 1;
    }
    expect(admitted).toBe(10);
    expect(limit.used(back + MINUTE - 1)).toBe(10);
    const at = limit.freeAt(back + MINUTE - 1);
    expect(at).toBeGreaterThanOrEqual(back + MINUTE);
    expect(at).toBeLessThanOrEqual(back + MINUTE + 2 * SECOND);
  });

  test("what was never sent counts nowhere", () => {
    const limit = new LearntLimit();
    const back = teach(limit, { count: 2, everyMs: SECOND, backMs: MINUTE });
    limit.noteStart(back + SECOND);
    expect(limit.freeAt(back + SECOND)).toBeGreaterThan(back + SECOND);
    limit.takeBack(back + SECOND, back + 2 * SECOND);
    expect(limit.freeAt(back + 2 * SECOND)).toBe(back + 2 * SECOND);
  });

  test("a refusal in fixed windows keeps it out until the next one begins", () => {
    const limit = new LearntLimit();
    const back = teach(limit, { count: 10, everyMs: SECOND, backMs: MINUTE });
    const refusedAt = back + 20 * SECOND;
    limit.noteStart(refusedAt);
    limit.noteRefusal(refusedAt, refusedAt);
    expect(limit.freeAt(refusedAt)).toBe(back + MINUTE);
  });

  test("is raised while it binds, and goes back to what it was after a refusal", () => {
    const limit = new LearntLimit();
    let now = teach(limit, { count: 10, everyMs: SECOND, backMs: MINUTE });
    /** Sends as much as is let through, for so long. */
    const run = (ms: number) => {
      for (const end = now + ms; now < end; now += 500) if (limit.freeAt(now) <= now) limit.noteStart(now);
    };
    run(3 * MINUTE);
    expect(limit.learnt?.most).toBe(10);
    run(3 * MINUTE);
    const raised = limit.learnt?.most ?? 0;
    expect(raised).toBeGreaterThan(10);
    expect(raised).toBeLessThanOrEqual(13);
    limit.noteRefusal(now, now);
    const lowered = limit.learnt?.most ?? 0;
    expect(lowered).toBeLessThan(raised);
    expect(lowered).toBeGreaterThanOrEqual(10);
  });

  test("is not raised while it does not bind", () => {
    const limit = new LearntLimit();
    const back = teach(limit, { count: 10, everyMs: SECOND, backMs: MINUTE });
    for (let i = 1; i <= 60; i++) limit.noteStart(back + i * 20 * SECOND);
    expect(limit.learnt?.most).toBe(10);
  });

  test("a later refusal never lowers the rate by more than half", () => {
    const limit = new LearntLimit();
    const back = teach(limit, { count: 20, everyMs: SECOND, backMs: MINUTE });
    limit.noteStart(back + SECOND);
    limit.noteRefusal(back + SECOND, back + SECOND);
    const again = back + 2 * MINUTE;
    limit.noteStart(again);
    limit.noteSuccess(again, again);
    const { most = 0, windowMs = 1 } = limit.learnt ?? {};
    expect(most / windowMs).toBeGreaterThanOrEqual(20 / MINUTE / 2);
  });

  test("a success that began before the refusal teaches nothing", () => {
    const limit = new LearntLimit();
    for (let i = 0; i < 5; i++) limit.noteStart(START + i);
    limit.noteRefusal(START + 5, START + 10);
    limit.noteSuccess(START + 4, START + 20);
    expect(limit.learnt).toBeUndefined();
  });

  test("forgets what had another reason", () => {
    const limit = new LearntLimit();
    const back = teach(limit, { count: 1, everyMs: SECOND, backMs: MINUTE });
    expect(limit.freeAt(back)).toBeGreaterThan(back);
    limit.forget();
    expect([limit.learnt, limit.freeAt(back)]).toEqual([undefined, back]);
  });

  test("for any history it lets one through at least, in a time that ends, also after the clock went back", () => {
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom("start", "refused", "answered", "unsent", "back" as const),
        ms: fc.constantFrom(0, 1, 300, SECOND, 20 * SECOND, MINUTE, 10 * MINUTE),
      }),
      { maxLength: 80, size: "max" },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const limit = new LearntLimit();
        let now = START;
        let startedAt = START;
        for (const { kind, ms } of all) {
          now += kind === "back" ? -10 * ms : ms;
          if (kind === "back") limit.rebase(now);
          if (kind === "start") startedAt = now;
          if (kind === "start") limit.noteStart(now);
          if (kind === "refused") limit.noteRefusal(Math.min(startedAt, now), now);
          if (kind === "answered") limit.noteSuccess(Math.min(startedAt, now), now);
          if (kind === "unsent") limit.takeBack(Math.min(startedAt, now), now);
          const { most = 1, windowMs = 1 } = limit.learnt ?? {};
          expect(most).toBeGreaterThanOrEqual(1);
          expect(windowMs).toBeGreaterThanOrEqual(1);
          expect(limit.freeAt(now)).toBeLessThanOrEqual(now + 20_000 * SECOND);
        }
      }),
      { numRuns: 150 },
    );
  });
});
