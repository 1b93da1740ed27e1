// Which key made which stored response, so that requests that name one go to the account that has it.
export interface Owner {
  readonly provider: string;
  readonly keyId: string;
}

/** Least recently used ids go first; a forgotten id falls back to the provider's stateful key. */
const MAX_OWNERS = 10_000;

/** In memory only. */
export class StatefulOwners {
  readonly #owners = new Map<string, Owner>();

  remember(objectId: string, owner: Owner): void {
    this.#owners.delete(objectId);
    this.#owners.set(objectId, owner);
    if (this.#owners.size <= MAX_OWNERS) return;
    const [oldest] = this.#owners.keys();
    if (oldest !== undefined) this.#owners.delete(oldest);
  }

  ownerOf(objectId: string): Owner | undefined {
    const owner = this.#owners.get(objectId);
    if (owner !== undefined) this.remember(objectId, owner);
    return owner;
  }
}
