// Finds the wait that an error's message states in words.
import { parseWait } from "./parse-wait.ts";

const WAIT = /\b(?:try again|retry) (?:in|after) (?=\d)/i;
const MAX_WAIT_CHARS = 64;
// Anthropic: "You will regain access on 2026-04-01 at 00:00 UTC."
const REGAIN = /\bregain access on (\d{4}-\d{2}-\d{2}) at (\d{2}:\d{2}) UTC\b/;

/**
 * "Try again in 6m0s", "Please retry after 30 seconds" as milliseconds from now, "regain access on … UTC" as
 * milliseconds since the epoch; empty for a text that states neither.
 */
export function waitInText(text: string): { readonly retryAfterMs?: number; readonly retryAt?: number } {
  const match = WAIT.exec(text);
  if (match !== null) {
    const start = match.index + match[0].length;
    const wait = parseWait(text.slice(start, start + MAX_WAIT_CHARS), "start");
    return wait === undefined ? {} : { retryAfterMs: wait };
  }
  const [, date, time] = REGAIN.exec(text) ?? [];
  const at = date === undefined ? Number.NaN : Date.parse(`${date}T${time}:00Z`);
  return Number.isNaN(at) ? {} : { retryAt: at };
}
