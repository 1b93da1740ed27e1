// Who waits, who is served next, and that nobody is forgotten.
import { describe, expect, test } from "bun:test";
import type { Tried } from "../../../src/balancer/contract.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import { LIMITED_BEFORE, needOf, WaitLab } from "../waiting.ts";

const REFUSED: Verdict = {
  blame: "key",
  outcome: "rate_limited",
  effect: { kind: "none" },
  next: "rotate",
  last: "rate_limited",
  reason: "x",
};

const names = (lab: WaitLab) => lab.taken.map(({ name }) => name);

describe("order", () => {
  test("is that of arrival within a client", () => {
    const lab = new WaitLab();
    for (let i = 0; i < 5; i++) lab.join();
    lab.free("a", 5);
    expect(names(lab)).toEqual([0, 1, 2, 3, 4]);
  });

  test("gives clients turns, so that a thousand requests of one do not stand before one of another", () => {
    const lab = new WaitLab(2_000);
    for (let i = 0; i < 1_000; i++) lab.join({ client: "greedy" });
    lab.join({ client: "small" });
    lab.free("a", 2);
    expect(lab.taken.map(({ client }) => client)).toEqual(["greedy", "small"]);
  });

  test("keeps a client's turn when one of its requests leaves", () => {
    const lab = new WaitLab();
    const first = lab.join({ client: "x" });
    lab.join({ client: "y" });
    lab.join({ client: "x" });
    first.leave();
    lab.free("a", 2);
    expect(lab.taken.map(({ client }) => client)).toEqual(["x", "y"]);
  });

  test("across lines begins with the head that waits longest", () => {
    const lab = new WaitLab();
    let free = 0;
    const take = () => {
      if (free === 0) return { until: Number.POSITIVE_INFINITY };
      free -= 1;
      return "taken" as const;
    };
    for (const model of ["b", "a", "b", "c", "a"]) lab.join({ model, take });
    for (let i = 0; i < 5; i++) {
      free = 1;
      lab.queue.wake(lab.clock.now());
    }
    expect(names(lab)).toEqual([0, 1, 2, 3, 4]);
  });

  test("lets no line wait for another", () => {
    const lab = new WaitLab();
    lab.join({ model: "a" });
    lab.join({ model: "b" });
    lab.free("b");
    expect(names(lab)).toEqual([1]);
  });

  test("puts those first that come back from a key that was limited", () => {
    const lab = new WaitLab();
    lab.join();
    lab.join();
    lab.join({ tried: LIMITED_BEFORE });
    lab.free("a", 3);
    expect(names(lab)).toEqual([2, 0, 1]);
  });

  test("keeps those who tried something in a line of their own", () => {
    const lab = new WaitLab();
    const candidate = { provider: "p", keyId: "k", model: "a" };
    const tried: readonly Tried[] = [{ candidate, verdict: REFUSED }];
    const { signal } = new AbortController();
    const ends: string[] = [];
    const facts = { need: needOf("c", "a"), deadline: lab.clock.now() + 1_000, signal, onEnd: () => {} };
    const never = () => ({ until: Number.POSITIVE_INFINITY });
    lab.queue.join({ ...facts, tried, take: never }, { maxSize: 9, until: Number.POSITIVE_INFINITY });
    expect(lab.queue.isOccupied(facts.need)).toBe(false);
    const onEnd = (end: string) => void ends.push(end);
    lab.queue.join({ ...facts, tried: [], take: () => "taken", onEnd }, { maxSize: 9, until: lab.clock.now() });
    expect(lab.queue.isOccupied(facts.need)).toBe(true);
    lab.queue.wake(lab.clock.now());
    expect(ends).toEqual(["taken"]);
  });
});

describe("time", () => {
  test("serves when the time that was told has come", () => {
    const lab = new WaitLab();
    lab.slots().free = 1;
    lab.slots().restsUntil = lab.clock.now() + 5_000;
    const waiter = lab.join();
    lab.clock.advance(4_999);
    expect(waiter.ends).toEqual([]);
    lab.clock.advance(1);
    expect(waiter.ends.map(({ end }) => end)).toEqual(["taken"]);
  });

  test("serves at the last moment, and ends the wait there", () => {
    const lab = new WaitLab();
    lab.slots().free = 1;
    lab.slots().restsUntil = lab.clock.now() + 5_000;
    const [first, second] = [lab.join({ waitMs: 5_000 }), lab.join({ waitMs: 5_000 })];
    lab.clock.advance(5_000);
    expect([first, second].map(({ ends }) => ends[0]?.end)).toEqual(["taken", "late"]);
  });

  test("gives no turn to one whose time is over, however late the timer is", () => {
    const lab = new WaitLab();
    const waiter = lab.join({ waitMs: 1_000 });
    lab.clock.time += 2_000;
    lab.free();
    expect(waiter.ends.map(({ end }) => end)).toEqual(["late"]);
    expect(lab.turns).toBe(0);
  });

  test("asks again soon, not at once, where the time that is told has passed", () => {
    const lab = new WaitLab();
    lab.join({ waitMs: 1_000, take: (now) => ({ until: now - 1 }) });
    lab.free();
    lab.clock.advance(999);
    expect(lab.turns).toBeLessThanOrEqual(101);
    lab.clock.advance(1);
    expect(lab.queue.length).toBe(0);
  });

  test("is not made longer by a clock that goes back", () => {
    const lab = new WaitLab();
    const waiter = lab.join({ waitMs: 10_000 });
    const [timer] = lab.clock.timers.values();
    lab.clock.time -= 3_600_000;
    if (timer !== undefined) timer.at -= 3_600_000;
    lab.clock.advance(9_999);
    expect(waiter.ends).toEqual([]);
    lab.clock.advance(1);
    expect(waiter.ends.map(({ end }) => end)).toEqual(["late"]);
  });

  test("has one timer, and none with nobody waiting", () => {
    const lab = new WaitLab();
    const waiters = [5_000, 1_000, 9_000].map((waitMs, i) => lab.join({ waitMs, model: `m${i}` }));
    expect(lab.clock.timers.size).toBe(1);
    for (const { leave } of waiters) leave();
    expect([lab.queue.length, lab.clock.timers.size]).toEqual([0, 0]);
  });
});

