// Reads the structured headers `ratelimit` and `ratelimit-policy` of the IETF's draft.
import { countOf } from "./limit-numbers.ts";
import { plausibleWait } from "./parse-wait.ts";

/** One policy: `limit` and `remaining` in requests. Absent fields were not stated. */
export interface StatedPolicy {
  readonly name: string;
  readonly limit?: number;
  readonly remaining?: number;
  readonly resetMs?: number;
  readonly windowMs?: number;
}

const PARAMETER = /(?:^|[;,]) {0,4}(q|r|t|w|limit|remaining|reset)=(\d{1,15})(?![\d.])/g;
// Quotas of bytes or of requests at the same time are no rates of requests.
const OTHER_UNIT = /; {0,4}qu="(?!requests")/;
const MAX_CHARS = 256;

/**
 * The first policy in the value of `ratelimit` or `ratelimit-policy`; undefined if it states no number.
 * Source: datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers, version 07 (`limit=10, remaining=5, reset=3`)
 * and later ones (`"name";r=5;t=3`, `"name";q=10;w=60`).
 */
export function readPolicy(value: string): StatedPolicy | undefined {
  if (value.length > MAX_CHARS || OTHER_UNIT.test(value)) return undefined;
  const numbers = new Map<string, number | undefined>();
  for (const [, name = "", digits = ""] of value.matchAll(PARAMETER)) {
    // A second policy begins.
    if (numbers.has(name)) break;
    numbers.set(name, countOf(digits));
  }
  if (numbers.size === 0) return undefined;
  const limit = numbers.get("q") ?? numbers.get("limit");
  const remaining = numbers.get("r") ?? numbers.get("remaining");
  const resetMs = wait(numbers.get("t") ?? numbers.get("reset"));
  const windowMs = wait(numbers.get("w"));
  return {
    name: value.startsWith('"') ? value.slice(0, value.indexOf(";")) : "",
    ...(limit !== undefined && { limit }),
    ...(remaining !== undefined && { remaining }),
    ...(resetMs !== undefined && { resetMs }),
    ...(windowMs !== undefined && { windowMs }),
  };
}

function wait(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : plausibleWait(seconds * 1_000);
}
