// How many requests a key takes at once after a rate limit: not all that wait for it.
import { expect, test } from "bun:test";
import { type Driver, driverOf, needOf, SECOND } from "../fixtures.ts";

const WAITING = 60;

test("after a rest one request, then twice as many with each round of answers", () => {
  const driver = driverOf(1);
  driver.attempt("k0", { kind: "rate-limited", retryAfterMs: SECOND });
  driver.now += 2 * SECOND;
  expect([round(driver), round(driver), round(driver), round(driver)]).toEqual([1, 2, 4, 8]);
});

test("also where the refused ones began before anybody knew the model", () => {
  const driver = driverOf(1, { names: () => false });
  const early = Array.from({ length: 5 }, () => driver.begin("k0", needOf("p")));
  for (const attempt of early) {
    driver.judge(attempt, { kind: "rate-limited", retryAfterMs: SECOND });
    driver.balancer.end(attempt, driver.now);
  }
  driver.now += 2 * SECOND;
  expect([round(driver), round(driver), round(driver)]).toEqual([1, 2, 4]);
});

/** Begins all that the key takes at once, lets them succeed, and says how many they were. */
function round(driver: Driver): number {
  const begun = [];
  while (driver.none() === undefined && begun.length < WAITING) begun.push(driver.begin("k0", needOf("p")));
  driver.now += 50;
  for (const attempt of begun) {
    driver.judge(attempt, { kind: "success", complete: true, latencyMs: 50 });
    driver.balancer.end(attempt, driver.now);
  }
  return begun.length;
}
