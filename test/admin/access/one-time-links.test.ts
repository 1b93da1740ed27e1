// One-time links: once, for five minutes, and none that others guess.
import { expect, test } from "bun:test";
import { OneTimeLinks } from "../../../src/admin/access/one-time-links.ts";
import { Redactor } from "../../../src/core/redaction.ts";

const LIFE_MS = 300_000;

function lab() {
  const clock = { now: 5_000_000 };
  return { clock, links: new OneTimeLinks(() => clock.now) };
}

test("a code counts once", () => {
  const { clock, links } = lab();
  const { code, expiresAt } = links.make();
  expect(expiresAt).toBe(clock.now + LIFE_MS);
  expect([links.take(code), links.take(code)]).toEqual([true, false]);
});

test.each([
  [LIFE_MS - 1, true],
  [LIFE_MS, false],
  [-1, false],
])("after %p ms it counts: %p", (after, counts) => {
  const { clock, links } = lab();
  const { code } = links.make();
  clock.now += after;
  expect(links.take(code)).toBe(counts);
});

test.each(["", "x", "oab-link-", "__proto__"])("%p is no code", (text) => {
  const { links } = lab();
  links.make();
  expect(links.take(text)).toBe(false);
});

test("a code has 256 bits, and no log shows it", () => {
  const { links } = lab();
  const codes = new Set(Array.from({ length: 100 }, () => links.make().code));
  expect(codes.size).toBe(100);
  for (const code of codes) {
    expect(code).toMatch(/^oab-link-[\w-]{43}$/);
    expect(new Redactor().redact(`GET /admin/open?code=${code}`)).not.toContain(code.slice(9, 30));
  }
});

test("of many the newest twenty count, and after clear none", () => {
  const { links } = lab();
  const codes = Array.from({ length: 22 }, () => links.make().code);
  expect(codes.slice(0, 3).map((code) => links.take(code))).toEqual([false, false, true]);
  links.clear();
  expect(links.take(codes[21] ?? "")).toBe(false);
});
