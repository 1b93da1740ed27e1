// Whether who opened a session may still use it: a client token can end long before its sessions do.
import type { ClientTokens } from "../../tokens/client-tokens.ts";
import type { KnownToken } from "../../tokens/known-token.ts";

export interface SessionRightFacts {
  /** Undefined: it was opened without one. */
  readonly opener: KnownToken | undefined;
  readonly tokens: Pick<ClientTokens, "asItIsNow" | "all">;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
}

/** Asked with every message of a client. */
export class SessionRight {
  readonly #facts: SessionRightFacts;

  constructor(facts: SessionRightFacts) {
    this.#facts = facts;
  }

  get holds(): boolean {
    const { opener, tokens, now } = this.#facts;
    if (opener === undefined) return tokens.all.length === 0;
    const token = tokens.asItIsNow(opener);
    return token !== undefined && token.scope?.refuseExpired(now()) === undefined;
  }
}
