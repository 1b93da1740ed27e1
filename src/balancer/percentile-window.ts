// The last values of something, for a learnt 95th percentile.

const WINDOW = 100;
const ENOUGH = 20;

/** The last 100 values. */
export class PercentileWindow {
  readonly #values: number[] = [];
  readonly #unlearnt: number;
  #next = 0;
  #p95: number | undefined;

  /** `unlearnt`: the answer until 20 values are known. */
  constructor(unlearnt: number) {
    this.#unlearnt = unlearnt;
  }

  note(value: number): void {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % WINDOW;
    this.#p95 = undefined;
  }

  get p95(): number {
    if (this.#values.length < ENOUGH) return this.#unlearnt;
    this.#p95 ??= percentile(this.#values);
    return this.#p95;
  }
}

function percentile(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
}
