// Makes texts of others fit to be shown on a terminal.

/** Control characters, separators of lines, and what makes text read in another order than it stands. */
const UNFIT = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The text with these escaped, so that it can neither drive the terminal nor forge a line. */
export function printable(text: string): string {
  return text.replace(UNFIT, (char) => {
    const digits = char.charCodeAt(0).toString(16);
    return digits.length > 2 ? `\\u${digits.padStart(4, "0")}` : `\\x${digits.padStart(2, "0")}`;
  });
}
