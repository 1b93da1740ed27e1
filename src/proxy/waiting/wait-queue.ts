// Where requests wait for a key that is free, in an order that is fair, for a time that is bounded.
import type { Need, Tried } from "../../balancer/contract.ts";
import { IndexedHeap } from "../../core/indexed-heap.ts";
import type { Timing } from "../timing.ts";
import { ClientShares } from "./client-shares.ts";
import { lineName, WaitLine } from "./wait-line.ts";

/**
 * What became of a waiter's turn: it has begun its attempt; nothing will ever serve it; or there is nothing for it
 * before `until` (wall-clock milliseconds), unless something changes.
 */
export type Turn = "taken" | "hopeless" | { readonly until: number };

/** Why a waiter waits no longer. `displaced`: it made room for a client that had fewer waiting. */
export type WaitEnd = "taken" | "hopeless" | "late" | "gone" | "displaced";

/** One request that waits. Neither function may throw. */
export interface Waiter {
  readonly need: Need;
  /** They narrow what can serve it, so that it may wait in another line. */
  readonly tried: readonly Tried[];
  /** It waits until then at most; wall-clock milliseconds. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Picks and begins its attempt in one step, so that no two waiters get the same slot. */
  take(now: number): Turn;
  /** Called once. */
  onEnd(end: WaitEnd): void;
}

/** `until`: as in `Turn`, as far as the waiter was told. */
export interface JoinOptions {
  readonly maxSize: number;
  readonly until: number;
}

/** `waitedMs`: of all that ended, by how they ended. Lengths in milliseconds. */
export interface QueueFigures {
  readonly length: number;
  readonly longestWaitMs: number;
  readonly refused: number;
  readonly ended: Readonly<Record<WaitEnd, { readonly count: number; readonly waitedMs: number }>>;
}

interface Entry {
  readonly waiter: Waiter;
  readonly client: string;
  readonly isBack: boolean;
  readonly order: number;
  readonly line: WaitLine<Entry>;
  readonly onAbort: () => void;
  joinedAt: number;
  deadline: number;
  isOver: boolean;
}

/** Turns that are given in one go; with some ten microseconds each no other request waits long for them. */
const MAX_TURNS = 64;
/** A line that was told a time that has passed is not asked again at once. */
const RETRY_MS = 10;
/** Timers may fire a little early; a clock that is further behind was set back. */
const CLOCK_SLACK_MS = 1_000;
/** Longer timers fire at once (HTML, timer initialisation steps: 32 bits). */
const MAX_SLEEP_MS = 3_600_000;

/**
 * A waiter stands in the line of those that the same keys can serve: see `WaitLine` for the order there. Of all lines
 * the one whose head waits longest is served first. In a full queue the client with the most waiters makes room for
 * one that has fewer.
 */
export class WaitQueue {
  readonly #timing: Pick<Timing, "now" | "schedule">;
  readonly #lines = new Map<string, WaitLine<Entry>>();
  /** The lines that are still to be given turns in this round; between two rounds all of them. */
  readonly #ready = new IndexedHeap<WaitLine<Entry>>((a, b) => orderOf(a) < orderOf(b));
  /** Those that cannot be served in this round. */
  #aside: WaitLine<Entry>[] = [];
  readonly #untils = new IndexedHeap<WaitLine<Entry>>((a, b) => a.until < b.until);
  readonly #deadlines = new IndexedHeap<Entry>((a, b) => a.deadline < b.deadline);
  readonly #shares = new ClientShares<Entry>();
  readonly #ended = newCounts();
  #refused = 0;
  #order = 0;
  #isServing = false;
  /** The round goes on with the timer. */
  #isUnfinished = false;
  /** Something changed during a round: another one follows. */
  #isStale = false;
  #firesAt = Number.POSITIVE_INFINITY;
  #stopTimer: (() => void) | undefined;

  constructor(timing: Pick<Timing, "now" | "schedule">) {
    this.#timing = timing;
  }

  get length(): number {
    return this.#deadlines.size;
  }

  /** Whether a new request would overtake others if it did not join. */
  isOccupied(need: Need): boolean {
    return this.length > 0 && this.#lines.has(lineName(need, []));
  }

  figures(now: number): QueueFigures {
    const since = this.#deadlines.items.reduce((earliest, { joinedAt }) => Math.min(earliest, joinedAt), now);
    return {
      length: this.length,
      longestWaitMs: now - since,
      refused: this.#refused,
      ended: structuredClone(this.#ended),
    };
  }

  /** False where the queue is full; else the waiter's `onEnd` is called, at once for one whose client has left. */
  join(waiter: Waiter, { maxSize, until }: JoinOptions): boolean {
    if (waiter.signal.aborted) {
      waiter.onEnd("gone");
      return true;
    }
    if (this.length >= maxSize && !this.#makeRoom(waiter.need.client, maxSize)) {
      this.#refused += 1;
      return false;
    }
    const line = this.#lineFor(waiter, until);
    const entry = this.#entryOf(waiter, line);
    line.add(entry);
    this.#shares.add(entry);
    this.#deadlines.add(entry);
    // A line that is served in this round waits for the next one.
    if (line.head === entry) this.#ready.add(line);
    this.#arm();
    return true;
  }

  /** Something may have changed: gives turns until nobody can be served. */
  wake(now: number): void {
    if (this.length === 0) return;
    if (this.#isServing || this.#isUnfinished) this.#isStale = true;
    else this.#serve(now);
  }

  #makeRoom(client: string, maxSize: number): boolean {
    const displaced = maxSize > 0 ? this.#shares.displacedBy(client) : undefined;
    if (displaced !== undefined) this.#end(displaced, "displaced");
    return displaced !== undefined;
  }

  #lineFor({ need, tried }: Waiter, until: number): WaitLine<Entry> {
    const name = lineName(need, tried);
    const line = this.#lines.get(name) ?? new WaitLine<Entry>(name, until);
    line.until = Math.min(line.until, until);
    this.#lines.set(name, line);
    this.#untils.add(line);
    return line;
  }

