// What is known about one model at one provider.
import { Breaker } from "./breaker.ts";
import type { Attempt } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import { PercentileWindow } from "./percentile-window.ts";
import { RecentSuccess } from "./recent-success.ts";

const REMEMBERED_MS = 3_600_000;
/** So many attempts without an answer are more than the fault of a key. */
const SILENT = 5;
const SHORTEST_WAIT_MS = 10_000;
const UNLEARNT_LATENCY_MS = 10_000;
/** What an answer is taken for until some are known. */
export const UNLEARNT_OUTPUT_TOKENS = 1_000;

/** The health of one provider×model. */
export class ModelHealth {
  readonly model: string;
  readonly breaker = new Breaker();
  readonly successes = new RecentSuccess<KeyHealth>();
  /** To the first byte. */
  readonly latencies = new PercentileWindow(UNLEARNT_LATENCY_MS);
  /** Tokens of answers. */
  readonly outputs = new PercentileWindow(UNLEARNT_OUTPUT_TOKENS);
  /** Attempts that have no answer yet, in the order in which they began. */
  readonly waiting = new Set<Attempt>();
  #touchedAt: number;
  /** Who failed since the last success of anybody. */
  #failing: KeyHealth | "several" | undefined;
  #failingOrder = 0;

  constructor(model: string, now: number) {
    this.model = model;
    this.#touchedAt = now;
  }

  touch(now: number): void {
    this.#touchedAt = now;
  }

  /** A key failed; says whether it is the only one since the last success. */
  noteFailure(key: KeyHealth, began: number): boolean {
    this.#failingOrder = began;
    this.#failing = this.#failing === undefined || this.#failing === key ? key : "several";
    return this.#failing === key;
  }

  noteSuccess(key: KeyHealth, began: number, now: number): void {
    this.successes.note(key, now);
    if (began > this.#failingOrder) this.#failing = undefined;
  }

  /** After the clock went back. */
  rebase(now: number): void {
    this.#touchedAt = Math.min(this.#touchedAt, now);
    this.breaker.rebase(now);
    this.successes.rebase(now);
  }

  /** A client that waited longer than this without a byte has met a key that hangs. */
  get patienceMs(): number {
    return Math.max(SHORTEST_WAIT_MS, 4 * this.latencies.p95);
  }

  /** True while several attempts wait for longer than is usual here, and nobody else is answered. */
  isSilent(now: number): boolean {
    if (this.waiting.size < SILENT) return false;
    const latest = now - this.patienceMs;
    let seen = 0;
    for (const { startedAt } of this.waiting) {
      if (startedAt > latest || this.successes.lastAt > startedAt) return false;
      seen += 1;
      if (seen === SILENT) return true;
    }
    return false;
  }

  isOver(now: number): boolean {
    if (this.waiting.size > 0) return false;
    return Math.max(this.breaker.openUntil, this.#touchedAt) + REMEMBERED_MS <= now;
  }
}
