// The words in which all commands tell times, numbers and causes.
import { count } from "../config/describe-value.ts";
import { roughDuration } from "../core/durations.ts";

/** What to do where nothing is configured. */
export const NO_PROVIDER = ["No provider is configured. A key makes one:", "  openai-balance keys add"];

/** `9m12s`, or `now` for a time that has passed. `time`: as the control API writes it. */
export function timeLeft(time: string | undefined, now: number): string {
  if (time === undefined) return "";
  const ms = Date.parse(time) - now;
  return ms <= 0 ? "now" : roughDuration(ms);
}

/** `9m12s ago`. */
export function timeAgo(time: string, now: number): string {
  return `${roughDuration(Math.max(0, now - Date.parse(time)))} ago`;
}

/** States of keys, of their parts, and of providers. */
export const STATE_WORDS = {
  ready: "ready",
  half_open: "on trial",
  cooling: "cooling",
  blocked: "blocked",
  exhausted: "exhausted",
  invalid: "invalid",
  disabled: "disabled",
  unused: "unused",
  up: "up",
  open: "failing",
  out: "out",
  suspect: "suspect",
  off: "off",
  no_key: "no key",
  no_usable_key: "no usable key",
} as const;

export interface CauseFacts {
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** What a provider or we ourselves say about a rest: `401 invalid_api_key: Incorrect API key`. */
export function cause({ status, reason, message }: CauseFacts): string {
  const head = [status, reason].filter((part) => part !== undefined).join(" ");
  return [head, message].filter((part) => part !== undefined && part !== "").join(": ");
}

/** `1 key`, `2 keys`, `no key`. */
export function countOf(amount: number, noun: string): string {
  return amount === 0 ? `no ${noun}` : count(amount, noun);
}
