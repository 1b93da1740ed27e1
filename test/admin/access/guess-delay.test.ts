// How those are slowed down who guess, and who is not.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GuessDelay } from "../../../src/admin/access/guess-delay.ts";

const MINUTE = 60_000;

function lab(now = 1_000_000) {
  const clock = { now };
  const delay = new GuessDelay(() => clock.now);
  const fail = (times: number, address = "10.0.0.1") => {
    for (let i = 0; i < times; i++) delay.noteFailure(address);
  };
  return { clock, delay, fail };
}

describe("GuessDelay", () => {
  test("four failures cost nothing, from the fifth on the wait doubles up to a minute", () => {
    const { clock, delay, fail } = lab();
    fail(4);
    expect(delay.waitMs("10.0.0.1")).toBe(0);
    const waits = Array.from({ length: 9 }, () => {
      fail(1);
      const wait = delay.waitMs("10.0.0.1");
      clock.now += wait;
      return wait / 1000;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  test("a wait ends to the millisecond, and a try after it is free", () => {
    const { clock, delay, fail } = lab();
    fail(5);
    clock.now += 999;
    expect(delay.waitMs("10.0.0.1")).toBe(1);
    clock.now += 1;
    expect(delay.waitMs("10.0.0.1")).toBe(0);
  });

  test("other addresses do not wait", () => {
    const { delay, fail } = lab();
    fail(50);
    expect([delay.waitMs("10.0.0.2"), delay.waitMs("unknown")]).toEqual([0, 0]);
  });

  test.each([
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
    ["2001:db8:1:2::1", "2001:0DB8:0001:0002:0:0:0:5%eth0", true],
    ["2001:db8::1", "2001:db8:0:0:1::", true],
    ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
    ["::1", "1::", false],
    ["10.0.0.1", "10.0.0.2", false],
  ])("%s and %s are one: %p", (one, other, isOne) => {
    const { delay, fail } = lab();
    fail(6, one);
    expect(delay.waitMs(other) > 0).toBe(isOne);
  });

  test("a success, or a quarter of an hour, begins anew", () => {
    const { clock, delay, fail } = lab();
    fail(12);
    delay.noteSuccess("10.0.0.1");
    expect(delay.waitMs("10.0.0.1")).toBe(0);
    fail(4);
    clock.now += 15 * MINUTE;
    fail(1);
    expect(delay.waitMs("10.0.0.1")).toBe(0);
  });

  test("a program that sends yesterday's token again and again makes no guess of it", () => {
    const { delay } = lab();
    expect(delay.noteFailure("10.0.0.1", "fake-old-token")).toBe(1);
    for (let i = 0; i < 100; i++) expect(delay.noteFailure("10.0.0.1", "fake-old-token")).toBeUndefined();
    expect(delay.waitMs("10.0.0.1")).toBe(0);
    for (let i = 0; i < 4; i++) delay.noteFailure("10.0.0.1", `fake-guess-${i}`);
    expect(delay.waitMs("10.0.0.1")).toBe(1_000);
  });

  test("only the last few such tokens are known, so that a list of guesses does not become free", () => {
    const { delay } = lab();
    const guesses = Array.from({ length: 9 }, (_, i) => `fake-guess-${i}`);
    for (const guess of [...guesses, ...guesses]) expect(delay.noteFailure("10.0.0.1", guess)).toBeNumber();
  });

  test("ten thousand addresses are kept in mind, the least recent goes first", () => {
    const { delay, fail } = lab();
    fail(5, "10.0.0.1");
    fail(5, "10.0.0.2");
    for (let i = 0; i < 9_998; i++) fail(1, `a${i}`);
    fail(1, "10.0.0.1");
    fail(1, "one more");
    expect([delay.waitMs("10.0.0.1"), delay.waitMs("10.0.0.2")]).toEqual([2_000, 0]);
  });

  test("whatever the clock does, nobody waits for more than a minute", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10 * MINUTE, max: 10 * MINUTE }), { maxLength: 30 }), (steps) => {
        const { clock, delay, fail } = lab(1_000 * MINUTE);
        for (const step of steps) {
          fail(1);
          clock.now += step;
          const wait = delay.waitMs("10.0.0.1");
          expect(wait).toBeWithin(0, MINUTE + 1);
          clock.now += wait;
          expect(delay.waitMs("10.0.0.1")).toBe(0);
        }
      }),
    );
  });
});
