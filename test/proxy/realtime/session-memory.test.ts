// How much of the memory of all requests one session takes.
import { expect, test } from "bun:test";
import { BufferPool } from "../../../src/proxy/body/buffer-pool.ts";
import { SessionMemory } from "../../../src/proxy/realtime/session-memory.ts";

const KIB = 1024;
const FREE = 64 * KIB;

test("what is small is free, the rest is held until it is less", () => {
  const pool = new BufferPool(10 * KIB);
  const [first, second] = [new SessionMemory(pool), new SessionMemory(pool)];
  expect([first.hold(FREE), pool.usedBytes]).toEqual([true, 0]);
  expect([first.hold(FREE + 8 * KIB), pool.usedBytes]).toEqual([true, 8 * KIB]);
  expect([second.hold(FREE + 3 * KIB), pool.usedBytes]).toEqual([false, 8 * KIB]);
  expect([first.hold(FREE + 11 * KIB), pool.usedBytes]).toEqual([false, 8 * KIB]);
  expect([first.hold(FREE + 7 * KIB), pool.usedBytes]).toEqual([true, 7 * KIB]);
  expect([second.hold(FREE + 3 * KIB), pool.usedBytes]).toEqual([true, 10 * KIB]);
  first.hold(0);
  second.hold(0);
  expect(pool.usedBytes).toBe(0);
});
