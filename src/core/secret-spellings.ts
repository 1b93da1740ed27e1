// The forms in which a secret may be quoted by others.

/** Shorter secrets are looked for as whole words only: they stand by chance in other words, and are never encoded. */
export const MIN_SPELLED_LENGTH = 8;

/** What counts as a whole word in a message, a URL, a header or JSON. */
export const WORDS = /[^\s"'`,;:=&?@/()[\]{}<>\\|]+/g;

/** How many leading characters of Base64 depend on the 0, 1 or 2 bytes before the secret in its group of three. */
const BASE64_SHARED = [0, 2, 3] as const;

/** The secret, URL-encoded, JSON-escaped, and within a longer text in Base64; the same form may come twice. */
export function* spellingsOf(secret: string): Generator<string> {
  if (secret === "") return;
  yield secret;
  if (secret.length < MIN_SPELLED_LENGTH) return;
  const encoded = encodeURIComponent(secret.toWellFormed());
  yield encoded;
  yield encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const escaped = JSON.stringify(secret).slice(1, -1);
  yield escaped;
  // As PHP writes it, Go, and .NET.
  yield escaped.replaceAll("/", "\\/");
  yield escaped.replace(/[&<>]/g, longEscape);
  yield escaped.replace(/\\"|[&'+<>`]/g, (found) =>
    longEscape(found.slice(-1)).replace(/..$/, (hex) => hex.toUpperCase()),
  );
  for (const [before, shared] of BASE64_SHARED.entries()) {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    // Without the last characters either, which depend on what follows the secret.
    const base64 = bytes.toString("base64").slice(shared).replace(/.?=*$/, "");
    yield base64;
    yield base64.replaceAll("+", "-").replaceAll("/", "_");
  }
}

function longEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
