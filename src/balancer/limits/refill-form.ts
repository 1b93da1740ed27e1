// How a provider's limits refill, where neither its headers nor its documentation say so: learnt for all its keys.

/** All the time, or all at once. */
export type Form = "bucket" | "fixed";

/** So many refusals that only a limit which refills at once explains. */
const ENOUGH = 3;
/** What a proof of the other counts for. */
const PROOF = 6;

/** What is learnt of limits of one length. It is taken for a bucket until enough speaks against it. */
export class RefillForm {
  #doubts = 0;

  get form(): Form {
    return this.#doubts >= ENOUGH ? "fixed" : "bucket";
  }

  /** An attempt was refused that a bucket would have let through. Our own reckoning may have been wrong. */
  doubt(): void {
    this.#doubts = Math.min(PROOF, this.#doubts + 1);
  }

  /** More was left than a limit that refills at once could have, or it told of room before its reset. */
  proveBucket(): void {
    this.#doubts = -PROOF;
  }
}

/** Of the limits of a provider. */
export interface Forms {
  readonly minute: RefillForm;
  readonly day: RefillForm;
  /** A limit of tokens is known, of any of its keys. */
  hasTokens: boolean;
}

export function newForms(): Forms {
  return { minute: new RefillForm(), day: new RefillForm(), hasTokens: false };
}
