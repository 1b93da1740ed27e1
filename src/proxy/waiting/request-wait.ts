// The waiting of one client request: how long in all, and in which queue.
import type { Need, NoneReason, Tried } from "../../balancer/contract.ts";
import type { QueueConfig } from "../../config/config.ts";
import type { Timing } from "../timing.ts";
import type { Trace } from "../trace.ts";
import type { Turn, WaitEnd, WaitQueue } from "./wait-queue.ts";

/** Where requests wait, and the limits that apply to those that begin with this configuration. */
export interface Waiting {
  readonly queue: WaitQueue;
  readonly limits: QueueConfig;
}

export interface WaitInput {
  readonly need: Need;
  readonly signal: AbortSignal;
  readonly waiting: Waiting | undefined;
  readonly timing: Timing;
  readonly trace: Trace;
  /** When the request must be committed; wall-clock milliseconds. */
  readonly commitAt: () => number;
}

/** What a request was told when nothing was free: see `Pick`. */
export interface Told {
  readonly until: number;
  readonly reason: NoneReason;
  readonly isBusy?: boolean;
}

/** `take`: see `Waiter`; it may throw, which rejects the wait. */
export interface WaitOptions {
  readonly tried: readonly Tried[];
  readonly until: number;
  readonly take: (now: number) => Turn;
}

/** `queue.max_wait` counts over all waits of the request together. */
export class RequestWait {
  readonly #input: WaitInput;
  /** Of the wait that is on, or about to begin. */
  #deadline: number | undefined;

  constructor(input: WaitInput) {
    this.#input = input;
  }

  /** Whether others wait for the same, whom a new request would overtake; it may wait like them. */
  isBehind(): boolean {
    const { waiting, need, timing } = this.#input;
    return waiting?.queue.isOccupied(need) === true && this.mayLastUntil({ until: timing.now() });
  }

  /** Whether the request may wait for that; infinite: until something changes. Asked before each wait and in it. */
  mayLastUntil({ until, isBusy }: Pick<Told, "until" | "isBusy">): boolean {
    const { waiting, timing, trace, commitAt } = this.#input;
    if (waiting === undefined || waiting.limits.maxSize <= 0) return false;
    const now = timing.now();
    this.#deadline ??= Math.min(now + waiting.limits.maxWaitMs - trace.waitedMs, commitAt());
    if (this.#deadline <= now) return false;
    return isBusy === true || until <= this.#deadline || until === Number.POSITIVE_INFINITY;
  }

  /** Waits in the queue; `full`: there was no room. */
  async inQueue({ tried, until, take }: WaitOptions): Promise<WaitEnd | "full"> {
    const { need, signal, waiting, timing, trace } = this.#input;
    if (waiting === undefined) return "full";
    const { queue, limits } = waiting;
    const startedAt = timing.now();
    const deadline = this.#deadline ?? startedAt;
    const ended = new Promise<WaitEnd | "full">((resolve, reject) => {
      const caught = (now: number): Turn => {
        try {
          return take(now);
        } catch (error: unknown) {
          // A bug of ours concerns this request alone: the queue goes on.
          reject(error);
          return "hopeless";
        }
      };
      const waiter = { need, tried, deadline, signal, take: caught, onEnd: resolve };
      if (!queue.join(waiter, { maxSize: limits.maxSize, until })) resolve("full");
    });
    const end = await ended;
    trace.waitedMs += Math.max(0, timing.now() - startedAt);
    this.#deadline = undefined;
    return end;
  }
}

/** What a client is told to wait that found no room, in milliseconds. */
export function waitOf({ until, reason }: Told, now: number): number {
  const at = Number.isFinite(until) || !("retryAt" in reason) ? until : reason.retryAt;
  return Number.isFinite(at) ? at - now : UNKNOWN_WAIT_MS;
}

/** Something ends all the time where many wait. */
const UNKNOWN_WAIT_MS = 1_000;
