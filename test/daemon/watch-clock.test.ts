// A clock that goes back is noticed within a second; one that goes forward, sleeps or is corrected a little is not.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { watchClock } from "../../src/daemon/watch-clock.ts";

const HOUR = 3_600_000;

/** A wall clock and a steady one, which are moved by hand; timers follow the steady one. */
class Clocks {
  wall = 1_800_000_000_000;
  steady = 5_000;
  readonly jumps: number[] = [];
  #timer: { readonly at: number; readonly run: () => void } | undefined;
  readonly stop: () => void;

  constructor() {
    this.stop = watchClock({
      now: () => this.wall,
      monotonic: () => this.steady,
      schedule: (delayMs, run) => {
        const timer = { at: this.steady + delayMs, run };
        this.#timer = timer;
        return () => {
          if (this.#timer === timer) this.#timer = undefined;
        };
      },
      onBack: (ms) => void this.jumps.push(ms),
    });
  }

  get isWatched(): boolean {
    return this.#timer !== undefined;
  }

  /** Time passes for both. */
  pass(ms: number): void {
    const end = this.steady + ms;
    while (this.#timer !== undefined && this.#timer.at <= end) {
      const { at, run } = this.#timer;
      this.wall += at - this.steady;
      this.steady = at;
      run();
    }
    this.wall += end - this.steady;
    this.steady = end;
  }

  /** Somebody sets the wall clock. */
  set(byMs: number): void {
    this.wall += byMs;
  }
}

describe("watchClock", () => {
  test("says how far the clock went back, once", () => {
    const clocks = new Clocks();
    clocks.pass(10_000);
    clocks.set(-HOUR);
    clocks.pass(60_000);
    expect(clocks.jumps).toEqual([HOUR]);
  });

  test("notices it within a second", () => {
    const clocks = new Clocks();
    clocks.pass(500);
    clocks.set(-5_000);
    clocks.pass(500);
    expect(clocks.jumps).toEqual([5_000]);
  });

  test.each([
    ["goes forward", (clocks: Clocks) => clocks.set(HOUR)],
    ["is corrected a little", (clocks: Clocks) => clocks.set(-1_000)],
    [
      "is corrected a little, again and again",
      (clocks: Clocks) => {
        for (let i = 0; i < 10; i++) {
          clocks.set(-900);
          clocks.pass(1_000);
        }
      },
    ],
    ["went on while the machine slept and the steady one did not", (clocks: Clocks) => clocks.set(8 * HOUR)],
  ])("says nothing of a clock that %s", (_what, happens) => {
    const clocks = new Clocks();
    clocks.pass(3_000);
    happens(clocks);
    clocks.pass(10_000);
    expect(clocks.jumps).toEqual([]);
  });

  test("says nothing of a machine that slept, both clocks and timers with it", () => {
    const clocks = new Clocks();
    clocks.wall += 8 * HOUR;
    clocks.steady += 8 * HOUR;
    clocks.pass(2_000);
    expect(clocks.jumps).toEqual([]);
  });

  test("notices a clock that went forward and then back to what is right", () => {
    const clocks = new Clocks();
    clocks.set(HOUR);
    clocks.pass(5_000);
    clocks.set(-HOUR);
    clocks.pass(5_000);
    expect(clocks.jumps).toEqual([HOUR]);
  });

  test("stops", () => {
    const clocks = new Clocks();
    clocks.pass(2_500);
    clocks.stop();
    clocks.set(-HOUR);
    clocks.pass(5_000);
    expect([clocks.isWatched, clocks.jumps]).toEqual([false, []]);
  });

  test("adds up to every step back that is not a small correction", () => {
    const steps = fc.array(
      fc.record({ by: fc.integer({ min: -5_000, max: 5_000 }), pass: fc.integer({ min: 1_000, max: 9_000 }) }),
    );
    fc.assert(
      fc.property(steps, (given) => {
        const clocks = new Clocks();
        for (const { by, pass } of given) {
          clocks.set(by);
          clocks.pass(pass);
        }
        expect(clocks.jumps).toEqual(given.map(({ by }) => -by).filter((back) => back > 1_000));
      }),
    );
  });
});
