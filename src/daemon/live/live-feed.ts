// Tells pages what happens: collects it while any is open, and keeps the last of it for those that come back.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LiveFigures, LiveItem, LiveNews, LivePort, LiveTopic } from "../../admin/live-port.ts";
import type { Change } from "../../balancer/contract.ts";
import { newRunId } from "../../core/ids.ts";
import type { Timing } from "../../proxy/timing.ts";
import { EventRing } from "./event-ring.ts";
import { NewsDigest } from "./news-digest.ts";

export interface LiveFeedOptions {
  readonly timing: Pick<Timing, "now" | "schedule">;
  readonly figures: () => LiveFigures;
}

/** What happens together is told together. */
const GATHER_MS = 100;
/** Nothing of one kind is told more often. */
const PACE_MS = 1_000;
/** How long it goes on for a page that may come back. */
const LINGER_MS = 60_000;
/** A busy minute has some 180 events, the largest of which name 200 keys. */
const RING = { most: 1_000, mostBytes: 2 * 1024 * 1024 };

const RESET: LiveItem = { event: "reset", data: {} };
const STOPPING: LiveItem = { event: "stopping", data: {} };

/**
 * Nobody has a queue of its own: each page is at a place of one ring, and one that reads too slowly finds that its place
 * is gone. While no page is open, and for a minute none was, nothing is looked at and no timer runs.
 */
export class LiveFeed implements LivePort {
  readonly #options: LiveFeedOptions;
  readonly #instance = newRunId();
  readonly #startedAt: number;
  readonly #ring = new EventRing<LiveNews>(RING);
  readonly #digest = new NewsDigest();
  readonly #waiting = new Set<() => void>();
  readonly #ended = new AbortController();
  readonly #allLeft = Promise.withResolvers<void>();
  #pages = 0;
  #isAwake = false;
  #turnedAt = Number.NEGATIVE_INFINITY;
  /** The figures that were told last. */
  #told = "";
  #stopTurn: (() => void) | undefined;
  #stopTick: (() => void) | undefined;
  #stopLinger: (() => void) | undefined;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
    this.#startedAt = options.timing.now();
  }

  async *follow(after: string | undefined, signal: AbortSignal): AsyncGenerator<LiveItem> {
    this.#enter();
    try {
      yield { event: "hello", data: { instance: this.#instance, startedAt: this.#startedAt } };
      const known = after === undefined ? undefined : this.#placeOf(after);
      let place = known ?? this.#ring.last;
      if (known === undefined) {
        if (after !== undefined) yield RESET;
        yield this.#figuresAt(place);
      }
      while (!signal.aborted && !this.#ended.signal.aborted) {
        const next = this.#ring.after(place);
        if (next.kind === "item") {
          place = next.place;
          yield { id: this.#idOf(place), ...next.item };
        } else if (next.kind === "lost") {
          place = this.#ring.last;
          yield RESET;
          yield this.#figuresAt(place);
        } else {
          await this.#news(signal);
        }
      }
      if (!signal.aborted) yield STOPPING;
    } finally {
      this.#leave();
    }
  }

  /** The health of keys or providers has changed. */
  noteHealth(changes: readonly Change[]): void {
    if (!this.#isAwake || changes.length === 0) return;
    this.#digest.noteHealth(changes);
    this.#plan();
  }

  noteChanged(...topics: readonly LiveTopic[]): void {
    if (!this.#isAwake) return;
    this.#digest.noteTopics(topics);
    this.#plan();
  }

  /** So many request records were written. */
  noteWritten(count: number): void {
    if (!this.#isAwake) return;
    this.#digest.noteWritten(count);
    this.#plan();
  }

  /** No timer is left when it returns; every page has taken that the daemon stops when it resolves. */
  async end(): Promise<void> {
    if (!this.#ended.signal.aborted) {
      this.#ended.abort();
      this.#sleep();
      this.#wake();
    }
    if (this.#pages > 0) await this.#allLeft.promise;
    // What was taken last is on its way after this turn.
    await nextTurn();
  }

  #enter(): void {
    this.#pages += 1;
    if (this.#ended.signal.aborted) return;
    if (!this.#isAwake) this.#told = JSON.stringify(this.#options.figures());
    this.#isAwake = true;
    this.#stopLinger?.();
    this.#stopLinger = undefined;
    this.#stopTick ??= this.#options.timing.schedule(PACE_MS, () => this.#tick());
  }

  #leave(): void {
    this.#pages -= 1;
    if (this.#pages > 0) return;
    if (this.#ended.signal.aborted) {
      this.#allLeft.resolve();
      return;
    }
    this.#stopTick?.();
    this.#stopTick = undefined;
    this.#stopLinger = this.#options.timing.schedule(LINGER_MS, () => this.#sleep());
  }

  #sleep(): void {
    for (const stop of [this.#stopTurn, this.#stopTick, this.#stopLinger]) stop?.();
    this.#stopTurn = undefined;
    this.#stopTick = undefined;
    this.#stopLinger = undefined;
    this.#isAwake = false;
    this.#digest.clear();
    this.#ring.clear();
  }

  /** Undefined for one of another run, or whose followers are not known any more. */
  #placeOf(id: string): number | undefined {
    const [instance, digits = ""] = id.split("-");
    const place = Number(digits);
    const isOurs = instance === this.#instance && /^\d{1,15}$/.test(digits);
    return isOurs && this.#ring.after(place).kind !== "lost" ? place : undefined;
  }

  #idOf(place: number): string {
    return `${this.#instance}-${place}`;
  }

  #figuresAt(place: number): LiveItem {
    return { id: this.#idOf(place), event: "figures", data: this.#options.figures() };
  }

  /** Resolves with the next event, or the end; leaves nothing behind. */
  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }

  #tell(news: LiveNews): void {
    this.#ring.push(news, JSON.stringify(news).length);
    this.#wake();
  }

  #tick(): void {
    const figures = this.#options.figures();
    const text = JSON.stringify(figures);
    if (text !== this.#told) this.#tell({ event: "figures", data: figures });
    this.#told = text;
    this.#stopTick = this.#options.timing.schedule(PACE_MS, () => this.#tick());
  }

  #plan(): void {
    if (this.#stopTurn !== undefined) return;
    const { now, schedule } = this.#options.timing;
    const waitMs = this.#turnedAt + PACE_MS - now();
    // More is left after the clock went back.
    this.#stopTurn = schedule(Math.min(PACE_MS, Math.max(GATHER_MS, waitMs)), () => this.#turn());
  }

  #turn(): void {
    this.#stopTurn = undefined;
    this.#turnedAt = this.#options.timing.now();
    for (const news of this.#digest.take()) this.#tell(news);
  }
}
