// One-time links: codes that log in once, for some minutes, in memory only.
import { digestOf, newLinkCode } from "./page-secrets.ts";

/** Long enough to carry a link from a terminal to a browser. */
const LIFE_MS = 5 * 60_000;
/** The operator makes them: more at one time are a script that runs wild, and the oldest go. */
const MOST = 20;

export interface OneTimeCode {
  readonly code: string;
  readonly expiresAt: number;
}

export class OneTimeLinks {
  readonly #now: () => number;
  /** When each was made, by its digest, the oldest first. */
  readonly #madeAt = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  make(): OneTimeCode {
    const now = this.#now();
    const code = newLinkCode();
    this.#madeAt.set(digestOf(code), now);
    for (const [digest, madeAt] of this.#madeAt) {
      if (this.#madeAt.size <= MOST && isLive(madeAt, now)) break;
      this.#madeAt.delete(digest);
    }
    return { code, expiresAt: now + LIFE_MS };
  }

  /** True once for each code, while it lives. */
  take(code: string): boolean {
    const digest = digestOf(code);
    const madeAt = this.#madeAt.get(digest);
    if (madeAt === undefined) return false;
    this.#madeAt.delete(digest);
    return isLive(madeAt, this.#now());
  }

  /** From now on no code counts that was made before. */
  clear(): void {
    this.#madeAt.clear();
  }
}

/** A clock that was set back must not make one live longer. */
function isLive(madeAt: number, now: number): boolean {
  return now >= madeAt && now - madeAt < LIFE_MS;
}
