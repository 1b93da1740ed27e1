// What stands for a secret in a text that goes to a browser: a word that names the secret and shows its masked form.
import { createHmac } from "node:crypto";
import { maskSecret } from "../../core/redaction.ts";
import type { Span } from "../../core/secret-search.ts";

/** Enough that two secrets of one file never share them, too few to try secrets by. */
const ID_DIGITS = 10;

/**
 * One word, valid wherever YAML takes one. No secret that is sent in a header has such brackets, so that a half of one is
 * found out.
 */
const PLACEHOLDER = new RegExp(`⟦secret:([0-9a-f]{${ID_DIGITS}}):([^⟦⟧\\s]*)⟧`, "g");
const REMNANT = new RegExp(`[⟦⟧]|secret:[0-9a-f]{${ID_DIGITS}}:`, "g");

/** Windows of a secret that nobody may see. */
const WINDOW = 8;

/** One placeholder of a text. */
export interface Placeholder extends Span {
  readonly id: string;
  /** The whole of it. */
  readonly text: string;
}

/** `key`: without it nobody can find out whether a secret is the one that is named. The same secret has the same name. */
export function secretId(secret: string, key: string): string {
  return createHmac("sha256", key).update(secret).digest("hex").slice(0, ID_DIGITS);
}

/** `shown`: what may be seen of the secret in place of its usual mask. */
export function placeholderText(id: string, secret: string, shown = maskSecret(secret)): string {
  const clean = shown.replace(/[^\w.*:/@-]/g, "*");
  return `⟦secret:${id}:${sharesWindow(clean, secret) && clean === maskSecret(secret) ? "****" : clean}⟧`;
}

/** In their order. */
export function placeholdersIn(text: string): readonly Placeholder[] {
  return Array.from(text.matchAll(PLACEHOLDER), ({ 0: found, 1: id = "", index }) => ({
    id,
    text: found,
    start: index,
    end: index + found.length,
  }));
}

/** What is left of placeholders that were cut, or looks so. */
export function remnantsIn(text: string): readonly Span[] {
  const whole = placeholdersIn(text);
  const remnants = Array.from(text.matchAll(REMNANT), ({ 0: { length }, index }) => ({
    start: index,
    end: index + length,
  }));
  return remnants.filter(({ start }) => !whole.some((one) => one.start <= start && start < one.end));
}

/** Secrets such as `abcd...d...wxyz` have a part that looks like their own mask. */
function sharesWindow(shown: string, secret: string): boolean {
  for (let at = 0; at + WINDOW <= shown.length; at++) if (secret.includes(shown.slice(at, at + WINDOW))) return true;
  return false;
}
