// 100,000 keys: that they work, and what an idle one takes of memory.

import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import type { PoolSpec } from "../../src/balancer/contract.ts";
import { balancerOf, Driver, keySpecs, needOf, poolSpec, seeded } from "./fixtures.ts";

const KEYS = 100_000;
const MOST_BYTES = 1_024;

function settledBytes(): number {
  for (let i = 0; i < 3; i++) Bun.gc(true);
  const { heapSize, extraMemorySize } = heapStats();
  return heapSize + extraMemorySize;
}

test("an idle key of 100,000 takes less than 1 KiB, and they can be chosen from and reported", () => {
  const specs: readonly PoolSpec[] = [poolSpec("p", keySpecs(KEYS), { affinity: "auto" })];
  const before = settledBytes();
  const driver = new Driver(balancerOf(specs, seeded(1)));
  const served = new Set<string>();
  for (let i = 0; i < 1_000; i++) served.add(driver.serve(needOf("p")).keyId);
  expect(served.size).toBe(1_000);
  const affine = () => needOf("p", { affinity: () => "the same" });
  expect(driver.serve(affine()).keyId).toBe(driver.serve(affine()).keyId);
  const bytes = (settledBytes() - before) / KEYS;
  // Below this the keys would not be there at all.
  expect(bytes).toBeGreaterThan(100);
  expect(bytes).toBeLessThan(MOST_BYTES);
  expect(driver.pool().keys.length).toBe(KEYS);
  expect(driver.balancer.summarize(driver.now)[0]?.keys.ready).toBe(KEYS);
  expect([...driver.balancer.entries(driver.now)].length).toBeGreaterThanOrEqual(1_000);
  expect(specs[0]?.keys.length).toBe(KEYS);
});
