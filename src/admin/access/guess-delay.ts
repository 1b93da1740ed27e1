// Slows down those who guess the admin token: after some failures an address waits, ever longer, before its next try.
import { isIPv6 } from "node:net";
import { digestOf } from "./page-secrets.ts";

/** So many slips of the finger cost nothing. */
const FREE_FAILURES = 5;
const FIRST_DELAY_MS = 1_000;
/** An address may always try again within a minute: some 1,500 guesses a day, and nobody is locked out for good. */
const MOST_DELAY_MS = 60_000;
/** Whoever has not failed for so long begins anew. */
const FORGET_MS = 15 * 60_000;
const MOST_ADDRESSES = 10_000;
/** Programs with a token of yesterday, of one address. */
const MOST_STALE = 8;

interface Failures {
  count: number;
  lastAt: number;
  /** Digests of credentials that were refused before; to send one again is no guess. */
  readonly stale: Set<string>;
}

/** Of each address what failed there, the least recent first; the least recent is forgotten when there are too many. */
export class GuessDelay {
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How long this address waits for its next try; 0: not at all. */
  waitMs(address: string): number {
    const failures = this.#of(networkOf(address));
    if (failures === undefined || failures.count < FREE_FAILURES) return 0;
    const now = this.#now();
    // A clock that was set back lengthens no wait.
    if (now < failures.lastAt) failures.lastAt = now;
    return Math.max(0, failures.lastAt + delayAfter(failures.count) - now);
  }

  /**
   * Counts a failure; says how many there are now, and undefined for what is no guess. `credential`: one that a program sent by itself. Programs send the
   * same one again and again, which makes no guess of it, so that one forgotten somewhere slows nobody down.
   */
  noteFailure(address: string, credential?: string): number | undefined {
    const network = networkOf(address);
    const failures = this.#of(network) ?? { count: 0, lastAt: 0, stale: new Set<string>() };
    const digest = credential === undefined ? undefined : digestOf(credential);
    if (digest !== undefined && failures.stale.has(digest)) return undefined;
    if (digest !== undefined) remember(digest, failures.stale);
    failures.count += 1;
    failures.lastAt = this.#now();
    this.#failures.delete(network);
    this.#failures.set(network, failures);
    if (this.#failures.size > MOST_ADDRESSES) this.#forgetOldest();
    return failures.count;
  }

  noteSuccess(address: string): void {
    this.#failures.delete(networkOf(address));
  }

  #of(network: string): Failures | undefined {
    const failures = this.#failures.get(network);
    if (failures === undefined || Math.abs(this.#now() - failures.lastAt) < FORGET_MS) return failures;
    this.#failures.delete(network);
    return undefined;
  }

  #forgetOldest(): void {
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }
}

function delayAfter(count: number): number {
  return Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(count - FREE_FAILURES, 16));
}

function remember(digest: string, stale: Set<string>): void {
  stale.add(digest);
  const [oldest] = stale;
  if (stale.size > MOST_STALE && oldest !== undefined) stale.delete(oldest);
}

/** Of IPv6 the first 64 bits, as a subscriber has all addresses behind them (RFC 6177, RFC 4291 2.5.4). */
function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, "");
  if (!isIPv6(plain)) return address;
  const [left = "", right] = plain.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const zeros =
    right === undefined ? [] : Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0");
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
