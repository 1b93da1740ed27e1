// Finds the client tokens that an operator means, by id or name.
import { nameForMessage } from "../config/name-for-message.ts";
import { nearestName } from "../config/nearest-name.ts";
import { UserError } from "../core/user-error.ts";
import type { KnownToken } from "../tokens/known-token.ts";

/**
 * The token that a word names.
 * @throws UserError where it names none, or several.
 */
export function tokenNamed(word: string, known: readonly KnownToken[]): KnownToken {
  const found = known.filter(({ id, name }) => id === word || name === word);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (first !== undefined) {
    const ids = found.map(({ id, origin }) => `${id} (${origin === "store" ? "token store" : "configuration"})`);
    throw new UserError(`Several client tokens have this name: ${ids.join(", ")}; name one by its id`);
  }
  const near = nearestName(
    word,
    known.map(({ name }) => name),
  );
  const hint = near === undefined ? "openai-balance tokens list shows them" : `did you mean ${near}`;
  throw new UserError(`There is no client token ${nameForMessage(word)}: ${hint}`);
}
