// Rosters against the plainest model: a list of who sleeps until when.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KeyHealth } from "../../src/balancer/key-health.ts";
import { Roster, Rosters } from "../../src/balancer/roster.ts";
import { keySpec } from "./fixtures.ts";

function keysOf(count: number): readonly KeyHealth[] {
  return Array.from({ length: count }, (_, place) => {
    const key = new KeyHealth(keySpec(`k${place}`));
    key.place = place;
    return key;
  });
}

function awakeOf(roster: Roster): readonly number[] {
  return Array.from({ length: roster.count }, (_, position) => roster.at(position)?.place ?? -1).sort((a, b) => a - b);
}

type Step =
  | { readonly kind: "sleep"; readonly at: number; readonly ms: number }
  | { readonly kind: "wake"; readonly at: number }
  | { readonly kind: "advance"; readonly ms: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("sleep" as const),
      at: fc.nat(30),
      ms: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(Number.POSITIVE_INFINITY)),
    }),
    fc.record({ kind: fc.constant("wake" as const), at: fc.nat(30) }),
    fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(60) }),
  ),
  { maxLength: 150, size: "max" },
);

describe("Roster", () => {
  test("nobody sleeps past the time, wakes by nothing, or is counted twice", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), steps, (count, all) => {
        const keys = keysOf(count);
        const roster = new Roster(keys);
        const asleep = new Map<number, number>();
        let now = 0;
        for (const step of all) {
          const key = keys[step.kind === "advance" ? 0 : step.at % count] as KeyHealth;
          if (step.kind === "wake") {
            roster.wake(key.place);
            asleep.delete(key.place);
          } else if (step.kind === "sleep") {
            roster.sleep(key, now + step.ms);
            if (!asleep.has(key.place)) asleep.set(key.place, now + step.ms);
          } else {
            now += step.ms;
            roster.advance(now);
            for (const [place, until] of asleep) {
              // To wake early does no harm; it is then asked, and sleeps again.
              if (until <= now || roster.isAwake(keys[place] as KeyHealth)) asleep.delete(place);
            }
          }
          const awake = keys.filter(({ place }) => !asleep.has(place)).map(({ place }) => place);
          expect(awakeOf(roster)).toEqual(awake);
          const earliest = Math.min(...asleep.values());
          expect(roster.nextAt).toBeLessThanOrEqual(earliest);
          if (roster.nextAt < Number.POSITIVE_INFINITY) expect(roster.nextAt).toBeGreaterThan(now);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("a key that sleeps and wakes a million times fills no memory", () => {
    const keys = keysOf(1);
    const [key] = keys as [KeyHealth];
    const roster = new Roster(keys);
    Bun.gc(true);
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 1_000_000; i++) {
      roster.sleep(key, 1_000_000_000);
      roster.wake(key.place);
    }
    Bun.gc(true);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000);
    roster.sleep(key, 2_000_000_000);
    expect(roster.nextAt).toBe(2_000_000_000);
    roster.advance(1_000_000_000);
    expect(roster.isAwake(key)).toBe(false);
    roster.advance(2_000_000_000);
    expect(roster.isAwake(key)).toBe(true);
  });

  test.each([1, 2, 3, 64, 65, 100, 997, 1_000])("a walk by its step visits each of %d positions once", (count) => {
    const roster = new Roster(keysOf(count));
    const visited = new Set(Array.from({ length: count }, (_, turn) => (turn * roster.step) % count));
    expect(visited.size).toBe(count);
  });
});

test.each([
  [1_000, 1_000],
  [10_000, 100],
  [100_000, 32],
])("Rosters of %d keys are kept for %d models", (keys, models) => {
  const rosters = new Rosters(keysOf(keys));
  const first = rosters.of("first");
  for (let i = 1; i < models; i++) rosters.of(`model ${i}`);
  expect(rosters.of("first")).toBe(first);
  rosters.of("one too many");
  expect(rosters.of("first")).not.toBe(first);
});
