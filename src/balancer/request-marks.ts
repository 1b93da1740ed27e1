// What may happen only once for a client request, kept as long as the request lives.
import type { Breaker } from "./breaker.ts";
import type { Pool } from "./pool.ts";

/** Of different keys by one request; a firewall may refuse what it says. */
const MOST_REFUSALS = 5;

/** The marks of one client request. */
export class RequestMarks {
  #first: Pool | undefined;
  #others: Set<Pool> | undefined;
  #voted: Set<Breaker> | undefined;
  #missing: Map<Pool, string[]> | undefined;
  #refusals = 0;
  /** The request was the probe of something that was half-open. */
  hasProbed = false;

  /** True for the first attempt of the request at a provider. */
  isFirst(pool: Pool): boolean {
    if (this.#first === undefined) {
      this.#first = pool;
      return true;
    }
    if (this.#first === pool) return false;
    this.#others ??= new Set();
    if (this.#others.has(pool)) return false;
    this.#others.add(pool);
    return true;
  }

  /** True for the first vote of the request on a scope. */
  mayVote(scope: Breaker): boolean {
    this.#voted ??= new Set();
    if (this.#voted.has(scope)) return false;
    this.#voted.add(scope);
    return true;
  }

  /** Notes that a key was forbidden to serve the request; false where so many were that the request is at fault. */
  mayRefuse(): boolean {
    this.#refusals += 1;
    return this.#refusals <= MOST_REFUSALS;
  }

  hasVoted(scope: Breaker): boolean {
    return this.#voted?.has(scope) === true;
  }

  /** Notes that a key refused an unknown model and says whether another one did before. */
  isSecondRefusal(pool: Pool, modelKey: string): boolean {
    this.#missing ??= new Map();
    const refused = this.#missing.get(pool) ?? [];
    this.#missing.set(pool, [...refused, modelKey]);
    return refused.includes(modelKey);
  }
}
