// All client tokens that count now, found by the digest of what a client presents.
import { LruMap } from "../balancer/lru-map.ts";
import type { Revision } from "../balancer/revision.ts";
import type { ClientToken, PriceConfig, TokenRules } from "../config/client-token.ts";
import { sourceText } from "../config/source.ts";
import { tokenIdOf } from "../core/ids.ts";
import { parseMoment } from "../core/moment.ts";
import { Admission } from "./admission.ts";
import { type KnownToken, knownToken } from "./known-token.ts";
import { rulesOfStored, type StoredToken } from "./stored-token.ts";
import { type AccountState, TokenAccount } from "./token-account.ts";
import { digestOf } from "./token-digest.ts";

/** One token's counters as they are kept over a restart. */
export interface TokenEntry {
  readonly kind: "token";
  readonly id: string;
  readonly state: AccountState;
}

/** Counters of tokens that are gone are kept for when they come back. */
const MOST_ACCOUNTS = 10_000;

export class ClientTokens {
  /** Counts that only grow: what is spent must be on the disk soon, since a crash would give it back; mere use may wait. */
  readonly revision: Revision = { lasting: 0, passing: 0, tallies: 0 };
  readonly admission: Admission;
  readonly #now: () => number;
  readonly #accounts = new LruMap<string, TokenAccount>(MOST_ACCOUNTS);
  readonly #ofStored = new WeakMap<StoredToken, StoredKnown>();
  #byDigest: ReadonlyMap<string, KnownToken> = new Map();
  #all: readonly KnownToken[] = [];
  #configured: readonly ClientToken[] = [];
  #stored: readonly StoredToken[] = [];
  #isComplete = true;

  /** `now`: wall-clock milliseconds. `onSpent`: called when what is spent of a limit has changed. */
  constructor(now: () => number, onSpent: () => void = () => {}) {
    this.#now = now;
    const note = () => {
      this.revision.passing += 1;
      onSpent();
    };
    this.admission = new Admission({ now, onSpent: note });
  }

  /** Takes the tokens and prices of a configuration; counters stay with their tokens. */
  configure(tokens: readonly ClientToken[], prices: readonly PriceConfig[]): void {
    this.#configured = tokens;
    this.admission.setPrices(prices);
    this.#rebuild();
  }

  /** Takes those that were added by command; `isComplete`: false while there may be some that nobody knows of. */
  useStored(tokens: readonly StoredToken[], { isComplete }: { readonly isComplete: boolean }): void {
    this.#stored = tokens;
    this.#isComplete = isComplete;
    this.#rebuild();
  }

  /** No token is known, and none that is not, so that nobody could show one. */
  get isEmpty(): boolean {
    return this.#byDigest.size === 0 && this.#isComplete;
  }

  /** In the order of the configuration, those of the store after them. */
  get all(): readonly KnownToken[] {
    return this.#all;
  }

  /**
   * The token that a text is; undefined for none. A look at a map by the SHA-256 of the text takes a time that depends on
   * that digest only: what it tells is about a number that nobody can choose, of a text that they know themselves.
   */
  find(text: string): KnownToken | undefined {
    return this.#byDigest.get(digestOf(text));
  }

  /** What the secret of a token is by now, after changes of all kinds; undefined where it counts no more. */
  asItIsNow({ id, sha256 }: KnownToken): KnownToken | undefined {
    const token = this.#byDigest.get(sha256);
    return token?.id === id ? token : undefined;
  }

  /** It was presented with a request. `at`: wall-clock milliseconds. */
  noteUse({ account }: KnownToken, at: number): void {
    account.lastUsed = at;
    account.requests += 1;
    this.revision.tallies += 1;
  }

  *entries(now: number): Iterable<TokenEntry> {
    for (const [id, account] of this.#accounts.entries()) {
      const state = account.state(now);
      if (state !== undefined) yield { kind: "token", id, state };
    }
  }

  /** Takes what an earlier process counted, before the first request. */
  restore(entries: Iterable<TokenEntry>, now: number): void {
    for (const { id, state } of entries) this.#kept(id).restore(state, now);
  }

  /** After the clock went back. */
  clockWentBack(now: number): void {
    for (const [, account] of this.#accounts.entries()) account.rebase(now);
  }

  /** Forgets the counters of a token that was revoked. */
  forget(id: string): void {
    this.#accounts.delete(id);
    this.revision.passing += 1;
  }

  #kept(id: string): TokenAccount {
    const account = this.#accounts.get(id) ?? new TokenAccount();
    this.#accounts.set(id, account);
    return account;
  }

  #rebuild(): void {
    this.#accounts.limit = MOST_ACCOUNTS + this.#configured.length + this.#stored.length;
    const byDigest = new Map<string, KnownToken>();
    const all: KnownToken[] = [];
    for (const { name, token, rules, source } of this.#configured) {
      const digest = digestOf(token);
      // The first of two entries with one secret counts.
      if (byDigest.has(digest)) continue;
      const id = tokenIdOf(token);
      const place = source && sourceText(source);
      const account = this.#accountOf(id, rules);
      const known = knownToken({ id, sha256: digest, name, rules, origin: "config", place, account });
      byDigest.set(digest, known);
      all.push(known);
    }
    for (const stored of this.#stored) {
      if (byDigest.has(stored.sha256)) continue;
      const { current, previous } = this.#knownOf(stored);
      byDigest.set(stored.sha256, current);
      const old = stored.previous?.sha256;
      if (previous !== undefined && old !== undefined && !byDigest.has(old)) byDigest.set(old, previous);
      all.push(current);
    }
    this.#byDigest = byDigest;
    this.#all = all;
  }

  /** Thousands may be stored, of which a change concerns one. */
  #knownOf(stored: StoredToken): StoredKnown {
    const known = this.#ofStored.get(stored) ?? this.#compile(stored);
    this.#ofStored.set(stored, known);
    this.#accountOf(stored.id, known.current.rules);
    return known;
  }

  #compile(stored: StoredToken): StoredKnown {
    const { id, name, previous, sha256 } = stored;
    const rules = rulesOfStored(stored);
    const facts = { id, name, origin: "store", account: this.#accountOf(id, rules) } as const;
    const until = previous && parseMoment(previous.until);
    const expiresAt = Math.min(until ?? 0, rules?.expiresAt ?? Number.POSITIVE_INFINITY);
    return {
      current: knownToken({ ...facts, sha256, rules }),
      previous: previous && knownToken({ ...facts, sha256: previous.sha256, rules: { ...rules, expiresAt } }),
    };
  }

  /** Written anew, so that those of tokens that are gone are dropped first. */
  #accountOf(id: string, rules?: TokenRules): TokenAccount {
    const account = this.#kept(id);
    if (rules !== undefined || account.limits !== undefined) account.setLimits(rules?.limits, this.#now());
    return account;
  }
}

/** `previous`: the same token by its secret before the last rotation. */
interface StoredKnown {
  readonly current: KnownToken;
  readonly previous: KnownToken | undefined;
}
