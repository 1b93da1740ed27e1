// Recognises encrypted reasoning that comes back: only the organisation for which it was encrypted can read it.
import { createHash } from "node:crypto";

/** So much of its beginning and end tells one from all others: both hold random bytes. */
const END_CHARS = 64;
const DIGEST_CHARS = 22;

/** The name under which the maker of such a text is remembered; the text itself is kept nowhere. */
export function fingerprintOf(content: string): string {
  const ends = `${content.length}:${content.slice(0, END_CHARS)}:${content.slice(-END_CHARS)}`;
  return `encrypted:${createHash("sha256").update(ends).digest("base64url").slice(0, DIGEST_CHARS)}`;
}

/** Those of the items that hold any. */
export function fingerprintsIn(items: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return items.flatMap(({ encrypted_content: content }) => (typeof content === "string" ? fingerprintOf(content) : []));
}
