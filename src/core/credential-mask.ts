// Masks the one credential that a provider was sent in what it answers, and leaves everything else as it is.
import { maskSpelling } from "./redaction.ts";
import { MIN_SPELLED_LENGTH, spellingsOf, WORDS } from "./secret-spellings.ts";

/** Unlike a `Redactor` it knows no shapes: what only looks like a secret belongs to the client. */
export class CredentialMask {
  readonly #secret: string;
  #spellings: readonly string[] | undefined;

  /** An empty secret masks nothing. */
  constructor(secret: string) {
    this.#secret = secret;
  }

  /** The text with every spelling of the credential masked; the text itself where there is none. */
  mask(text: string): string {
    const secret = this.#secret;
    if (secret === "" || text.length < secret.length) return text;
    if (secret.length < MIN_SPELLED_LENGTH) {
      return text.includes(secret) ? text.replace(WORDS, (word) => (word === secret ? "****" : word)) : text;
    }
    this.#spellings ??= longestFirst(secret);
    let clean = text;
    for (const spelling of this.#spellings) {
      if (clean.includes(spelling)) clean = clean.replaceAll(spelling, maskSpelling(spelling));
    }
    return clean;
  }
}

/** A longer spelling may contain a shorter one. */
function longestFirst(secret: string): readonly string[] {
  const long = [...new Set(spellingsOf(secret))].filter(({ length }) => length >= MIN_SPELLED_LENGTH);
  return long.toSorted((a, b) => b.length - a.length);
}
