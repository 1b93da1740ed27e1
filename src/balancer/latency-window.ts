// The latencies of the last successes, for a learnt 95th percentile.

const WINDOW = 100;
const ENOUGH = 20;
const UNLEARNT_MS = 10_000;

/** The last 100 latencies of one provider×model. */
export class LatencyWindow {
  readonly #latencies: number[] = [];
  #next = 0;

  note(latencyMs: number): void {
    this.#latencies[this.#next] = latencyMs;
    this.#next = (this.#next + 1) % WINDOW;
  }

  /** The 95th percentile in milliseconds; 10 s until 20 latencies are known. */
  get p95Ms(): number {
    if (this.#latencies.length < ENOUGH) return UNLEARNT_MS;
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? UNLEARNT_MS;
  }
}
