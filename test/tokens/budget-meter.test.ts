// When money that was spent counts no longer.
import { describe, expect, test } from "bun:test";
import { BudgetMeter } from "../../src/tokens/budget-meter.ts";
import { DAY } from "./fixtures.ts";

const at = (iso: string) => Date.parse(iso);
const NANOS = 1_000_000_000;

describe("a budget of", () => {
  test.each([
    ["day", "UTC", "2026-03-15T12:00:00Z", "2026-03-16T00:00:00Z"],
    ["day", "Asia/Kolkata", "2026-03-15T18:29:59Z", "2026-03-15T18:30:00Z"],
    ["month", "rolling", "2026-03-15T12:00:00Z", "2026-04-01T00:00:00Z"],
    ["month", "UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"],
    ["month", "Europe/Berlin", "2026-03-01T00:00:00Z", "2026-03-31T22:00:00Z"],
  ] as const)("a %s, %s, that was spent at %s is whole again at %s", (per, day, spentAt, end) => {
    const budget = new BudgetMeter({ amount: 2, per }, day);
    budget.add(2 * NANOS, at(spentAt), at(spentAt));
    expect(budget.freeAt(1, at(spentAt))).toBe(at(end));
    expect(budget.spent(at(end) - 1)).toBe(2 * NANOS);
    expect(budget.spent(at(end))).toBe(0);
    expect(budget.freeAt(2 * NANOS, at(end))).toBe(at(end));
  });

  test("the last 24 hours gives back step by step", () => {
    const begin = at("2026-03-15T00:00:00Z");
    const budget = new BudgetMeter({ amount: 2, per: "day" }, "rolling");
    budget.add(NANOS, begin, begin);
    budget.add(NANOS, begin + DAY / 2, begin + DAY / 2);
    const now = begin + DAY / 2;
    expect(budget.freeAt(NANOS, now)).toBeGreaterThanOrEqual(begin + DAY);
    expect(budget.freeAt(NANOS, now)).toBeLessThanOrEqual(begin + DAY + DAY / 48);
    expect(budget.spent(begin + DAY + DAY / 48)).toBe(NANOS);
  });

  test("a token's life comes back never", () => {
    const now = at("2026-03-15T12:00:00Z");
    const budget = new BudgetMeter({ amount: 1, per: "total" }, "rolling");
    budget.add(NANOS, now, now);
    expect(budget.freeAt(1, now)).toBe(Number.POSITIVE_INFINITY);
    expect(budget.spent(now + 10_000 * DAY)).toBe(NANOS);
  });
});

describe("what an earlier process spent", () => {
  const now = at("2026-03-15T12:00:00Z");

  test.each([
    ["total", "rolling", DAY, NANOS],
    ["month", "UTC", DAY, NANOS],
    ["month", "UTC", 20 * DAY, 0],
    ["day", "rolling", DAY / 2, NANOS],
    ["day", "rolling", 2 * DAY, 0],
    ["day", "UTC", DAY, 0],
  ] as const)("of a budget per %s, %s, counts after %p ms as %p", (per, day, later, expected) => {
    const before = new BudgetMeter({ amount: 5, per }, day);
    before.add(NANOS, now, now);
    const state = JSON.parse(JSON.stringify(before.state(now)));
    const after = new BudgetMeter({ amount: 5, per }, day);
    after.restore(state, now + later);
    expect(after.spent(now + later)).toBe(expected);
  });

  test("counts not for a budget of another time, and all the same where the clock went back", () => {
    const before = new BudgetMeter({ amount: 5, per: "day" }, "UTC");
    before.add(NANOS, now, now);
    const state = before.state(now) ?? { per: "day", spent: [] };
    const other = new BudgetMeter({ amount: 5, per: "month" }, "UTC");
    other.restore(state, now);
    expect(other.spent(now)).toBe(0);
    const early = new BudgetMeter({ amount: 5, per: "day" }, "UTC");
    early.restore(state, now - 1);
    expect(early.spent(now)).toBe(NANOS);
  });
});
