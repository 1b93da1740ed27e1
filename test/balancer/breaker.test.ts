// The breaker alone: what opens it, for how long, who may try it, and what closes it.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Breaker } from "../../src/balancer/breaker.ts";
import { HOUR, MINUTE, SECOND, START } from "./fixtures.ts";

/** A breaker with a clock and a sequence of its own. */
class Trial {
  readonly breaker = new Breaker();
  now = START;
  #order = 0;

  /** A vote of an attempt that began just before, or at the order given. */
  vote(client = "a", began = this.#order + 1): boolean {
    this.#order += 2;
    return this.breaker.vote({ client, began, order: this.#order, now: this.now });
  }

  votes(count: number): void {
    for (let i = 0; i < count; i++) this.vote(`client-${i}`);
  }

  answer(): boolean {
    this.#order += 1;
    this.breaker.successes.note("another", this.now);
    return this.breaker.close(this.#order, this.now);
  }

  begins(count: number): void {
    for (let i = 0; i < count; i++) this.breaker.noteBegin(this.now);
  }

  rest(ms: number): boolean {
    this.#order += 1;
    return this.breaker.rest(ms, { client: "a", began: this.#order, order: this.#order, now: this.now });
  }

  goBack(ms: number): void {
    this.now -= ms;
    this.breaker.rebase(this.now);
  }

  get state() {
    return this.breaker.stateAt(this.now);
  }

  /** As after an outage: open, over, and closed by a complete answer. */
  closed(): this {
    this.votes(5);
    this.now = this.breaker.openUntil;
    this.answer();
    return this;
  }
}

describe("Breaker: opens", () => {
  test.each([
    [4, "up"],
    [5, "open"],
  ] as const)("%d votes in a row: %s", (votes, state) => {
    const trial = new Trial();
    trial.votes(votes);
    expect(trial.state).toBe(state);
  });

  test.each([
    // answers, votes, state: more than half of at least 20
    [9, 10, "up"],
    [10, 10, "up"],
    [9, 11, "open"],
    [20, 20, "up"],
  ] as const)("%d answers and %d votes, no five in a row: %s", (answers, votes, state) => {
    const trial = new Trial();
    let answered = 0;
    for (let i = 0; i < votes; i++) {
      while (answered < answers && answered * votes <= i * answers) {
        trial.answer();
        answered += 1;
      }
      expect(trial.state).toBe("up");
      trial.vote(`client-${i}`);
    }
    expect(trial.state).toBe(state);
  });

  test.each([
    // requests that begin with each vote: one in five fails, or fewer
    [5, "open"],
    [6, "up"],
  ] as const)("five votes in a row beside %d requests each whose answers take long: %s", (begun, state) => {
    const trial = new Trial();
    for (let i = 0; i < 50; i++) {
      trial.begins(begun);
      trial.vote(`client-${i}`);
      trial.now += SECOND;
    }
    expect(trial.state).toBe(state);
  });

  test("votes and answers older than a minute count no more", () => {
    const trial = new Trial();
    trial.votes(4);
    trial.now += MINUTE;
    trial.vote("b");
    expect(trial.state).toBe("up");
    for (let i = 0; i < 12; i++) {
      trial.vote("c");
      trial.answer();
      trial.now += 6 * SECOND;
    }
    expect(trial.state).toBe("up");
  });

  test("two votes within a minute after it was closed, five later", () => {
    const soon = new Trial().closed();
    soon.now += 59 * SECOND;
    soon.vote("a");
    expect(soon.state).toBe("up");
    soon.vote("b");
    expect(soon.state).toBe("open");
    const later = new Trial().closed();
    later.now += MINUTE;
    later.votes(4);
    expect(later.state).toBe("up");
    later.vote("z");
    expect(later.state).toBe("open");
  });

  test("one client alone opens nothing while another one had an answer within a minute", () => {
    const trial = new Trial();
    trial.answer();
    for (let i = 0; i < 50; i++) trial.vote("alone");
    expect(trial.state).toBe("up");
    trial.now += MINUTE + 5 * SECOND;
    trial.vote("alone");
    expect(trial.state).toBe("up");
    for (let i = 0; i < 4; i++) trial.vote("alone");
    expect(trial.state).toBe("open");
  });

  test("one client alone is not the half that fails, though another one fails now and then", () => {
    const trial = new Trial();
    for (let i = 0; i < 60; i++) {
      trial.now += 900;
      trial.vote("alone");
      if (i % 3 > 0) trial.answer();
      if (i % 20 === 7) trial.vote("another");
    }
    expect(trial.state).toBe("up");
  });

  test("for 5 s, doubling to 5 min with each failed probe, until a complete answer", () => {
    const trial = new Trial();
    trial.votes(5);
    const lengths: number[] = [];
    for (let i = 0; i < 9; i++) {
      lengths.push(trial.breaker.openUntil - trial.now);
      trial.now = trial.breaker.openUntil;
      expect(trial.state).toBe("half_open");
      expect(trial.vote()).toBe(true);
    }
    expect(lengths).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * SECOND));
    trial.now = trial.breaker.openUntil;
    expect(trial.answer()).toBe(true);
    trial.votes(2);
    expect(trial.breaker.openUntil - trial.now).toBe(5 * SECOND);
  });

  test("once, by those that were in flight when it opened", () => {
    const trial = new Trial();
    trial.votes(5);
    const { openUntil } = trial.breaker;
    for (let i = 0; i < 20; i++) expect(trial.vote("late", 0)).toBe(false);
    trial.now = openUntil;
    expect(trial.vote("late", 0)).toBe(false);
    expect(trial.state).toBe("half_open");
  });
});

describe("Breaker: is tried", () => {
  test("early, every ten seconds, by those without another way", () => {
    const trial = new Trial();
    trial.votes(5);
    for (let i = 0; i < 4; i++) {
      trial.now = trial.breaker.openUntil;
      trial.vote();
    }
    // Open for 80 s now.
    const openedAt = trial.now;
    expect(trial.breaker.earlyAt(trial.now)).toBe(openedAt + 10 * SECOND);
    trial.now = openedAt + 10 * SECOND;
    expect(trial.breaker.earlyAt(trial.now)).toBeLessThanOrEqual(trial.now);
    trial.breaker.probe.take({}, trial.now);
    expect(trial.breaker.earlyAt(trial.now)).toBe(trial.now + 10 * SECOND);
    // It failed at once: no step further, and the next try is ten seconds after it.
    const until = trial.breaker.openUntil;
    expect(trial.vote()).toBe(false);
    expect(trial.breaker.openUntil).toBe(until);
    expect(trial.breaker.earlyAt(trial.now)).toBe(trial.now + 10 * SECOND);
  });

  test("not before it is over where that is sooner", () => {
    const trial = new Trial();
    trial.votes(5);
    expect(trial.breaker.earlyAt(trial.now)).toBe(trial.breaker.openUntil);
  });

  test("half-open by one at a time", () => {
    const trial = new Trial();
    trial.votes(5);
    trial.now = trial.breaker.openUntil;
    expect([trial.breaker.isLocked(trial.now), trial.breaker.earlyAt(trial.now) <= trial.now]).toEqual([false, true]);
    const probe = {};
    trial.breaker.probe.take(probe, trial.now);
    expect([trial.breaker.isLocked(trial.now), trial.breaker.earlyAt(trial.now) > trial.now]).toEqual([true, true]);
    trial.breaker.probe.release(probe);
    expect(trial.breaker.isLocked(trial.now)).toBe(false);
  });
});

describe("Breaker: a stated rest", () => {
  test("is open for that time, at most 5 min, takes no step, and closes nothing where it is alone", () => {
    const trial = new Trial();
    expect(trial.rest(HOUR)).toBe(true);
    expect(trial.breaker.openUntil).toBe(trial.now + 5 * MINUTE);
    expect([trial.state, trial.breaker.earlyAt(trial.now)]).toEqual(["open", 0]);
    trial.now = trial.breaker.openUntil;
    expect(trial.state).toBe("up");
    trial.votes(4);
    expect(trial.state).toBe("up");
    trial.vote("z");
    expect(trial.breaker.openUntil - trial.now).toBe(5 * SECOND);
  });

  test("never shortens an opening, nor makes a doubted one sure", () => {
    const trial = new Trial();
    trial.votes(5);
    const until = trial.breaker.openUntil;
    expect(trial.rest(SECOND)).toBe(false);
    expect(trial.breaker.openUntil).toBe(until);
    expect(trial.breaker.earlyAt(trial.now)).toBeGreaterThan(trial.now);
    trial.now = until;
    expect(trial.state).toBe("half_open");
  });

  test("is one after a restart too", () => {
    const trial = new Trial();
    trial.rest(MINUTE);
    const state = trial.breaker.toState(trial.now);
    const restored = new Breaker();
    if (state !== undefined) restored.restore(state, trial.now);
    expect([restored.stateAt(trial.now), restored.earlyAt(trial.now)]).toEqual(["open", 0]);
    expect(restored.stateAt(trial.now + MINUTE)).toBe("up");
  });
});

test("Breaker: for any history it is never open for longer than 5 min, and its state survives", () => {
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom("vote", "late", "answer", "rest", "wait", "back"),
      ms: fc.constantFrom(0, SECOND, 5 * SECOND, MINUTE, HOUR),
    }),
    { maxLength: 60, size: "max" },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const trial = new Trial();
      for (const { kind, ms } of all) {
        if (kind === "vote") trial.vote(`client-${ms}`);
        if (kind === "late") trial.vote("late", 0);
        if (kind === "answer") trial.answer();
        if (kind === "rest") trial.rest(ms);
        if (kind === "wait") trial.now += ms;
        if (kind === "back") trial.goBack(ms);
        expect(trial.breaker.openUntil).toBeLessThanOrEqual(trial.now + 5 * MINUTE);
        expect(trial.breaker.earlyAt(trial.now)).toBeLessThanOrEqual(trial.now + 10 * SECOND);
        const state = trial.breaker.toState(trial.now);
        if (state === undefined) continue;
        const restored = new Breaker();
        restored.restore(state, trial.now);
        expect(restored.toState(trial.now)).toEqual(state);
        expect(restored.stateAt(trial.now)).toBe(trial.state);
      }
    }),
    { numRuns: 200 },
  );
});
