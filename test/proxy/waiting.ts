// A wait queue over pretended slots, with a clock and timers that move only when they are told to.
import type { Need, Tried } from "../../src/balancer/contract.ts";
import { type Turn, type WaitEnd, WaitQueue } from "../../src/proxy/waiting/wait-queue.ts";

const START = 1_750_000_000_000;

/** Runs timers at once when it is moved, without a turn of the event loop. */
export class HandClock {
  time = START;
  readonly timers = new Map<object, { at: number; readonly run: () => void }>();

  readonly now = () => this.time;
  readonly schedule = (delayMs: number, run: () => void) => {
    const id = {};
    this.timers.set(id, { at: this.time + delayMs, run });
    return () => void this.timers.delete(id);
  };

  advance(ms: number): void {
    const until = this.time + ms;
    while (this.fireNext(until));
    this.time = until;
  }

  /** Runs the first timer that is due until then. */
  fireNext(until: number): boolean {
    const [next] = [...this.timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at);
    if (next === undefined) return false;
    this.timers.delete(next[0]);
    this.time = Math.max(this.time, next[1].at);
    next[1].run();
    return true;
  }
}

export interface FakeWaiter {
  readonly name: number;
  readonly client: string;
  readonly model: string;
  readonly isBack: boolean;
  readonly joinedAt: number;
  readonly deadline: number;
  readonly isIn: boolean;
  readonly ends: { readonly end: WaitEnd; readonly at: number }[];
  leave(): void;
}

export interface JoinFacts {
  readonly client?: string;
  readonly model?: string;
  readonly waitMs?: number;
  readonly tried?: readonly Tried[];
  readonly take?: (now: number) => Turn;
}

/** What a line waits for: slots of a model, none of which may be used before `restsUntil`. */
interface Slots {
  free: number;
  restsUntil: number;
}

export class WaitLab {
  readonly clock = new HandClock();
  readonly queue = new WaitQueue(this.clock);
  readonly waiters: FakeWaiter[] = [];
  readonly taken: FakeWaiter[] = [];
  readonly maxSize: number;
  readonly #slots = new Map<string, Slots>();
  turns = 0;

  constructor(maxSize = 1_000) {
    this.maxSize = maxSize;
  }

  slots(model = "a"): Slots {
    const slots = this.#slots.get(model) ?? { free: 0, restsUntil: 0 };
    this.#slots.set(model, slots);
    return slots;
  }

  get waiting(): readonly FakeWaiter[] {
    return this.waiters.filter(({ isIn, ends }) => isIn && ends.length === 0);
  }

  join({ client = "c", model = "a", waitMs = 30_000, tried = [], take }: JoinFacts = {}): FakeWaiter {
    const controller = new AbortController();
    const now = this.clock.now();
    const waiter = {
      name: this.waiters.length,
      client,
      model,
      isBack: tried.length > 0,
      joinedAt: now,
      deadline: now + waitMs,
      isIn: true,
      ends: [] as { end: WaitEnd; at: number }[],
      leave: () => controller.abort(),
    };
    this.waiters.push(waiter);
    const onEnd = (end: WaitEnd) => {
      waiter.ends.push({ end, at: this.clock.now() });
      if (end === "taken") this.taken.push(waiter);
    };
    const turn = take ?? (() => this.#turnOf(model));
    const counted = (at: number) => {
      this.turns += 1;
      return turn(at);
    };
    const { deadline } = waiter;
    const { signal } = controller;
    const joining = { need: needOf(client, model), tried, deadline, signal, take: counted, onEnd };
    waiter.isIn = this.queue.join(joining, { maxSize: this.maxSize, until: this.#untilOf(model) });
    return waiter;
  }

  /** A slot is free from now on. */
  free(model = "a", count = 1): void {
    this.slots(model).free += count;
    this.queue.wake(this.clock.now());
  }

  #turnOf(model: string): Turn {
    const slots = this.slots(model);
    const until = this.#untilOf(model);
    if (until > this.clock.now()) return { until };
    slots.free -= 1;
    return "taken";
  }

  #untilOf(model: string): number {
    const { free, restsUntil } = this.slots(model);
    return free > 0 ? Math.max(restsUntil, this.clock.now()) : Number.POSITIVE_INFINITY;
  }
}

/** What a request tried that comes back from a key that was limited. */
export const LIMITED_BEFORE: readonly Tried[] = [
  {
    candidate: { provider: "p", keyId: "k", model: "a" },
    verdict: {
      blame: "key-model",
      outcome: "rate_limited",
      effect: { kind: "rate-limited" },
      next: "rotate",
      last: "rate_limited",
      reason: "x",
    },
  },
];

export function needOf(client: string, model: string): Need {
  return { route: [[{ provider: "p", model }]], operation: "chat/completions", client };
}
