// The beginning of a text, without its secrets.

/** Longer than any secret, in bytes: what stands so near to a cut may be a piece of one, which nothing would mask. */
const MARGIN_BYTES = 4 * 1024;

/** How many bytes must be at hand for so many of them to be told; more are not looked at. */
export function bytesToRead(mostBytes: number): number {
  return mostBytes + MARGIN_BYTES;
}

/**
 * The first bytes of a text as they came, in UTF-8, but for the secrets in it. What is not UTF-8 becomes U+FFFD, and no
 * character is cut in two.
 */
export function redactedStart(bytes: Uint8Array, mostBytes: number, redact: (text: string) => string): string {
  const read = bytes.subarray(0, bytesToRead(mostBytes));
  const clean = Buffer.from(redact(decodeStart(read)));
  const isWhole = read.length === bytes.length;
  return decodeStart(
    clean.subarray(0, Math.max(0, Math.min(mostBytes, isWhole ? clean.length : clean.length - MARGIN_BYTES))),
  );
}

/** What is left of a character at the end is dropped. */
function decodeStart(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
}