  #entryOf(waiter: Waiter, line: WaitLine<Entry>): Entry {
    const onAbort = () => {
      this.#end(entry, "gone");
      this.#arm();
    };
    const { need, deadline, signal } = waiter;
    const isBack = waiter.tried.length > 0;
    this.#order += 1;
    const common = { waiter, line, onAbort, client: need.client, isBack, order: this.#order };
    const entry: Entry = { ...common, joinedAt: this.#timing.now(), deadline, isOver: false };
    signal.addEventListener("abort", onAbort, { once: true });
    return entry;
  }

  #serve(now: number): void {
    this.#isServing = true;
    try {
      this.#isUnfinished = !this.#giveTurns(now);
    } finally {
      this.#isServing = false;
    }
    this.#arm();
  }

  /** False where turns are left for later. */
  #giveTurns(now: number): boolean {
    for (let turns = 0; turns < MAX_TURNS; turns += 1) {
      const line = this.#ready.first ?? this.#nextRound();
      if (line === undefined) return true;
      this.#giveTurn(line, now);
    }
    return false;
  }

  /** The first line of another round, where one is due. */
  #nextRound(): WaitLine<Entry> | undefined {
    for (const line of this.#aside) if (!line.isEmpty) this.#ready.add(line);
    this.#aside = [];
    if (!this.#isStale) return undefined;
    this.#isStale = false;
    return this.#ready.first;
  }

  #giveTurn(line: WaitLine<Entry>, now: number): void {
    const entry = line.head;
    if (entry === undefined) return;
    const turn = entry.deadline < now ? "late" : entry.waiter.take(now);
    if (entry.isOver) return;
    if (typeof turn === "string") {
      this.#end(entry, turn);
      return;
    }
    this.#ready.remove(line);
    this.#aside.push(line);
    this.#setUntil(line, turn.until > now ? turn.until : now + RETRY_MS);
  }

  #end(entry: Entry, how: WaitEnd): void {
    const { line, waiter, onAbort, joinedAt } = entry;
    const isHead = line.head === entry;
    const now = this.#timing.now();
    entry.isOver = true;
    waiter.signal.removeEventListener("abort", onAbort);
    if (how === "taken") line.serve(entry);
    else line.remove(entry);
    this.#shares.remove(entry);
    this.#deadlines.remove(entry);
    this.#ended[how].count += 1;
    this.#ended[how].waitedMs += Math.max(0, now - joinedAt);
    if (line.isEmpty) this.#drop(line);
    else if (isHead) {
      this.#ready.update(line);
      // Whoever follows may be served by what the head could not use.
      if (how !== "taken") this.#setUntil(line, now);
    }
    waiter.onEnd(how);
  }

  #drop(line: WaitLine<Entry>): void {
    this.#lines.delete(line.name);
    this.#ready.remove(line);
    this.#untils.remove(line);
  }

  #setUntil(line: WaitLine<Entry>, until: number): void {
    line.until = until;
    this.#untils.update(line);
  }

  // An armed timer is kept where it fires early enough: one that is always made anew might never fire.
  #arm(): void {
    const now = this.#timing.now();
    const firesAt = Math.min(now + MAX_SLEEP_MS, Math.max(now, this.#dueAt()));
    if (firesAt >= this.#firesAt && this.length > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#firesAt = Number.POSITIVE_INFINITY;
    if (this.length === 0) return;
    this.#firesAt = firesAt;
    this.#stopTimer = this.#timing.schedule(firesAt - now, () => this.#look());
  }

  #dueAt(): number {
    if (this.#isUnfinished) return Number.NEGATIVE_INFINITY;
    const until = this.#untils.first?.until ?? Number.POSITIVE_INFINITY;
    return Math.min(until, this.#deadlines.first?.deadline ?? Number.POSITIVE_INFINITY);
  }

  #look(): void {
    const now = this.#timing.now();
    if (now < this.#firesAt - CLOCK_SLACK_MS) this.#setBack(this.#firesAt - now);
    this.#stopTimer = undefined;
    this.#firesAt = Number.POSITIVE_INFINITY;
    if (this.#isUnfinished || (this.#untils.first?.until ?? now) <= now) this.#serve(now);
    for (let count = 0; count < MAX_TURNS; count += 1) {
      const first = this.#deadlines.first;
      if (first === undefined || first.deadline > now) break;
      this.#end(first, "late");
    }
    this.#arm();
  }

  /** Nobody waits longer because the clock went back. */
  #setBack(byMs: number): void {
    for (const line of this.#untils.items) line.until -= byMs;
    for (const entry of this.#deadlines.items) {
      entry.deadline -= byMs;
      entry.joinedAt -= byMs;
    }
  }
}

function orderOf(line: WaitLine<Entry>): number {
  return line.head?.order ?? Number.POSITIVE_INFINITY;
}

function newCounts(): Record<WaitEnd, { count: number; waitedMs: number }> {
  const none = () => ({ count: 0, waitedMs: 0 });
  return { taken: none(), hopeless: none(), late: none(), gone: none(), displaced: none() };
}
