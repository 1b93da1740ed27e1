// Smooth weighted round robin by virtual time: a turn costs 1 / weight, and the lowest tag is next.
import type { KeyHealth } from "./key-health.ts";

/**
 * Whose turn it is among the keys of one tier. Only the chosen key's tag moves, so the cost of a turn does not grow
 * with the number of keys (start-time fair queueing, Goyal et al., 1996). `place` tells the targets of a tier apart.
 */
export class Rotation {
  readonly #tags: Map<KeyHealth, number>[] = [];
  #virtualTime = 0;
  #dearestTurn = 0;
  #turns = 0;

  /** How many turns were taken: where a walk over a large tier begins. */
  get turns(): number {
    return this.#turns;
  }

  /** Lower is sooner. A key that had no turn starts half a turn in, which spreads unequal weights evenly. */
  tagOf(key: KeyHealth, place: number): number {
    return this.#tags[place]?.get(key) ?? 0.5 / key.spec.weight;
  }

  /**
   * Takes a turn. A key that rested gets back what it missed within one turn of the lightest key, no more: enough
   * that samples, which do not always meet the key that is due, cost a heavy one nothing.
   */
  take(key: KeyHealth, place: number): void {
    const turn = 1 / key.spec.weight;
    this.#dearestTurn = Math.max(this.#dearestTurn, turn);
    const start = Math.max(this.#virtualTime - this.#dearestTurn, this.tagOf(key, place));
    this.#virtualTime = Math.max(this.#virtualTime, start);
    this.#turns += 1;
    const tags = this.#tags[place] ?? new Map<KeyHealth, number>();
    this.#tags[place] = tags;
    tags.set(key, start + turn);
  }
}
