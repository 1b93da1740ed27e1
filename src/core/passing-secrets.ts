// Secrets that come and go: the last ones are looked for, those before them forgotten in time.
import { SecretSearch, type Span } from "./secret-search.ts";
import { MIN_SPELLED_LENGTH, spellingsOf } from "./secret-spellings.ts";

/** Far more than are in use at one time. */
const MOST_IN_GENERATION = 500;

/** Two generations, of which the older one is forgotten as a whole, since a search cannot forget single texts. */
export class PassingSecrets {
  #young = new Generation();
  #old = new Generation();

  /** Whoever uses one adds it again, so that it is among the last. */
  add(secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (this.#young.has(secret)) continue;
      if (this.#young.size >= MOST_IN_GENERATION) {
        this.#old = this.#young;
        this.#young = new Generation();
      }
      this.#young.add(secret);
    }
  }

  find(text: string): readonly Span[] {
    return [...this.#young.find(text), ...this.#old.find(text)];
  }
}

class Generation {
  readonly #secrets = new Set<string>();
  readonly #search = new SecretSearch();

  get size(): number {
    return this.#secrets.size;
  }

  has(secret: string): boolean {
    return this.#secrets.has(secret);
  }

  add(secret: string): void {
    this.#secrets.add(secret);
    const spellings = new Set(spellingsOf(secret).filter(({ length }) => length >= MIN_SPELLED_LENGTH));
    this.#search.add(spellings);
  }

  find(text: string): readonly Span[] {
    return this.#search.find(text);
  }
}
