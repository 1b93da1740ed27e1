// Which key made which object, so that requests that name one go to the account that has it.
import { isObjectId, keptMsOf } from "./object-kinds.ts";

/** `account`: see `Balancer.accountOf`, as it was when the object was made; it outlives the key. */
export interface Owner {
  readonly provider: string;
  readonly keyId: string;
  readonly account: string | undefined;
}

/** One thing to keep on the disk; `owner` undefined: the object is forgotten. Times in wall-clock milliseconds. */
export interface OwnerChange {
  readonly id: string;
  readonly owner: Owner | undefined;
  readonly expiresAt: number;
}

/** As it was kept. */
export interface KeptOwner extends Owner {
  readonly id: string;
  readonly expiresAt: number;
}

export interface ObjectOwnersOptions {
  readonly now: () => number;
  /** Takes every change that a restart should not forget. */
  readonly onChange?: ((change: OwnerChange) => void) | undefined;
  /** @default 200,000, some 50 MB if all of them are used */
  readonly most?: number;
}

export const MOST_OBJECTS = 200_000;
const MOST_OWNERS = 20_000;
/** An object that is named again and again need not be written each time. */
const RENEWED_AFTER = 0.1;

const MISSING_MS = 60_000;
const MOST_MISSING = 1_000;
/** Searches of one client within a minute that found nothing, or go on: it may make ids up, which every account is asked for. */
const MOST_SEARCHES = 100;

interface Entry {
  readonly owner: Owner;
  readonly expiresAt: number;
}

/** In memory, bounded: those that were named the longest time ago go first. A forgotten id is looked for when it is asked for. */
export class ObjectOwners {
  readonly #options: ObjectOwnersOptions;
  readonly #most: number;
  readonly #entries = new Map<string, Entry>();
  /** Each key once, however many objects it made. */
  readonly #known = new Map<string, Owner>();
  readonly #missing = new Map<string, number>();
  readonly #searches = new Map<string, number>();
  #searchesSince = Number.NEGATIVE_INFINITY;

  constructor(options: ObjectOwnersOptions) {
    this.#options = options;
    this.#most = options.most ?? MOST_OBJECTS;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** An answer of this key named the object as one of its own. */
  remember(id: string, owner: Owner): void {
    if (!isObjectId(id)) return;
    const now = this.#options.now();
    const keptMs = keptMsOf(id);
    this.#missing.delete(missingName(id, owner.provider));
    const known = this.#entries.get(id);
    const shared = this.#shared(owner);
    const isFresh = known?.owner === shared && known.expiresAt > now + keptMs * (1 - RENEWED_AFTER);
    const entry = isFresh ? known : { owner: shared, expiresAt: now + keptMs };
    this.#put(id, entry);
    if (!isFresh) this.#options.onChange?.({ id, ...entry });
  }

  /** The object is deleted. */
  forget(id: string): void {
    if (this.#entries.delete(id)) this.#options.onChange?.({ id, owner: undefined, expiresAt: 0 });
  }

  ownerOf(id: string): Owner | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (entry.expiresAt <= this.#options.now()) {
      this.forget(id);
      return undefined;
    }
    this.#put(id, entry);
    return entry.owner;
  }

  /** Every key of a provider that could be asked said that it does not have the object. */
  noteMissing(id: string, provider: string): void {
    const name = missingName(id, provider);
    this.#missing.delete(name);
    this.#missing.set(name, this.#options.now() + MISSING_MS);
    const [oldest] = this.#missing.keys();
    if (this.#missing.size > MOST_MISSING && oldest !== undefined) this.#missing.delete(oldest);
  }

  /** For a minute nobody is asked again but the stateful key. */
  isMissing(id: string, provider: string): boolean {
    const leftMs = (this.#missing.get(missingName(id, provider)) ?? 0) - this.#options.now();
    // More is left after the clock went back.
    return leftMs > 0 && leftMs <= MISSING_MS;
  }

  /** Whether other accounts may be asked for one client; it counts until `endSearch` says that the object was found. */
  beginSearch(client: string): boolean {
    const now = this.#options.now();
    if (now < this.#searchesSince || now >= this.#searchesSince + MISSING_MS) {
      this.#searches.clear();
      this.#searchesSince = now;
    }
    const count = this.#searches.get(client) ?? 0;
    if (count >= MOST_SEARCHES) return false;
    this.#searches.set(client, count + 1);
    return true;
  }

  endSearch(client: string): void {
    const count = this.#searches.get(client) ?? 0;
    if (count > 0) this.#searches.set(client, count - 1);
  }

  /** Takes over what an earlier process kept, those that expire first before the others. */
  load(kept: Iterable<KeptOwner>): void {
    const now = this.#options.now();
    for (const { id, provider, keyId, account, expiresAt } of kept) {
      if (expiresAt > now) this.#put(id, { owner: this.#shared({ provider, keyId, account }), expiresAt });
    }
  }

  /** All that is known, those that were named the longest time ago first. */
  *all(): Iterable<OwnerChange> {
    for (const [id, { owner, expiresAt }] of this.#entries) yield { id, owner, expiresAt };
  }

  #put(id: string, entry: Entry): void {
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (this.#entries.size <= this.#most) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.forget(oldest);
  }

  #shared(owner: Owner): Owner {
    const name = `${owner.provider}\0${owner.keyId}\0${owner.account ?? ""}`;
    const known = this.#known.get(name) ?? owner;
    // A provider may name another account each time.
    if (this.#known.size >= MOST_OWNERS) this.#known.clear();
    this.#known.set(name, known);
    return known;
  }
}

function missingName(id: string, provider: string): string {
  return `${provider}\0${id}`;
}
