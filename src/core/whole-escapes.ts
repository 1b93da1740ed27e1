// Keeps escapes of JSON in one piece where a part of a text is replaced.
import type { Span } from "./secret-search.ts";

/** RFC 8259, 7: a backslash and one character, or `u` and four digits. No escape goes over a line end. */
const ESCAPE = /^\\(?:u[0-9a-fA-F]{4}|[^\n])/;
const LONGEST = 6;

/** The span, with the rest of an escape that begins before it or ends behind it. */
export function wholeEscapes(text: string, { start, end }: Span): Span {
  return { start: escapeAround(text, start)?.start ?? start, end: escapeAround(text, end)?.end ?? end };
}

/** The escape that a cut at this place would go through. */
function escapeAround(text: string, at: number): Span | undefined {
  for (let start = at - 1; start >= 0 && start > at - LONGEST; start--) {
    if (text.charAt(start) !== "\\") continue;
    const [found = ""] = isEscaped(text, start) ? [] : (ESCAPE.exec(text.slice(start, start + LONGEST)) ?? []);
    const end = start + found.length;
    return at < end ? { start, end } : undefined;
  }
  return undefined;
}

/** Of two backslashes the second one is. */
function isEscaped(text: string, at: number): boolean {
  let run = at;
  while (text.charAt(run - 1) === "\\") run -= 1;
  return (at - run) % 2 === 1;
}
