// Reads words as they were typed in a shell: quotes and backslashes are taken off, nothing is expanded or run.

export type Shell = "bash" | "zsh" | "fish";

export const SHELLS = ["bash", "zsh", "fish"] as const satisfies readonly Shell[];

/** The quote in which a word ends, if it was not closed. */
export type OpenQuote = "" | "'" | '"' | "$'";

export interface TypedWord {
  /** With its quotes. */
  readonly raw: string;
  /** Without. */
  readonly value: string;
  readonly quote: OpenQuote;
}

interface Scan {
  readonly words: TypedWord[];
  raw: string;
  value: string;
  quote: OpenQuote;
}

/** What a backslash takes its meaning from inside double quotes (POSIX, 2.2.3 Double-Quotes). */
const ESCAPED_IN_DOUBLE = /["\\$`]/;

/** The words of a line up to the cursor; the last one is that under it, empty after a space. */
export function splitLine(line: string): readonly TypedWord[] {
  return scan(line, "bash", true);
}

/** One word. */
export function readWord(raw: string, shell: Shell): TypedWord {
  return scan(raw, shell, false)[0] ?? { raw, value: raw, quote: "" };
}

function scan(text: string, shell: Shell, isLine: boolean): readonly TypedWord[] {
  const state: Scan = { words: [], raw: "", value: "", quote: "" };
  const chars = [...text];
  for (let at = 0; at < chars.length; ) {
    const length = isLine && state.quote === "" ? spaces(chars, at) : 0;
    if (length > 0) {
      if (state.raw !== "") finish(state);
      at += length;
      continue;
    }
    const taken = take(state, chars, at, shell);
    state.raw += chars.slice(at, at + taken).join("");
    at += taken;
  }
  finish(state);
  return state.words;
}

function spaces(chars: readonly string[], start: number): number {
  let end = start;
  while (/^[ \t\n]$/.test(chars[end] ?? "")) end++;
  return end - start;
}

function finish(state: Scan): void {
  state.words.push({ raw: state.raw, value: state.value, quote: state.quote });
  state.raw = "";
  state.value = "";
  state.quote = "";
}

/** Adds what begins at a place to the word, and says how many characters that took. */
function take(state: Scan, chars: readonly string[], at: number, shell: Shell): number {
  const char = chars[at] ?? "";
  const next = chars[at + 1];
  if (char === "\\" && isEscape(state.quote, next, shell)) {
    state.value += next ?? "";
    return next === undefined ? 1 : 2;
  }
  if (state.quote !== "") {
    if (state.quote.endsWith(char)) state.quote = "";
    else state.value += char;
    return 1;
  }
  if (char === "$" && next === "'" && shell !== "fish") {
    state.quote = "$'";
    return 2;
  }
  if (char === "'" || char === '"') state.quote = char;
  else state.value += char;
  return 1;
}

/** Whether a backslash takes the meaning from what follows it. */
function isEscape(quote: OpenQuote, next: string | undefined, shell: Shell): boolean {
  if (quote === "'") return shell === "fish" && next !== undefined && /['\\]/.test(next);
  return quote !== '"' || (next !== undefined && ESCAPED_IN_DOUBLE.test(next));
}
