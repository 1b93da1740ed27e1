// Laws of reading limits: whatever stands in headers, nothing is thrown and no number is out of range.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { dialectAt, dialectOf } from "../../../src/upstream/dialects.ts";
import { readQuota } from "../../../src/upstream/limit-headers.ts";

const WORDS = ["limit", "remaining", "reset", "requests", "tokens", "input", "day", "minute", "month", "x", ""];
const PREFIXES = ["x-ratelimit-", "anthropic-ratelimit-", "ratelimit-", "ratelimitbysize-", "x-ratelimitbysize-"];
const LIMITS = [
  dialectAt("openai", "https://api.openai.com/v1").limits,
  dialectAt("openai", "https://api.groq.com/openai/v1").limits,
  dialectOf("custom").limits,
  dialectOf("azure").limits,
];

const name = fc.oneof(
  fc
    .tuple(fc.constantFrom(...PREFIXES), fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }))
    .map(([prefix, words]) => `${prefix}${words.join("-")}`),
  fc.constantFrom("ratelimit", "ratelimit-policy", "openai-organization", "anthropic-organization-id"),
  fc.string(),
);
const value = fc.oneof(
  fc.string(),
  fc.integer().map(String),
  fc.double().map(String),
  fc.bigInt().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.tuple(fc.double(), fc.constantFrom("s", "ms", "m", "h", "d")).map(([number, unit]) => `${number}${unit}`),
  fc.tuple(fc.integer(), fc.integer()).map(([one, other]) => `"a";r=${one};t=${other};q=${one};w=${other}`),
);
const headers = fc.array(fc.tuple(name, value), { maxLength: 12 });

test("law: no header makes it throw, and every number is finite and not negative", () => {
  fc.assert(
    fc.property(
      headers,
      fc.constantFrom(...LIMITS),
      fc.boolean(),
      fc.nat(2_000_000_000_000),
      (list, limits, isSuccess, now) => {
        const quota = readQuota(list, { limits, isSuccess, now });
        if (quota === undefined) return;
        const kinds = quota.readings.map(({ unit, daily }) => `${unit} ${daily}`);
        expect(new Set(kinds).size).toBe(kinds.length);
        for (const { limit, remaining, resetMs } of quota.readings) {
          for (const number of [limit, remaining, resetMs]) {
            expect(number === undefined || (Number.isSafeInteger(number) && number >= 0)).toBe(true);
          }
          expect(limit).not.toBe(0);
          expect(limit ?? remaining).toBeDefined();
          if (limit !== undefined && remaining !== undefined) expect(remaining).toBeLessThanOrEqual(limit);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test("law: headers of other names change nothing", () => {
  const known = [
    ["x-ratelimit-limit-requests", "5"],
    ["x-ratelimit-remaining-requests", "4"],
  ] as const;
  const other = fc.tuple(fc.constantFrom("x-request-id", "date", "retry-after", "access-control-max-age"), fc.string());
  const context = { limits: dialectOf("openai").limits, isSuccess: true, now: 0 };
  fc.assert(
    fc.property(fc.array(other), fc.array(other), (before, after) => {
      expect(readQuota([...before, ...known, ...after], context)).toEqual(readQuota(known, context));
    }),
  );
});
