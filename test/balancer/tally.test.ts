// Uses and failures of the last 24 hours.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Tally } from "../../src/balancer/tally.ts";
import { COMMITTED, driverOf, HOUR, MINUTE, needOf, START } from "./fixtures.ts";

describe("Tally", () => {
  test("is empty and takes no state until the first use", () => {
    expect(new Tally().sums(START)).toEqual({ used: 0, failed: 0 });
    expect(new Tally().toState(START)).toBeUndefined();
  });

  test("counts what happened within 24 hours, as a naive count by hours does, over any restart", () => {
    const events = fc.array(fc.record({ afterMs: fc.nat(40 * HOUR), fails: fc.boolean(), restarts: fc.boolean() }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(events, (all) => {
        let tally = new Tally();
        let now = START;
        const uses: { readonly hour: number; readonly fails: boolean }[] = [];
        for (const { afterMs, fails, restarts } of all) {
          now += afterMs;
          const hour = Math.floor(now / HOUR);
          uses.push({ hour, fails });
          tally.noteUse(now);
          if (fails) tally.noteFailure(now);
          if (restarts) {
            const state = tally.toState(now);
            tally = new Tally();
            if (state !== undefined) tally.restore(JSON.parse(JSON.stringify(state)), now);
          }
          const recent = uses.filter((use) => use.hour > hour - 24);
          expect(tally.sums(now)).toEqual({
            used: recent.length,
            failed: recent.filter((use) => use.fails).length,
          });
        }
        expect(tally.sums(now + 24 * HOUR)).toEqual({ used: 0, failed: 0 });
      }),
    );
  });

  test("a clock that goes back loses no count", () => {
    const tally = new Tally();
    tally.noteUse(START);
    tally.noteUse(START - 5 * HOUR);
    expect(tally.sums(START - 5 * HOUR)).toEqual({ used: 2, failed: 0 });
    const later = new Tally();
    later.restore(tally.toState(START) ?? { hour: 0, used: [], failed: [] }, START - 5 * HOUR);
    expect(later.sums(START - 5 * HOUR)).toEqual({ used: 2, failed: 0 });
  });
});

describe("An attempt is counted", () => {
  const sums = (driver: ReturnType<typeof driverOf>) => {
    const { used, failed } = driver.key("k0");
    return { used, failed };
  };

  test("once, however often it is judged, and as failed once", () => {
    const driver = driverOf(1);
    const attempt = driver.begin("k0", needOf("p"));
    driver.balancer.judge(attempt, COMMITTED, driver.now);
    driver.judge(attempt, { kind: "stream-broken" });
    driver.judge(attempt, { kind: "stream-broken" });
    expect(sums(driver)).toEqual({ used: 1, failed: 1 });
  });

  test("as no failure when the fault was the client's, or when it left", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "none" });
    driver.attempt("k0", { kind: "client-gone", waitedMs: MINUTE });
    expect(sums(driver)).toEqual({ used: 2, failed: 0 });
  });

  test("by the time of its first verdict, which a restart keeps, also when the day is over", () => {
    const driver = driverOf(1);
    expect(driver.key("k0").lastUsed).toBeUndefined();
    const attempt = driver.begin("k0", needOf("p"));
    driver.now += MINUTE;
    driver.balancer.judge(attempt, COMMITTED, driver.now);
    driver.now += 2 * 24 * HOUR;
    driver.judge(attempt, { kind: "stream-broken" });
    expect(driver.key("k0")).toMatchObject({ lastUsed: START + MINUTE });
    const entries = JSON.parse(JSON.stringify([...driver.balancer.entries(driver.now)]));
    const next = driverOf(1);
    next.balancer.restore(entries, driver.now);
    next.now = driver.now;
    expect(next.key("k0")).toMatchObject({ lastUsed: START + MINUTE, used: 0 });
    const back = driverOf(1);
    back.balancer.restore(entries, START);
    expect(back.key("k0").lastUsed).toBe(START);
  });

  test("not at all when it was free", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "key-invalid" }, needOf("p", { isFree: true }));
    expect(sums(driver)).toEqual({ used: 0, failed: 0 });
  });
});
