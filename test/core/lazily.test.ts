// Values that are made when they are first needed.
import { expect, test } from "bun:test";
import { lazily } from "../../src/core/lazily.ts";

test("lazily makes a value once, with the first call, also where it is undefined", () => {
  let made = 0;
  const value = lazily(() => {
    made += 1;
  });
  expect(made).toBe(0);
  expect([value(), value(), made]).toEqual([undefined, undefined, 1]);
});

test("lazily tries again after a failure", () => {
  let isBroken = true;
  const value = lazily(() => {
    if (isBroken) throw new Error("not yet");
    return 7;
  });
  expect(value).toThrow("not yet");
  isBroken = false;
  expect(value()).toBe(7);
});
