// A limit that nobody states, learnt from refusals: how many requests went through, and how long it took until the next.
import { SlidingWindow } from "../sliding-window.ts";

/** How long the windows of providers usually are. */
const MINUTE_MS = 60_000;
const USUAL_MS = [1_000, MINUTE_MS, 3_600_000] as const;
const STEPS = 30;
/** A raised limit that was not refused for so many windows is a good one. */
const PROVEN_WINDOWS = 2;
const SHORTEST_HOLD = 4;
const LONGEST_HOLD = 32;
const RAISE_SHARE = 0.02;
/** A run of requests that is longer than this tells the rate, but no longer the window. */
const LONGEST_RUN_MS = 120_000;

/**
 * From a refusal on it watches when requests go through again. Then so many requests are let through in so long a time;
 * one more for each window that they were too few for, at most half as many after a refusal (additive increase,
 * multiplicative decrease; Chiu and Jain, 1989).
 */
export class LearntLimit {
  #runStartedAt = 0;
  #runCount = 0;
  /** When the last refusal of a row came; undefined while requests go through. */
  #refusedAt: number | undefined;
  #window: SlidingWindow | undefined;
  #windowMs = 0;
  #restsUntil = 0;
  #most = Number.POSITIVE_INFINITY;
  #raised = 0;
  #holdWindows = SHORTEST_HOLD;
  #raiseAt = Number.POSITIVE_INFINITY;
  #isBinding = false;

  /** How many requests are let through, and in how long; undefined while nothing was learnt. */
  get learnt(): { readonly most: number; readonly windowMs: number } | undefined {
    return this.#window === undefined ? undefined : { most: this.#most, windowMs: this.#windowMs };
  }

  used(now: number): number {
    return this.#window?.total(now) ?? 0;
  }

  /** When a request fits: now or later. */
  freeAt(now: number): number {
    if (this.#window === undefined) return now;
    return Math.max(this.#window.freeAt(this.#most - 1, now), this.#restsUntil);
  }

  noteStart(now: number): void {
    this.#raise(now);
    this.#window?.add(1, now);
    if (this.#refusedAt !== undefined) return;
    if (this.#runCount === 0) this.#runStartedAt = now;
    this.#runCount += 1;
  }

  /** What was never sent counts nowhere. */
  takeBack(startedAt: number, now: number): void {
    this.#window?.add(-1, startedAt, now);
    this.#runCount = Math.max(0, this.#runCount - 1);
  }

  /** What was refused had another reason. */
  forget(): void {
    this.#window = undefined;
    this.#most = Number.POSITIVE_INFINITY;
    this.#refusedAt = undefined;
    this.#runCount = 0;
    this.#raised = 0;
  }

  /** A refusal that no other one of the same event came before. */
  noteRefusal(startedAt: number, now: number): void {
    this.takeBack(startedAt, now);
    this.#isBinding = false;
    if (this.#raised > 0) this.#lower();
    if (this.#refusedAt === undefined) this.#restsUntil = this.#nextWindow(now);
    this.#refusedAt = now;
  }

  /** A request went through. `startedAt`: when its attempt began. */
  noteSuccess(startedAt: number, now: number): void {
    if (this.#refusedAt === undefined || startedAt < this.#refusedAt) return;
    this.#learn(this.#refusedAt, startedAt);
    this.#refusedAt = undefined;
    this.#runStartedAt = startedAt;
    this.#runCount = 1;
    this.#window?.add(1, startedAt, now);
    this.#raiseAt = now + this.#holdWindows * this.#windowMs;
  }

  /** After the clock went back. */
  rebase(now: number): void {
    this.#window?.rebase(now);
    this.#runStartedAt = Math.min(this.#runStartedAt, now);
    if (this.#refusedAt !== undefined) this.#refusedAt = Math.min(this.#refusedAt, now);
    this.#restsUntil = Math.min(this.#restsUntil, now + this.#windowMs);
    this.#raiseAt = Math.min(this.#raiseAt, now + LONGEST_HOLD * this.#windowMs);
  }

  /** If its windows are fixed, one began about when requests went through again. */
  #nextWindow(now: number): number {
    if (this.#window === undefined || !isFixed(this.#windowMs)) return 0;
    const windows = Math.floor(Math.max(0, now - this.#runStartedAt) / this.#windowMs) + 1;
    return this.#runStartedAt + windows * this.#windowMs;
  }

  #learn(refusedAt: number, startedAt: number): void {
    if (this.#runCount === 0) return;
    const runMs = Math.max(1, startedAt - this.#runStartedAt);
    const before = this.learnt;
    const floor = before === undefined ? 0 : before.most / before.windowMs / 2;
    if (before !== undefined && runMs > LONGEST_RUN_MS) {
      this.#most = Math.max(1, Math.floor(Math.max(floor, this.#runCount / runMs) * before.windowMs));
      return;
    }
    const windowMs = usualWindow(refusedAt - this.#runStartedAt, runMs);
    this.#most = Math.max(1, this.#runCount, Math.floor(floor * windowMs));
    this.#windowMs = windowMs;
    this.#window = new SlidingWindow(windowMs, STEPS);
  }

  #raise(now: number): void {
    if (this.#window === undefined || this.#refusedAt !== undefined) return;
    if (this.#window.total(now) >= this.#most - 1) this.#isBinding = true;
    if (now < this.#raiseAt || !this.#isBinding) return;
    const isProven = now >= this.#raiseAt + PROVEN_WINDOWS * this.#windowMs;
    const step = Math.max(1, Math.round(this.#most * RAISE_SHARE));
    this.#most += step;
    this.#raised = isProven ? step : this.#raised + step;
    this.#isBinding = false;
    this.#raiseAt = now + this.#windowMs;
  }

  /** What was tried was too much; the next try comes later. */
  #lower(): void {
    this.#most = Math.max(1, this.#most - this.#raised);
    this.#raised = 0;
    this.#holdWindows = Math.min(LONGEST_HOLD, this.#holdWindows * 2);
    // It says nothing of what was known before.
    this.#runCount = 0;
  }
}

/** Windows of a minute or an hour begin and end at once; others are what a bucket looked like. */
function isFixed(windowMs: number): boolean {
  return windowMs >= MINUTE_MS && USUAL_MS.some((usual) => usual === windowMs);
}

/** A usual window between two times; else the later one, which is the safe side. */
function usualWindow(afterMs: number, atMostMs: number): number {
  return USUAL_MS.find((usual) => usual > afterMs && usual <= atMostMs) ?? atMostMs;
}
