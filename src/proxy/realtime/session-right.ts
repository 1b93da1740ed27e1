// Whether who opened a session may still use it: a client token can end long before its sessions do.
import type { KnownToken } from "../../tokens/known-token.ts";
import { makerOf } from "./ephemeral-secrets.ts";

export interface SessionRightFacts {
  /** Undefined: it was opened without one. */
  readonly tokenId: string | undefined;
  /** The client tokens that count now; another list after each change. */
  readonly tokens: () => readonly KnownToken[];
  /** Wall-clock milliseconds. */
  readonly now: () => number;
}

/** Asked with every message of a client. */
export class SessionRight {
  readonly #facts: SessionRightFacts;
  #seen: readonly KnownToken[] | undefined;
  #opener: ReturnType<typeof makerOf>;

  constructor(facts: SessionRightFacts) {
    this.#facts = facts;
  }

  get holds(): boolean {
    const { tokenId, tokens, now } = this.#facts;
    const all = tokens();
    if (all !== this.#seen) {
      this.#seen = all;
      this.#opener = makerOf(tokenId, all);
    }
    if (this.#opener === undefined) return false;
    const scope = this.#opener.token?.scope;
    return scope === undefined || scope.refuseExpired(now()) === undefined;
  }
}
