// How many retries a provider may get: a share of its first attempts, so that retries never multiply an outage.

const BUCKETS = 60;
const BUCKET_MS = 1_000;

/** The retry budget of one provider over the last 60 s. */
export class RetryBudget {
  readonly #firsts = new SlidingCount();
  readonly #retries = new SlidingCount();

  noteFirst(now: number): void {
    this.#firsts.add(now);
  }

  /** Takes one retry if the budget has room. */
  take(limits: { readonly share: number; readonly minimum: number }, now: number): boolean {
    const allowed = Math.max(limits.minimum, Math.floor(limits.share * this.#firsts.total(now)));
    if (this.#retries.total(now) >= allowed) return false;
    this.#retries.add(now);
    return true;
  }
}

/** Events of the last 60 s, counted by second. */
class SlidingCount {
  readonly #buckets = new Uint32Array(BUCKETS);
  #second = 0;
  #total = 0;

  add(now: number): void {
    this.#advance(now);
    const at = this.#second % BUCKETS;
    this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
    this.#total += 1;
  }

  total(now: number): number {
    this.#advance(now);
    return this.#total;
  }

  #advance(now: number): void {
    const second = Math.floor(now / BUCKET_MS);
    // A clock that went back would freeze the counts until it catches up: they start anew.
    if (second < this.#second - BUCKETS) this.#clear(second);
    const steps = Math.min(BUCKETS, second - this.#second);
    for (let i = 1; i <= steps; i++) {
      const at = (second - steps + i) % BUCKETS;
      this.#total -= this.#buckets[at] ?? 0;
      this.#buckets[at] = 0;
    }
    if (steps > 0) this.#second = second;
  }

  #clear(second: number): void {
    this.#buckets.fill(0);
    this.#total = 0;
    this.#second = second;
  }
}
