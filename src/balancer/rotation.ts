// Smooth weighted round robin by virtual time: a turn costs 1 / weight, and the lowest tag is next.
import type { KeyHealth } from "./key-health.ts";

/**
 * Whose turn it is among the keys of one tier. Only the chosen key's tag moves, so the cost of a turn does not grow
 * with the number of keys (start-time fair queueing, Goyal et al., 1996). `place` tells the targets of a tier apart.
 */
export class Rotation {
  readonly #tags: Map<KeyHealth, number>[] = [];
  #virtualTime = 0;
  #turns = 0;

  /** How many turns were taken: where a walk over a large tier begins. */
  get turns(): number {
    return this.#turns;
  }

  /** Lower is sooner. A key that had no turn starts half a turn in, which spreads unequal weights evenly. */
  tagOf(key: KeyHealth, place: number): number {
    return this.#tags[place]?.get(key) ?? 0.5 / key.spec.weight;
  }

  /** A key that rested gets no turns back for the time it missed. */
  take(key: KeyHealth, place: number): void {
    const start = Math.max(this.#virtualTime, this.tagOf(key, place));
    this.#virtualTime = start;
    this.#turns += 1;
    const tags = this.#tags[place] ?? new Map<KeyHealth, number>();
    this.#tags[place] = tags;
    tags.set(key, start + 1 / key.spec.weight);
  }
}
