// The upstream limits of the simulator: full exactly at their number, and free again exactly when they say.
import { describe, expect, test } from "bun:test";
import type { LimitSpec } from "../../simulate/upstream/limit.ts";
import { freeAt, Quota } from "../../simulate/upstream/quota.ts";
import { daysIn } from "../../simulate/upstream/zone-days.ts";
import { START } from "../../simulate/virtual-clock.ts";

const ONE = { tokens: 100 };

function admitted(quota: Quota, now: number, tries = 1_000): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (quota.admit(ONE, now) === undefined) count += 1;
  return count;
}

function quotaOf(...specs: readonly LimitSpec[]): Quota {
  return new Quota(specs);
}

describe("FixedWindow", () => {
  const spec: LimitSpec = { form: "fixed", unit: "requests", limit: 60, per: "minute" };

  test("admits its limit in each minute of the clock and no more", () => {
    const quota = quotaOf(spec);
    expect(admitted(quota, START + 59_000)).toBe(60);
    expect(admitted(quota, START + 59_999)).toBe(0);
    expect(admitted(quota, START + 60_000)).toBe(60);
  });

  test("is free at the end of the window", () => {
    const quota = quotaOf(spec);
    expect(quota.freeAt(ONE, START + 1_000)).toBe(START + 1_000);
    admitted(quota, START + 1_000);
    expect(quota.freeAt(ONE, START + 1_000)).toBe(START + 60_000);
    expect(quota.limits[0]?.state(START + 20_000)).toEqual({ limit: 60, remaining: 0, resetMs: 40_000 });
  });

  test("never fits what is larger than itself", () => {
    const tokens: LimitSpec = { form: "fixed", unit: "tokens", limit: 99, per: "minute" };
    expect(quotaOf(tokens).freeAt(ONE, START)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("TokenBucket", () => {
  const spec: LimitSpec = { form: "bucket", unit: "requests", limit: 60, per: "minute" };

  test("admits its size at once, then its rate", () => {
    const quota = quotaOf(spec);
    expect(admitted(quota, START)).toBe(60);
    expect(admitted(quota, START + 999)).toBe(0);
    expect(admitted(quota, START + 1_000)).toBe(1);
    expect(admitted(quota, START + 31_000)).toBe(30);
    expect(admitted(quota, START + 10 * 60_000)).toBe(60);
  });

  test("is free when it says, and not a millisecond before", () => {
    const quota = quotaOf(spec);
    admitted(quota, START);
    const at = quota.freeAt(ONE, START + 250);
    expect(at).toBe(START + 1_000);
    expect(quota.fits(ONE, at - 1)).toBe(false);
    expect(quota.fits(ONE, at)).toBe(true);
  });

  test("states the time until it is full", () => {
    const quota = quotaOf(spec);
    admitted(quota, START, 15);
    expect(quota.limits[0]?.state(START)).toEqual({ limit: 60, remaining: 45, resetMs: 15_000 });
  });

  test("counts tokens by the request", () => {
    const quota = quotaOf({ ...spec, unit: "tokens", limit: 1_000 });
    expect(admitted(quota, START)).toBe(10);
    expect(quota.freeAt(ONE, START)).toBe(START + 6_000);
  });
});

describe("Slots", () => {
  test("come back when a call ends", () => {
    const quota = quotaOf({ form: "slots", limit: 3 });
    expect(admitted(quota, START)).toBe(3);
    expect(quota.freeAt(ONE, START)).toBe(Number.POSITIVE_INFINITY);
    quota.release();
    expect(admitted(quota, START)).toBe(1);
  });
});

describe("Quota", () => {
  test("takes a call in all limits or in none, and names the one that lasts longest", () => {
    const minute: LimitSpec = { form: "bucket", unit: "requests", limit: 5, per: "minute" };
    const day: LimitSpec = { form: "fixed", unit: "requests", limit: 8, per: "day" };
    const quota = quotaOf(minute, day);
    expect(admitted(quota, START)).toBe(5);
    expect(quota.admit(ONE, START)?.spec).toEqual(minute);
    expect(admitted(quota, START + 60_000)).toBe(3);
    const full = quota.admit(ONE, START + 60_000);
    expect(full?.spec).toEqual(day);
    // START is 08:00 UTC.
    expect(full && freeAt(full, ONE, START + 60_000)).toBe(START + 16 * 3_600_000);
    expect(quota.admitted).toBe(8);
  });
});

describe("daysIn", () => {
  test.each([
    ["UTC", "2027-01-15T08:00:00Z", "2027-01-15T00:00:00Z", "2027-01-16T00:00:00Z"],
    ["America/Los_Angeles", "2027-01-15T07:59:59Z", "2027-01-14T08:00:00Z", "2027-01-15T08:00:00Z"],
    ["America/Los_Angeles", "2027-01-15T08:00:00Z", "2027-01-15T08:00:00Z", "2027-01-16T08:00:00Z"],
    // The clocks go forward: 23 hours. They go back: 25.
    ["America/Los_Angeles", "2027-03-14T20:00:00Z", "2027-03-14T08:00:00Z", "2027-03-15T07:00:00Z"],
    ["America/Los_Angeles", "2027-11-07T20:00:00Z", "2027-11-07T07:00:00Z", "2027-11-08T08:00:00Z"],
    ["Asia/Kolkata", "2027-01-15T18:29:59Z", "2027-01-14T18:30:00Z", "2027-01-15T18:30:00Z"],
  ])("%s at %s", (zone, at, start, end) => {
    expect(daysIn(zone)(Date.parse(at))).toEqual({ start: Date.parse(start), end: Date.parse(end) });
  });
});
