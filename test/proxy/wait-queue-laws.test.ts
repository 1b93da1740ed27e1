// The laws of waiting, under every mix of arrivals, departures, slots, rests and time.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type FakeWaiter, LIMITED_BEFORE, WaitLab } from "./waiting.ts";

const MAX_SIZE = 12;

const step = fc.record({
  kind: fc.constantFrom("join", "join", "join", "free", "rest", "pass", "leave"),
  client: fc.constantFrom("x", "y", "z"),
  model: fc.constantFrom("a", "b", "c"),
  ms: fc.constantFrom(0, 1, 400, 5_000, 30_000),
  place: fc.nat(40),
  isBack: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function take({ kind, client, model, ms, place, isBack }: Step, lab: WaitLab): void {
  switch (kind) {
    case "join":
      // A new request that finds a free slot and nobody before it would not wait.
      if (isFree(lab, model) && !lab.waiting.some((waiter) => waiter.model === model)) return;
      lab.join({ client, model, waitMs: ms, ...(isBack && { tried: LIMITED_BEFORE }) });
      return;
    case "free":
      lab.free(model);
      return;
    case "rest": {
      const slots = lab.slots(model);
      slots.restsUntil = Math.max(slots.restsUntil, lab.clock.now() + ms);
      return;
    }
    case "pass":
      lab.clock.advance(ms);
      return;
    case "leave":
      lab.waiters[place]?.leave();
      return;
    default:
      kind satisfies never;
  }
}

function isFree(lab: WaitLab, model: string): boolean {
  const { free, restsUntil } = lab.slots(model);
  return free > 0 && restsUntil <= lab.clock.now();
}

function expectLaws(lab: WaitLab): void {
  const { waiting, queue, clock } = lab;
  expect(queue.length).toBe(waiting.length);
  expect(queue.length).toBeLessThanOrEqual(MAX_SIZE);
  expect(clock.timers.size).toBe(waiting.length === 0 ? 0 : 1);
  for (const { deadline, model } of waiting) {
    expect(deadline).toBeGreaterThan(clock.now());
    // No lost wake-up: nobody waits for what is there.
    expect(isFree(lab, model)).toBe(false);
  }
  for (const { ends, deadline } of lab.waiters) {
    expect(ends.length).toBeLessThanOrEqual(1);
    for (const { end, at } of ends) {
      expect(at).toBeLessThanOrEqual(deadline);
      if (end === "late") expect(at).toBe(deadline);
    }
  }
}

/** Of two requests of one client in one line the earlier was served first, unless it had ended otherwise before. */
function expectOrder(taken: readonly FakeWaiter[]): void {
  const last = new Map<string, number>();
  for (const { client, model, isBack, name } of taken) {
    const line = `${client} ${model} ${isBack}`;
    expect(last.get(line) ?? -1).toBeLessThan(name);
    last.set(line, name);
  }
}

/** No client was served twice while another one of its line was there from before the first time. */
function expectTurns(taken: readonly FakeWaiter[], all: readonly FakeWaiter[]): void {
  for (const [index, second] of taken.entries()) {
    const first = taken.slice(0, index).findLast(({ model }) => model === second.model);
    if (first === undefined || first.client !== second.client) continue;
    const [from, to] = [timeOf(first), timeOf(second)];
    const passedOver = all.filter(({ client, model, joinedAt, ends, isIn }) => {
      return (
        isIn && model === second.model && client !== second.client && joinedAt < from && (ends[0]?.at ?? Infinity) > to
      );
    });
    expect(passedOver).toEqual([]);
  }
}

function timeOf({ ends }: FakeWaiter): number {
  return ends[0]?.at ?? Number.NaN;
}

test("nobody is lost, late, doubled, forgotten or passed over", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const lab = new WaitLab(MAX_SIZE);
      for (const one of steps) {
        take(one, lab);
        lab.clock.advance(0);
        expectLaws(lab);
      }
      expectOrder(lab.taken);
      expectTurns(lab.taken, lab.waiters);
      lab.clock.advance(60_000);
      expectLaws(lab);
      expect(lab.waiting).toEqual([]);
      expect(lab.waiters.every(({ isIn, ends }) => ends.length === (isIn ? 1 : 0))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
}, 60_000);
