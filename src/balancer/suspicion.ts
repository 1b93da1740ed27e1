// Doubt about a provider that refuses one key after another: an incident there must not retire a pool.
import type { OutcomeCode } from "../core/verdict.ts";
import type { Cause } from "./cause.ts";
import type { KeyHealth } from "./key-health.ts";
import type { SuspicionState } from "./state.ts";

const DOUBTED_AFTER = 5;
const DOUBTED_MS = 60_000;
const SUSPECT_AFTER = 32;
const PROBE_EVERY_MS = 10_000;

/** The longest rest of a key that a suspect provider has refused. */
export const SUSPECT_REST_MS = 60_000;

/** One key-blamed verdict. */
export interface Refusal {
  readonly key: KeyHealth;
  readonly cause: Cause;
  readonly outcome: OutcomeCode;
  readonly order: number;
  readonly now: number;
}

/**
 * The row of different keys that met the same refusal without a success between. Five make the provider doubted, so
 * that other providers go first until 60 s after the last one; 32 make it suspect until a success.
 */
export class Suspicion {
  readonly #row = new Map<KeyHealth, Cause>();
  #outcome: OutcomeCode | undefined;
  #beganOrder = 0;
  #lastAt = 0;
  #clearedOrder = 0;
  #isSuspect = false;
  #nextProbeAt = 0;

  /** What its keys were refused with. */
  get outcome(): OutcomeCode | undefined {
    return this.#outcome;
  }

  get isSuspect(): boolean {
    return this.#isSuspect;
  }

  /** When the next client request may go to a suspect provider. */
  get nextProbeAt(): number {
    return this.#nextProbeAt;
  }

  isDoubted(now: number): boolean {
    return this.#isSuspect || (this.#row.size >= DOUBTED_AFTER && now < this.#lastAt + DOUBTED_MS);
  }

  /** True if the key was refused since the last success. */
  has(key: KeyHealth): boolean {
    return this.#row.has(key);
  }

  /** The cause of the rest that is in doubt. */
  causeOf(key: KeyHealth): Cause | undefined {
    return this.#row.get(key);
  }

  keys(): IterableIterator<[KeyHealth, Cause]> {
    return this.#row.entries();
  }

  /** True if the attempt began before the last suspicion was lifted: its refusal belongs to the past incident. */
  isForgiven(began: number): boolean {
    return began < this.#clearedOrder;
  }

  /** Notes a refusal and says whether it makes the provider suspect. */
  note(refusal: Refusal): boolean {
    if (!this.#isSuspect && refusal.outcome !== this.#outcome) this.#row.clear();
    if (this.#row.size === 0) {
      this.#outcome = refusal.outcome;
      this.#beganOrder = refusal.order;
    }
    // Re-inserted at the end, so that probes through refused keys take them in turn.
    this.#row.delete(refusal.key);
    this.#row.set(refusal.key, refusal.cause);
    this.#lastAt = refusal.now;
    if (this.#isSuspect || this.#row.size < SUSPECT_AFTER) return false;
    this.#isSuspect = true;
    this.#nextProbeAt = refusal.now + PROBE_EVERY_MS;
    return true;
  }

  /** Takes the probe of a suspect provider. */
  takeProbe(now: number): void {
    if (this.#isSuspect) this.#nextProbeAt = now + PROBE_EVERY_MS;
  }

  /**
   * A success of an attempt that began after the row did ends it. Answers the refused keys of a lifted suspicion,
   * whose rests are void; undefined when the provider was not suspect. `causes`: what the success says something
   * about: a row with any other goes on.
   */
  lift(began: number, order: number, causes?: readonly Cause[]): readonly (readonly [KeyHealth, Cause])[] | undefined {
    if (this.#row.size === 0 || began < this.#beganOrder) return undefined;
    if (causes !== undefined && [...this.#row.values()].some((cause) => !causes.includes(cause))) return undefined;
    const doubted = this.#isSuspect ? [...this.#row] : undefined;
    if (this.#isSuspect) this.#clearedOrder = order;
    this.#row.clear();
    this.#isSuspect = false;
    return doubted;
  }

  /** What a restart must not forget: a doubt that lasts. */
  toState(now: number): SuspicionState | undefined {
    if (this.#outcome === undefined || !this.isDoubted(now)) return undefined;
    const row = Array.from(this.#row, ([key, cause]) => [key.spec.id, cause] as const);
    const { isSuspect, nextProbeAt } = this;
    return { outcome: this.#outcome, isSuspect, lastAt: this.#lastAt, nextProbeAt, row };
  }

  /** Takes a doubt over from an earlier process, as far as its keys still exist. */
  restore(state: SuspicionState, keyOf: (id: string) => KeyHealth | undefined, now: number): void {
    for (const [id, cause] of state.row) {
      const key = keyOf(id);
      if (key !== undefined) this.#row.set(key, cause);
    }
    if (this.#row.size === 0) return;
    this.#outcome = state.outcome;
    this.#isSuspect = state.isSuspect;
    this.#lastAt = state.lastAt;
    this.#nextProbeAt = state.nextProbeAt;
    this.rebase(now);
  }

  /** After the clock went back: the doubt and the wait for the probe are no longer than they were. */
  rebase(now: number): void {
    this.#lastAt = Math.min(this.#lastAt, now);
    this.#nextProbeAt = Math.min(this.#nextProbeAt, now + PROBE_EVERY_MS);
  }

  /** An operator knows better; says whether there was a doubt. The rests of the keys stay. */
  clear(): boolean {
    const had = this.#row.size > 0;
    this.#row.clear();
    this.#isSuspect = false;
    return had;
  }

  /** An operator cleared a key: its refusal counts no longer. */
  forget(key: KeyHealth): void {
    this.#row.delete(key);
    this.#endIfEmpty();
  }

  /** Forgets keys that no longer exist; without any left there is nothing to suspect. */
  retain(isKept: (key: KeyHealth) => boolean): void {
    for (const key of this.#row.keys()) {
      if (!isKept(key)) this.#row.delete(key);
    }
    this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (this.#row.size === 0) this.#isSuspect = false;
  }
}
