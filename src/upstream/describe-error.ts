// Puts an error into words that are safe for logs, reports and clients.
import type { ParsedError } from "./outcome.ts";

const MAX_MESSAGE_CHARS = 200;
const WORD = /^[\w.:-]{1,64}$/;
// Control characters would let an upstream forge log lines and steer terminals.
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu;

/** The error's code, else its type, where it is one word without a secret in it; else `fallback`. */
export function reasonOf(error: ParsedError | undefined, fallback: string, redact: (text: string) => string): string {
  const word = [error?.code, error?.type].find((text) => text !== undefined && WORD.test(text));
  return word !== undefined && redact(word) === word ? word : fallback;
}

/** The text redacted, on one line, cut at 200 characters; empty where nothing is left. */
export function safeMessage(text: string, redact: (text: string) => string): string {
  const line = redact(text).replace(CONTROL, " ").trim();
  // Not to end in half of a surrogate pair.
  return line.slice(0, MAX_MESSAGE_CHARS).replace(/[\uD800-\uDBFF]$/, "");
}
