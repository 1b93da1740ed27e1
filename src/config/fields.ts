// The kinds of fields that the schema is made of; the error of each is what it expects, in words.

import { z } from "zod";
import { isAddressRange } from "../core/address-ranges.ts";
import { parseDuration } from "../core/durations.ts";
import { parseMoment } from "../core/moment.ts";
import { parseCount, parseSize } from "../core/sizes.ts";
import { isTimeZone, parseClockTime } from "./clock-time.ts";
import { repeatsRepetition } from "./repeats-repetition.ts";

/** Timers hold 31 bits of milliseconds. */
const MAX_DURATION_MS = 2 ** 31 - 1;

/** RFC 9110 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 5.5, without obs-text. */
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

const PROVIDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)$/;

/** A string that `test` accepts. */
export function text(expects: string, test: (value: string) => boolean = (value) => value !== "") {
  return z.string({ error: expects }).refine(test, { error: expects });
}

/** One of a few words. */
export function choice<const Word extends string>(...words: readonly [Word, ...Word[]]) {
  return z.enum(words, { error: `one of ${words.join(", ")}` });
}

/** A list of at least `min` items. */
export function list<Item extends z.ZodType>(item: Item, expects: string, min = 1) {
  return z.array(item, { error: expects }).min(min, { error: expects });
}

/** A whole number within bounds. */
export function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A number within bounds, the lower one excluded. */
export function positive(max: number) {
  const error = `a number above 0, at most ${max}`;
  return z.number({ error }).positive({ error }).max(max, { error });
}

export const flag = z.boolean({ error: "true or false" });

/** Above 0, at most what a timer can hold (24 days). */
export const duration = text("a duration such as 250ms, 10s or 5m, at most 24d", (value) => {
  const ms = parseDuration(value);
  return ms !== undefined && ms > 0 && ms <= MAX_DURATION_MS;
});

/** As `duration`, or `0s`. */
export const durationOrZero = text("a duration such as 0s, 10s or 5m, at most 24d", (value) => {
  const ms = parseDuration(value);
  return ms !== undefined && ms <= MAX_DURATION_MS;
});

/** Ten years: for what no timer waits for. */
const MOST_DAYS = 3_650;
const DAY_MS = 86_400_000;

/** Above 0, at most ten years. */
export const longDuration = text("a duration such as 12h, 7d or 400d, at most 3650d", (value) => {
  const ms = parseDuration(value);
  return ms !== undefined && ms > 0 && ms <= MOST_DAYS * DAY_MS;
});

/** What a session of a browser may take: 300 s to a day. */
export const sessionTtl = text("a duration from 5m to 24h", (value) => {
  const ms = parseDuration(value);
  return ms !== undefined && ms >= 300_000 && ms <= DAY_MS;
});

/** The whole of a session: 300 s to a year. */
export const sessionMax = text("a duration from 5m to 365d", (value) => {
  const ms = parseDuration(value);
  return ms !== undefined && ms >= 300_000 && ms <= 365 * DAY_MS;
});

/** Without scheme, port and brackets. */
export const hostName = text("a host name such as gateway.example, without scheme and port", (value) =>
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$|^[0-9A-Fa-f]*:[0-9A-Fa-f:.]+$/.test(
    value,
  ),
);

const SIZE = "a size such as 64MiB, 10MB or a number of bytes";
/** Above 0. */
export const size = z.union(
  [z.int({ error: SIZE }).positive({ error: SIZE }), text(SIZE, (value) => (parseSize(value) ?? 0) > 0)],
  {
    error: SIZE,
  },
);

/** As `size`, or 0. */
export const sizeOrZero = z.union(
  [z.int({ error: SIZE }).nonnegative({ error: SIZE }), text(SIZE, (value) => parseSize(value) !== undefined)],
  { error: SIZE },
);

const COUNT = "a count such as 500, 200k or 2M";
/** A whole number above 0. */
export const count = z.union(
  [z.int({ error: COUNT }).positive({ error: COUNT }), text(COUNT, (value) => (parseCount(value) ?? 0) > 0)],
  { error: COUNT },
);

/** When a day begins. */
export const day = text(
  "rolling or a time zone such as America/Los_Angeles",
  (value) => value === "rolling" || isTimeZone(value),
);

export const clockTime = text(
  "a time and its zone such as 00:00 America/Los_Angeles",
  (value) => parseClockTime(value) !== undefined,
);

const MAX_PATTERN_CHARS = 500;
/** Text from outside is matched in the event loop, where a pattern that takes long would stop every request. */
export const pattern = text(
  `a regular expression of at most ${MAX_PATTERN_CHARS} characters`,
  (value) => value !== "" && value.length <= MAX_PATTERN_CHARS,
)
  .refine(isRegExp, { error: "a regular expression" })
  .refine((value) => value.length > MAX_PATTERN_CHARS || !repeatsRepetition(value), {
    error: "a regular expression that repeats nothing which is a repetition itself",
  });

export const moment = text(
  "a date such as 2027-01-01, or a time such as 2027-01-01T12:00:00Z",
  (value) => parseMoment(value) !== undefined,
);

export const modelPattern = text("a pattern for names of models");

export const providerName = text(
  "letters, digits, dots, dashes and underscores, at most 64, the first a letter or digit",
  (value) => PROVIDER_NAME.test(value),
);

export const host = text("a host name or IP address without a port", (value) => HOST.test(value));

export const addressRange = text("an address or a range of them such as 10.0.0.0/8 or fd00::/8", isAddressRange);

/** RFC 6454, 6.2, and the schemes of browser extensions and desktop programs; `*` is every origin. */
export const origin = text("an origin such as http://localhost:3000, or *", (value) =>
  /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*,]+)$/i.test(value),
);

export const headerName = text("the name of a header", (value) => HEADER_NAME.test(value));

const headerValue = text("a string of printable ASCII characters", (value) => HEADER_VALUE.test(value));

export const headers = z.record(headerName, headerValue, { error: "a map of header names to strings" });

export const prefix = text("a string of printable ASCII characters", (value) => HEADER_VALUE.test(value));

const SECRET = "a string, { env: NAME } or { file: PATH }";

const envReference = z.strictObject(
  { env: text("the name of a variable").describe("The variable that holds the secret.") },
  { error: SECRET },
);

const fileReference = z.strictObject(
  { file: text("a path").describe("The file that holds the secret, relative to the folder of the config file.") },
  { error: SECRET },
);

/** A secret in place; it may be empty where a variable was, which resolving the secret finds out. */
export function secretText(expects: string) {
  return z.string({ error: expects });
}

/** The references to secrets that can stand in a union with other maps. */
export const secretReferences = [envReference, fileReference] as const;

/** A secret in place or a reference to one. */
export const secret = z.union([secretText(SECRET), ...secretReferences], { error: SECRET });

export type SecretInput = z.infer<typeof secret>;

function isRegExp(value: string): boolean {
  try {
    return new RegExp(value, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
