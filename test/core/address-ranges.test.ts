// Ranges of addresses: which texts are ranges, and which addresses lie in them.
import { expect, test } from "bun:test";
import { compileAddressRanges, isAddressRange } from "../../src/core/address-ranges.ts";

test.each([
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["10.0.0.0/8", "::ffff:10.0.0.1", true],
  ["10.1.2.3", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.4", false],
  ["192.168.1.77/24", "192.168.1.1", true],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["::/0", "2001:db8::1", true],
  ["fd00::/8", "fd12:3456::1", true],
  ["fd00::/8", "fe80::1", false],
  ["fe80::/10", "fe80::1%eth0", true],
  ["::1", "::1", true],
  ["::1", "unknown", false],
  ["127.0.0.0/8", "", false],
] as const)("%p has %p: %p", (range, address, expected) => {
  expect(compileAddressRanges([range])(address)).toBe(expected);
});

test("one range is enough, none has nothing", () => {
  const isInside = compileAddressRanges(["10.0.0.0/8", "fd00::/8"]);
  expect([isInside("10.0.0.1"), isInside("fd00::1"), isInside("192.0.2.1")]).toEqual([true, true, false]);
  expect(compileAddressRanges([])("10.0.0.1")).toBe(false);
});

test.each(["10.0.0.0/33", "fd00::/129", "10.0.0/8", "localhost", "10.0.0.0/", "10.0.0.0/-1", "fe80::1%eth0", ""])(
  "%p is no range",
  (text) => {
    expect(isAddressRange(text)).toBe(false);
    expect(() => compileAddressRanges([text])).toThrow("it is none");
  },
);
