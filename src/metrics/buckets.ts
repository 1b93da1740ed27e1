// Observed values in classes, as histograms of Prometheus have them.

/**
 * Seconds of calls to models; what the GenAI conventions advise (OpenTelemetry, gen-ai-metrics: operation.duration and
 * operation.time_to_first_chunk), with two more classes, since requests here may last for ten minutes.
 */
export const CALL_SECONDS: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68,
];

/** Seconds that pass in this program. */
export const OWN_SECONDS: readonly number[] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5];

/** Tokens of one call; the same source: token.usage, without the classes that no model reaches. */
export const TOKENS: readonly number[] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576];

export class Buckets {
  /** Upper ends of the classes, the last class has none. */
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#count;
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count += 1;
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at += 1;
    if (at < this.#counts.length) this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** How many were not above each bound. */
  get upTo(): readonly (readonly [bound: number, count: number])[] {
    let sum = 0;
    return this.bounds.map((bound, at) => {
      sum += this.#counts[at] ?? 0;
      return [bound, sum];
    });
  }
}
