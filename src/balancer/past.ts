// What one client request has tried so far, in the form that the choice of a key asks for.
import type { NextStep, Verdict } from "../core/verdict.ts";
import type { Candidate } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import { modelKeyOf, type Pool } from "./pool.ts";

/** A candidate that was tried; without a verdict it is still being tried. */
export interface TriedCandidate {
  readonly candidate: Candidate;
  readonly verdict?: Verdict;
}

/** Keys that one request may try for a model that nobody knows; one once two of them have refused it. */
const KEYS_FOR_UNKNOWN_MODEL = 2;
/** Keys of one provider×model that one request may try after it was too big for the first: their limits may differ. */
const KEYS_FOR_TOO_BIG = 3;

interface TriedKey {
  /** True once the verdict blamed the key for more than one model. */
  isSpent: boolean;
  /** The models tried with this key, each with the place of the last attempt if that met a transient fault. */
  readonly transient: Map<string, number | undefined>;
}

/** The attempts of one request. */
export class Past {
  readonly #keys = new Map<KeyHealth, TriedKey>();
  readonly #failed = new Set<Pool>();
  readonly #barred = new Set<Pool>();
  readonly #missing = new Map<string, number>();
  readonly #tooBig = new Map<string, number>();

  constructor(tried: readonly TriedCandidate[], pools: ReadonlyMap<string, Pool>) {
    for (const [place, attempt] of tried.entries()) {
      const pool = pools.get(attempt.candidate.provider);
      const key = pool?.keys.get(attempt.candidate.keyId);
      if (pool === undefined) continue;
      if (attempt.verdict !== undefined) this.#notePool(pool, attempt.candidate, attempt.verdict);
      if (key !== undefined) this.#noteKey(key, attempt, place);
    }
  }

  /** True for a request that has tried nothing yet. */
  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /** True if the key cannot serve this model in this request any more. */
  excludes(key: KeyHealth, modelKey: string): boolean {
    const tried = this.#keys.get(key);
    return tried !== undefined && (tried.isSpent || tried.transient.has(modelKey));
  }

  /** True if the key's own fault kept it from serving this request. */
  isSpent(key: KeyHealth): boolean {
    return this.#keys.get(key)?.isSpent === true;
  }

  /**
   * When the candidate met a transient fault in this request, so that it may be tried again once no other is left: the
   * place of that attempt. Undefined for all others.
   */
  transientAt(key: KeyHealth, modelKey: string): number | undefined {
    const tried = this.#keys.get(key);
    return tried === undefined || tried.isSpent ? undefined : tried.transient.get(modelKey);
  }

  /** True after a provider-blamed failure in this request. */
  hasFailed(pool: Pool): boolean {
    return this.#failed.has(pool);
  }

  /**
   * True if this request must not try further keys of the provider: its region is refused, the request is too big for
   * the model there, or the model seems not to exist.
   */
  isBarred(pool: Pool, model: string | undefined, now: number): boolean {
    if (this.#barred.has(pool)) return true;
    if (this.#missing.size === 0 && this.#tooBig.size === 0) return false;
    const modelKey = modelKeyOf(model);
    const id = placeId(pool, modelKey);
    if ((this.#tooBig.get(id) ?? 0) >= KEYS_FOR_TOO_BIG) return true;
    const refusals = this.#missing.get(id);
    if (refusals === undefined || pool.isKnown(model)) return false;
    return refusals >= (pool.isRefused(modelKey, now) ? 1 : KEYS_FOR_UNKNOWN_MODEL);
  }

  #notePool(pool: Pool, candidate: Candidate, verdict: Verdict): void {
    if (isTransientStep(verdict.next)) this.#failed.add(pool);
    if (isHopeless(verdict)) this.#barred.add(pool);
    const counts = this.#countsOf(verdict);
    if (counts === undefined) return;
    const id = placeId(pool, modelKeyOf(candidate.model));
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }

  #countsOf({ effect, outcome }: Verdict): Map<string, number> | undefined {
    if (effect.kind === "model-missing") return this.#missing;
    return outcome === "too_big" ? this.#tooBig : undefined;
  }

  #noteKey(key: KeyHealth, { candidate, verdict }: TriedCandidate, place: number): void {
    const known = this.#keys.get(key) ?? { isSpent: false, transient: new Map<string, number | undefined>() };
    this.#keys.set(key, known);
    // Its rest says when it may be asked again.
    if (verdict?.effect.kind === "rate-limited") return;
    const isTransient = verdict !== undefined && isTransientStep(verdict.next);
    known.transient.set(modelKeyOf(candidate.model), isTransient ? place : undefined);
    if (verdict?.blame === "key" || verdict?.blame === "key-operation") known.isSpent = true;
  }
}

// A refused region, a redirect, or what the provider does not have would meet every other key of it as well.
function isHopeless({ effect, blame, next }: Verdict): boolean {
  if (blame === "none" && next === "other-provider") return true;
  return effect.kind === "region-refused" || (effect.kind === "unreachable" && effect.isLasting === true);
}

function isTransientStep(next: NextStep): boolean {
  return next === "retry" || next === "other-provider";
}

function placeId(pool: Pool, modelKey: string): string {
  return `${pool.spec.provider}\0${modelKey}`;
}