describe("room", () => {
  test("ends with max_size", () => {
    const lab = new WaitLab(2);
    expect([lab.join(), lab.join(), lab.join()].map(({ isIn }) => isIn)).toEqual([true, true, false]);
    expect(lab.queue.figures(lab.clock.now()).refused).toBe(1);
  });

  test("is made by the client that has most of it, last come first", () => {
    const lab = new WaitLab(4);
    for (let i = 0; i < 4; i++) lab.join({ client: "greedy" });
    const [one, two, three] = [1, 2, 3].map(() => lab.join({ client: "small" }));
    expect([one?.isIn, two?.isIn, three?.isIn]).toEqual([true, true, false]);
    const displaced = lab.waiters.filter(({ ends }) => ends[0]?.end === "displaced");
    expect(displaced.map(({ name }) => name)).toEqual([2, 3]);
  });

  test("is none without a size", () => {
    expect(new WaitLab(0).join().isIn).toBe(false);
  });
});

describe("turns", () => {
  test("are given to 64 at a time, to all lines in the end", () => {
    const lab = new WaitLab();
    for (let i = 0; i < 200; i++) lab.join({ model: `m${i}` });
    lab.slots("m199").free = 1;
    lab.queue.wake(lab.clock.now());
    expect(lab.turns).toBe(64);
    for (let i = 0; i < 4; i++) lab.clock.fireNext(lab.clock.now());
    expect(names(lab)).toEqual([199]);
    expect(lab.turns).toBeLessThanOrEqual(202);
  });

  test("reach every line though something changes all the time", () => {
    const lab = new WaitLab();
    for (let i = 0; i < 200; i++) lab.join({ model: `m${i}` });
    lab.slots("m199").free = 1;
    for (let i = 0; i < 5; i++) {
      lab.queue.wake(lab.clock.now());
      lab.queue.wake(lab.clock.now());
      lab.clock.fireNext(lab.clock.now());
    }
    expect(names(lab)).toEqual([199]);
  });

  test("follow a change that comes while turns are given", () => {
    const lab = new WaitLab();
    lab.join({ model: "first" });
    const take = () => {
      lab.slots("first").free += 1;
      lab.queue.wake(lab.clock.now());
      return { until: Number.POSITIVE_INFINITY };
    };
    lab.join({ model: "second", take });
    lab.queue.wake(lab.clock.now());
    expect(names(lab)).toEqual([0]);
  });

  test("pass to the next when the head leaves", () => {
    const lab = new WaitLab();
    const large = lab.join({ take: () => ({ until: Number.POSITIVE_INFINITY }) });
    const small = lab.join();
    lab.free();
    expect(small.ends).toEqual([]);
    large.leave();
    lab.clock.advance(0);
    expect(small.ends.map(({ end }) => end)).toEqual(["taken"]);
  });

  test("end for one whom nothing will serve, and go on behind it", () => {
    const lab = new WaitLab();
    const first = lab.join({ take: () => "hopeless" });
    lab.join();
    lab.free();
    expect(first.ends.map(({ end }) => end)).toEqual(["hopeless"]);
    expect(names(lab)).toEqual([1]);
  });
});

test("figures tell how many wait, for how long, and how the others ended", () => {
  const lab = new WaitLab();
  lab.join();
  lab.clock.advance(1_000);
  lab.join({ client: "d" }).leave();
  lab.join({ client: "e" });
  lab.clock.advance(500);
  lab.free();
  lab.clock.advance(250);
  const { length, longestWaitMs, ended } = lab.queue.figures(lab.clock.now());
  expect({ length, longestWaitMs }).toEqual({ length: 1, longestWaitMs: 750 });
  expect(ended.taken).toEqual({ count: 1, waitedMs: 1_500 });
  expect(ended.gone).toEqual({ count: 1, waitedMs: 0 });
});
