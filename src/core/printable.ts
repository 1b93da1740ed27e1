// Makes texts of others fit to be shown on a terminal.

/** The text with its control characters escaped, so that it can neither drive the terminal nor forge a line. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
