// Whether headers are believed: they may speak of something else, or know nothing.
import { describe, expect, test } from "bun:test";
import { HeaderLimits } from "../../../src/balancer/limits/header-limits.ts";
import type { LimitReading } from "../../../src/core/quota-facts.ts";
import { MINUTE, newForms, SECOND, START } from "../fixtures.ts";

const DISTRUST_MS = 10 * MINUTE;
const cost = { requests: 1, tokens: 0 };
const nothing = { requests: 0, tokens: 0 };

function requests(remaining: number, fields: Partial<LimitReading> = {}): LimitReading {
  return { unit: "requests", limit: 60, remaining, resetMs: MINUTE, form: "fixed", ...fields };
}

function limits(): HeaderLimits {
  return new HeaderLimits(newForms());
}

function read(known: HeaderLimits, reading: LimitReading, now: number, requestsSpent = 0): void {
  const spent = { ...nothing, requests: requestsSpent };
  known.read(reading, { startedAt: now, now, spent, spentNow: spent });
}

function refuse(known: HeaderLimits, readings: readonly LimitReading[], now: number, tokens = 0): void {
  known.refused(readings, {
    cost: { requests: 1, tokens },
    spent: nothing,
    retryAfterMs: undefined,
    startedAt: now,
    now,
  });
}

/** Whether a reading without room is believed. */
function isBelieved(known: HeaderLimits, now: number): boolean {
  read(known, requests(0), now);
  return known.freeAt(cost, nothing, now) > now;
}

describe("HeaderLimits", () => {
  test("keeps one limit for each unit and time, and waits for the last of them", () => {
    const known = limits();
    read(known, requests(0, { resetMs: SECOND }), START);
    read(known, requests(0, { resetMs: 5 * SECOND, daily: true }), START);
    read(known, { ...requests(0, { resetMs: 3 * SECOND }), unit: "tokens" }, START);
    read(known, requests(0, { resetMs: 2 * SECOND }), START);
    expect([...known].length).toBe(3);
    expect(known.hasTokens).toBe(true);
    expect(known.freeAt({ requests: 1, tokens: 1 }, nothing, START)).toBe(START + 5 * SECOND);
    expect(known.freeAt({ requests: 0, tokens: 1 }, nothing, START)).toBe(START + 3 * SECOND);
    known.forget();
    expect(known.isEmpty).toBe(true);
  });

  test.each<[string, Partial<LimitReading>]>([
    ["no limit", { limit: undefined as never }],
    ["a limit of zero", { limit: 0 }],
    ["a limit below zero", { limit: -1 }],
    ["no rest", { remaining: undefined as never }],
  ])("a reading with %s says nothing", (_, fields) => {
    const known = limits();
    read(known, requests(0, fields), START);
    expect(known.isEmpty).toBe(true);
  });

  test("an answer to an older attempt changes nothing", () => {
    const known = limits();
    const spentNow = { requests: 2, tokens: 0 };
    known.read(requests(0), { startedAt: START, now: START, spent: spentNow, spentNow });
    known.read(requests(50), { startedAt: START, now: START + 1, spent: { requests: 1, tokens: 0 }, spentNow });
    expect(known.freeAt(cost, spentNow, START + 1)).toBe(START + MINUTE);
  });
});

describe("HeaderLimits: distrust", () => {
  test("two refusals in a row beside headers with room: no header is believed for ten minutes", () => {
    const known = limits();
    read(known, requests(30), START);
    refuse(known, [requests(30)], START);
    expect(known.isEmpty).toBe(false);
    refuse(known, [requests(30)], START + SECOND);
    expect(known.isEmpty).toBe(true);
    expect(isBelieved(known, START + DISTRUST_MS)).toBe(false);
    expect(isBelieved(known, START + SECOND + DISTRUST_MS)).toBe(true);
  });

  test("a refusal beside headers without room makes them believed again at once", () => {
    const known = limits();
    for (let i = 0; i < 2; i++) refuse(known, [requests(30)], START);
    expect(isBelieved(known, START + SECOND)).toBe(false);
    refuse(known, [requests(0)], START + SECOND);
    expect(isBelieved(known, START + SECOND)).toBe(true);
  });

  test("refusals that agree with the headers, or bring none, are no contradiction", () => {
    const known = limits();
    for (const readings of [[requests(30)], [requests(0)], [requests(30)], [], [requests(0)], [requests(30)]]) {
      refuse(known, readings, START);
    }
    expect(isBelieved(known, START)).toBe(true);
  });

  test.each([
    // tokens left, the attempt's cost, whether that is room
    [600, 10, true],
    [400, 10, false],
    [600, 700, false],
  ])("%d of 1,000 tokens beside a refused cost of %d", (remaining, tokens, hasRoom) => {
    const known = limits();
    const reading: LimitReading = { unit: "tokens", limit: 1_000, remaining, resetMs: MINUTE };
    for (let i = 0; i < 2; i++) refuse(known, [reading], START, tokens);
    expect(isBelieved(known, START)).toBe(!hasRoom);
  });

  /** Answers of attempts that all got through beside `remaining: 0`; how many it took until that was not believed. */
  function zeroesUntilDistrust(known: HeaderLimits, from: number, everyMs: number): number {
    for (let count = 1; count <= 100; count++) {
      read(known, requests(0), from + count * everyMs, count);
      if (known.isEmpty) return count;
    }
    return Number.POSITIVE_INFINITY;
  }

  test("eight answers in a row beside nothing left, far below the limit, end the belief in it", () => {
    // 60 a minute: one each 10 s is far below.
    expect(zeroesUntilDistrust(limits(), START, 10 * SECOND)).toBe(8);
  });

  test("answers at the pace of the limit do not", () => {
    expect(zeroesUntilDistrust(limits(), START, SECOND)).toBe(Number.POSITIVE_INFINITY);
  });

  test("the limit of a day, or of tokens, is not doubted in this way", () => {
    const known = limits();
    for (let i = 0; i < 50; i++) {
      read(known, requests(0, { daily: true }), START + i * 10 * SECOND);
      read(known, { ...requests(0), unit: "tokens" }, START + i * 10 * SECOND);
    }
    expect([...known].length).toBe(2);
  });

  test("one answer with room starts the count anew, and each doubt takes twice as many", () => {
    const known = limits();
    for (let i = 1; i < 8; i++) read(known, requests(0), START + i * 10 * SECOND);
    read(known, requests(1), START + 80 * SECOND);
    expect(zeroesUntilDistrust(known, START + 90 * SECOND, 10 * SECOND)).toBe(8);
    const later = START + 90 * SECOND + 2 * DISTRUST_MS;
    expect(zeroesUntilDistrust(known, later, 10 * SECOND)).toBe(16);
  });

  test("a clock that goes back does not lengthen it", () => {
    const known = limits();
    for (let i = 0; i < 2; i++) refuse(known, [requests(30)], START);
    const back = START - 1_000 * MINUTE;
    known.rebase(back);
    expect(isBelieved(known, back + DISTRUST_MS - 1)).toBe(false);
    expect(isBelieved(known, back + DISTRUST_MS)).toBe(true);
  });
});
