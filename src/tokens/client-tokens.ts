// All client tokens that count now, found by the digest of what a client presents.
import { hash } from "node:crypto";
import { LruMap } from "../balancer/lru-map.ts";
import type { ClientToken, PriceConfig } from "../config/client-token.ts";
import { tokenIdOf } from "../core/ids.ts";
import { Admission } from "./admission.ts";
import { type KnownToken, knownToken } from "./known-token.ts";
import { type AccountState, TokenAccount } from "./token-account.ts";

/** One token's counters as they are kept over a restart. */
export interface TokenEntry {
  readonly kind: "token";
  readonly id: string;
  readonly state: AccountState;
}

/** Counts that only grow. `spent`: of limits that a restart must not forget. `used`: uses of any token. */
export interface TokenRevision {
  spent: number;
  used: number;
}

/** Counters of tokens that are gone are kept for when they come back. */
const MOST_ACCOUNTS = 10_000;

export class ClientTokens {
  readonly revision: TokenRevision = { spent: 0, used: 0 };
  readonly admission: Admission;
  readonly #now: () => number;
  readonly #accounts = new LruMap<string, TokenAccount>(MOST_ACCOUNTS);
  #byDigest: ReadonlyMap<string, KnownToken> = new Map();
  #configured: readonly ClientToken[] = [];

  /** `now`: wall-clock milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    const onSpent = () => {
      this.revision.spent += 1;
    };
    this.admission = new Admission({ now, onSpent });
  }

  /** Takes the tokens and prices of a configuration; counters stay with their tokens. */
  configure(tokens: readonly ClientToken[], prices: readonly PriceConfig[]): void {
    this.#configured = tokens;
    this.admission.setPrices(prices);
    this.#rebuild();
  }

  /** No token is known, so that nobody could show one. */
  get isEmpty(): boolean {
    return this.#byDigest.size === 0;
  }

  /** In the order of the configuration, those of the store after them. */
  get all(): readonly KnownToken[] {
    return [...new Set(this.#byDigest.values())];
  }

  /**
   * The token that a text is; undefined for none. A look at a map by the SHA-256 of the text takes a time that depends on
   * that digest only: what it tells is about a number that nobody can choose, of a text that they know themselves.
   */
  find(text: string): KnownToken | undefined {
    return this.#byDigest.get(digestOf(text));
  }

  /** It was presented with a request. */
  noteUse({ account }: KnownToken): void {
    account.lastUsed = this.#now();
    account.requests += 1;
    this.revision.used += 1;
  }

  *entries(now: number): Iterable<TokenEntry> {
    for (const [id, account] of this.#accounts.entries()) {
      const state = account.state(now);
      if (state !== undefined) yield { kind: "token", id, state };
    }
  }

  /** Takes what an earlier process counted, before the first request. */
  restore(entries: Iterable<TokenEntry>, now: number): void {
    for (const { id, state } of entries) this.#accountOf(id).restore(state, now);
  }

  /** After the clock went back. */
  clockWentBack(now: number): void {
    for (const [, account] of this.#accounts.entries()) account.rebase(now);
  }

  #rebuild(): void {
    const now = this.#now();
    const byDigest = new Map<string, KnownToken>();
    for (const { name, token, rules } of this.#configured) {
      const digest = digestOf(token);
      // The first of two entries with one secret counts.
      if (byDigest.has(digest)) continue;
      const id = tokenIdOf(token);
      const account = this.#accountOf(id);
      account.setLimits(rules?.limits, now);
      byDigest.set(digest, knownToken({ id, name, rules, origin: "config", account }));
    }
    this.#byDigest = byDigest;
  }

  #accountOf(id: string): TokenAccount {
    const account = this.#accounts.get(id) ?? new TokenAccount();
    this.#accounts.set(id, account);
    return account;
  }
}

/** A secret of 256 random bits needs no slow hash, which would cost every request its time. */
export function digestOf(text: string): string {
  return hash("sha256", text, "hex");
}
