// What was given out through here and stands in for a client token: which key's account it goes to, and whose it is.
import type { Attempt, Need } from "../../balancer/contract.ts";
import { LruMap } from "../../balancer/lru-map.ts";
import type { KnownToken } from "../../tokens/known-token.ts";
import type { ParsedPath } from "../paths/parse-path.ts";
import type { Setup } from "../setup.ts";

/** What a client proves itself with that holds something which was given out through here. */
export interface Ephemeral {
  /** Goes upstream as it is: what it may do is bound to it there. Undefined: the key's own credential goes there. */
  readonly secret: string | undefined;
  readonly provider: string;
  readonly keyId: string;
  /** The client that had it made, and its token where one was needed. */
  readonly client: string | undefined;
  readonly token: KnownToken | undefined;
}

/** What a request presents, and asks for with it. */
export interface PresentedSecret {
  readonly method: string;
  readonly headers: Headers;
  readonly query: string;
}

/** Where it counts now. */
export interface EphemeralScene {
  readonly path: Extract<ParsedPath, { kind: "default" | "provider" | "native" | "error" }>;
  readonly setup: Setup;
  /** The client tokens that count now. */
  readonly tokens: () => readonly KnownToken[];
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/** Who had it made. `tokenId`: undefined where no token was needed. */
export interface Maker {
  readonly client: string | undefined;
  readonly tokenId: string | undefined;
}

interface Issued extends Maker {
  readonly provider: string;
  readonly keyId: string;
  readonly expiresAt: number;
}

const MOST_ISSUED = 10_000;

/** The route and the key that it belongs to; no other key can stand in. */
export function pinToSecret({ provider, keyId }: Ephemeral): Pick<Need, "route" | "pinnedKey" | "standIn"> {
  return { route: [[{ provider, model: undefined }]], pinnedKey: keyId, standIn: undefined };
}

/** In memory only, by digest. */
export class IssuedBook {
  readonly #issued = new LruMap<string, Issued>(MOST_ISSUED);

  /** Notes what the answer of an attempt gave out. */
  note(digest: string, { candidate }: Pick<Attempt, "candidate">, facts: Maker & Pick<Issued, "expiresAt">): void {
    const { provider, keyId } = candidate;
    const { client, tokenId, expiresAt } = facts;
    this.#issued.set(digest, { provider, keyId, client, tokenId, expiresAt });
  }

  /** Undefined where it is not known, has expired, or where its key, or whoever had it made, counts no more. */
  find(digest: string, { setup, tokens, now }: EphemeralScene): Omit<Ephemeral, "secret"> | undefined {
    const found = this.#issued.get(digest);
    if (found === undefined || found.expiresAt <= now) return undefined;
    const { provider, keyId, client, tokenId } = found;
    const maker = makerOf(tokenId, tokens());
    const isKnown = setup.providers.get(provider)?.keys.has(keyId) === true;
    return maker && isKnown ? { provider, keyId, client, ...maker } : undefined;
  }
}

/** What a token had made ends with it, and what was made without one ends when tokens are needed. */
function makerOf(tokenId: string | undefined, tokens: readonly KnownToken[]): Pick<Ephemeral, "token"> | undefined {
  if (tokenId === undefined) return tokens.length === 0 ? { token: undefined } : undefined;
  const token = tokens.find(({ id }) => id === tokenId);
  return token && { token };
}
