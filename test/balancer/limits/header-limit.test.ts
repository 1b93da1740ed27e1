// What one stated limit lets through, before anybody has said how it refills.
import { expect, test } from "bun:test";
import { HeaderLimit } from "../../../src/balancer/limits/header-limit.ts";
import { newForms } from "../../../src/balancer/limits/refill-form.ts";

const START = 1_000_000;

function limitOf() {
  const forms = newForms();
  return { forms, limit: new HeaderLimit({ unit: "requests" }, forms) };
}

test("a refusal among attempts that were sent before anything was known tells nothing of how it refills", () => {
  const { forms, limit } = limitOf();
  // Fifteen at once, of which five are let through.
  const moment = { now: START + 100, startedAt: START, spent: 5, spentNow: 15 };
  limit.note({ unit: "requests", limit: 600, remaining: 0, resetMs: 59_500 }, moment);
  limit.noteRefusal(15, START);
  expect(forms.minute.form).toBe("bucket");
});

test("three refusals of what only a bucket would have refilled tell that it is none", () => {
  const { forms, limit } = limitOf();
  const moment = { now: START + 100, startedAt: START, spent: 1, spentNow: 1 };
  limit.note({ unit: "requests", limit: 600, remaining: 0, resetMs: 59_500 }, moment);
  for (let i = 1; i <= 2; i++) limit.noteRefusal(1 + i, START + i * 1_000);
  expect(forms.minute.form).toBe("bucket");
  limit.noteRefusal(4, START + 3_000);
  expect(forms.minute.form).toBe("fixed");
});

test.each([
  ["a limit by the second", 10, 0, 1_000, 100],
  ["a limit by the minute, its reset rounded up", 600, 599, 1_000, 100],
  ["a limit by the minute that is nearly full at once", 600, 595, 6, 100],
])("%s refills at its own rate", (_name, most, remaining, resetMs, onceIn) => {
  const { limit } = limitOf();
  const moment = { now: START, startedAt: START, spent: 1, spentNow: 1 };
  limit.note({ unit: "requests", limit: most, remaining, resetMs }, moment);
  const left = limit.left(1, START);
  // As many at once as are left, and one more.
  const wait = limit.freeAt(1, 1 + left, START) - START;
  expect(wait).toBeGreaterThanOrEqual(onceIn * 0.8);
  expect(wait).toBeLessThanOrEqual(onceIn * 1.2);
});

test("the begin of a window by the second, of which nearly all is left, makes it no slow bucket", () => {
  const { limit } = limitOf();
  const first = { now: START, startedAt: START, spent: 10, spentNow: 10 };
  limit.note({ unit: "requests", limit: 10, remaining: 0, resetMs: 1_000 }, first);
  const next = { now: START + 1_100, startedAt: START + 1_090, spent: 11, spentNow: 41 };
  limit.note({ unit: "requests", limit: 10, remaining: 9, resetMs: 1_000 }, next);
  // Thirty more are on their way, twenty-one too many.
  expect(limit.freeAt(1, 41, next.now) - next.now).toBe(2_200);
});
