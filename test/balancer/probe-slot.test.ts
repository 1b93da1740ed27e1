// One attempt finds out, and the others keep away from it for ten seconds at most.
import { expect, test } from "bun:test";
import { ProbeSlot } from "../../src/balancer/probe-slot.ts";
import { HOUR, SECOND, START } from "./fixtures.ts";

test("ProbeSlot is free until it is taken, and again when its attempt is decided", () => {
  const slot = new ProbeSlot();
  const attempt = {};
  expect([slot.freeAt, slot.isRunning, slot.isTaken(START)]).toEqual([0, false, false]);
  slot.take(attempt, START);
  expect([slot.freeAt, slot.isRunning, slot.isTaken(START)]).toEqual([START + 10 * SECOND, true, true]);
  slot.release(attempt);
  expect([slot.freeAt, slot.isRunning, slot.isTaken(START)]).toEqual([0, false, false]);
});

test("ProbeSlot keeps those without another way off for 10 s, and the others until the end", () => {
  const slot = new ProbeSlot();
  slot.take({}, START);
  const at = START + 10 * SECOND;
  expect([slot.isTaken(at - 1), slot.isTaken(at)]).toEqual([true, false]);
  expect(slot.isRunning).toBe(true);
});

test("ProbeSlot is not freed by an attempt that a later one replaced", () => {
  const slot = new ProbeSlot();
  const [first, second] = [{}, {}];
  slot.take(first, START);
  slot.take(second, START + 11 * SECOND);
  slot.release(first);
  expect(slot.freeAt).toBe(START + 21 * SECOND);
  slot.release(second);
  expect(slot.isRunning).toBe(false);
});

test("ProbeSlot keeps nobody off for longer after the clock went back", () => {
  const slot = new ProbeSlot();
  slot.take({}, START);
  slot.rebase(START - HOUR);
  expect(slot.freeAt).toBe(START - HOUR + 10 * SECOND);
});
