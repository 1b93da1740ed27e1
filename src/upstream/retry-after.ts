// How long an answer asks us to wait.
import type { ParsedError } from "./outcome.ts";
import { plausibleWait } from "./parse-wait.ts";
import type { HeaderList } from "./transport.ts";

// RFC 9110, 5.6.7: the form to send, then the two obsolete ones that a recipient must accept.
const IMF_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC850_DATE = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;
const DECIMAL = /^\d{1,15}(?:\.\d{1,15})?$/;

/**
 * The wait that the answer states, in milliseconds from `now`: `retry-after-ms`, `x-ms-retry-after-ms`, `Retry-After`
 * (seconds or a date), then what the body says. Malformed and negative values count as absent; a date in the past is 0.
 */
export function statedRetryMs(headers: HeaderList, error: ParsedError | undefined, now: number): number | undefined {
  return (
    decimalMs(headerValue(headers, "retry-after-ms"), 1) ??
    decimalMs(headerValue(headers, "x-ms-retry-after-ms"), 1) ??
    retryAfterMs(headerValue(headers, "retry-after"), now) ??
    error?.retryAfterMs ??
    (error?.retryAt === undefined ? undefined : untilMs(error.retryAt, now))
  );
}

function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  return decimalMs(value, 1_000) ?? untilMs(httpDate(value.trim(), now), now);
}

function httpDate(text: string, now: number): number {
  if (IMF_DATE.test(text)) return Date.parse(text);
  if (ASCTIME_DATE.test(text)) return Date.parse(`${text} GMT`);
  if (!RFC850_DATE.test(text)) return Number.NaN;
  const [, day = "", month = "", year = "", time = ""] = text.split(/[ -]/);
  // RFC 9110: a two-digit year that looks more than 50 years ahead is the past century's.
  const century = Math.floor(new Date(now).getUTCFullYear() / 100) * 100;
  const full = century + Number(year);
  const past = full > new Date(now).getUTCFullYear() + 50;
  return Date.parse(`${day} ${month} ${past ? full - 100 : full} ${time} GMT`);
}

function decimalMs(value: string | undefined, unitMs: number): number | undefined {
  const text = value?.trim() ?? "";
  return DECIMAL.test(text) ? plausibleWait(Number(text) * unitMs) : undefined;
}

function untilMs(at: number, now: number): number | undefined {
  return Number.isNaN(at) ? undefined : plausibleWait(Math.max(0, at - now));
}

function headerValue(headers: HeaderList, name: string): string | undefined {
  return headers.find(([candidate]) => candidate === name)?.[1];
}
