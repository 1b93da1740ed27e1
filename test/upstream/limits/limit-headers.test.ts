// What headers say of limits: each provider's form, and what counts as absent.
import { describe, expect, test } from "bun:test";
import type { LimitReading } from "../../../src/core/quota-facts.ts";
import type { LimitFacts } from "../../../src/upstream/dialect.ts";
import { dialectAt, dialectOf } from "../../../src/upstream/dialects.ts";
import { readQuota } from "../../../src/upstream/limit-headers.ts";
import type { HeaderList } from "../../../src/upstream/transport.ts";

const NOW = Date.UTC(2026, 2, 1, 12);
const UNKNOWN: LimitFacts = { facts: [] };
const OPENAI = dialectAt("openai", "https://api.openai.com/v1").limits;
const GROQ = dialectAt("openai", "https://api.groq.com/openai/v1").limits;
const OPENROUTER = dialectAt("openai", "https://openrouter.ai/api/v1").limits;
const MISTRAL = dialectAt("openai", "https://api.mistral.ai/v1").limits;
const AZURE = dialectOf("azure").limits;
const ANTHROPIC = dialectOf("anthropic").limits;

function headersOf(text: Readonly<Record<string, string>>): HeaderList {
  return [["content-type", "application/json"], ...Object.entries(text)];
}

function readings(headers: HeaderList, limits = UNKNOWN, isSuccess = true): readonly LimitReading[] | undefined {
  return readQuota(headers, { limits, isSuccess, now: NOW })?.readings;
}

describe("readQuota reads the headers of", () => {
  test.each<[string, LimitFacts, Record<string, string>, readonly LimitReading[]]>([
    [
      "OpenAI: buckets",
      OPENAI,
      {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-limit-tokens": "150000",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-reset-tokens": "6m0s",
      },
      [
        { unit: "requests", limit: 60, remaining: 59, resetMs: 1_000, form: "bucket" },
        { unit: "tokens", limit: 150_000, remaining: 149_984, resetMs: 360_000, form: "bucket" },
      ],
    ],
    [
      "OpenAI: the project's tokens are the tighter ones",
      OPENAI,
      {
        "x-ratelimit-limit-tokens": "150000",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-limit-project-tokens": "1000",
        "x-ratelimit-remaining-project-tokens": "20",
        "x-ratelimit-reset-project-tokens": "58s",
      },
      [{ unit: "tokens", limit: 1_000, remaining: 20, resetMs: 58_000, form: "bucket" }],
    ],
    [
      "OpenAI: a real zero",
      OPENAI,
      {
        "x-ratelimit-limit-requests": "3",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "59.97s",
      },
      [{ unit: "requests", limit: 3, remaining: 0, resetMs: 59_970, form: "bucket" }],
    ],
    [
      "Groq: requests of a day, tokens of a minute",
      GROQ,
      {
        "x-ratelimit-limit-requests": "14400",
        "x-ratelimit-limit-tokens": "18000",
        "x-ratelimit-remaining-requests": "14370",
        "x-ratelimit-remaining-tokens": "17997",
        "x-ratelimit-reset-requests": "2m59.56s",
        "x-ratelimit-reset-tokens": "7.66s",
      },
      [
        { unit: "requests", limit: 14_400, remaining: 14_370, resetMs: 179_560, form: "bucket", daily: true },
        { unit: "tokens", limit: 18_000, remaining: 17_997, resetMs: 7_660 },
      ],
    ],
    [
      "Azure: what remains, without limit and reset",
      AZURE,
      { "x-ratelimit-remaining-requests": "19", "x-ratelimit-remaining-tokens": "19913" },
      [
        { unit: "requests", remaining: 19, form: "fixed" },
        { unit: "tokens", remaining: 19_913, form: "fixed" },
      ],
    ],
    [
      "Azure: limits with a zero that means unknown",
      AZURE,
      {
        "x-ratelimit-limit-tokens": "20000",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "60",
        "x-ratelimit-remaining-requests": "-1",
      },
      [{ unit: "tokens", limit: 20_000, resetMs: 60_000, form: "fixed" }],
    ],
    [
      "Anthropic: the tighter of input and output",
      ANTHROPIC,
      {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-03-01T12:00:01Z",
        "anthropic-ratelimit-input-tokens-limit": "50000",
        "anthropic-ratelimit-input-tokens-remaining": "45000",
        "anthropic-ratelimit-input-tokens-reset": "2026-03-01T12:00:06Z",
        "anthropic-ratelimit-output-tokens-limit": "10000",
        "anthropic-ratelimit-output-tokens-remaining": "500",
        "anthropic-ratelimit-output-tokens-reset": "2026-03-01T12:00:57Z",
        "anthropic-ratelimit-tokens-limit": "60000",
        "anthropic-ratelimit-tokens-remaining": "45500",
        "anthropic-ratelimit-tokens-reset": "2026-03-01T12:00:06Z",
      },
      [
        { unit: "requests", limit: 50, remaining: 49, resetMs: 1_000, form: "bucket" },
        { unit: "tokens", limit: 10_000, remaining: 500, resetMs: 57_000, form: "bucket" },
      ],
    ],
    [
      "Anthropic: an untouched small limit is not the tighter one",
      ANTHROPIC,
      {
        "anthropic-ratelimit-input-tokens-limit": "50000",
        "anthropic-ratelimit-input-tokens-remaining": "20000",
        "anthropic-ratelimit-output-tokens-limit": "10000",
        "anthropic-ratelimit-output-tokens-remaining": "10000",
      },
      [{ unit: "tokens", limit: 50_000, remaining: 20_000, form: "bucket" }],
    ],
    [
      "Mistral: names with windows, and the price of the request",
      MISTRAL,
      {
        "x-ratelimit-limit-req-minute": "60",
        "x-ratelimit-remaining-req-minute": "59",
        "x-ratelimit-limit-tokens-minute": "500000",
        "x-ratelimit-remaining-tokens-minute": "499000",
        "x-ratelimit-limit-tokens-month": "1000000000",
        "x-ratelimit-remaining-tokens-month": "5",
        "x-ratelimit-tokens-query-cost": "50",
      },
      [
        { unit: "requests", limit: 60, remaining: 59 },
        { unit: "tokens", limit: 500_000, remaining: 499_000 },
      ],
    ],
    [
      "Mistral: by size",
      MISTRAL,
      {
        "ratelimitbysize-limit": "2000000",
        "ratelimitbysize-remaining": "1999464",
        "ratelimitbysize-reset": "12",
        "ratelimitbysize-query-cost": "536",
        "x-ratelimitbysize-limit-month": "10000000000",
        "x-ratelimitbysize-remaining-month": "9999995521",
      },
      [{ unit: "tokens", limit: 2_000_000, remaining: 1_999_464, resetMs: 12_000 }],
    ],
    [
      "OpenRouter: a moment in milliseconds",
      OPENROUTER,
      {
        "x-ratelimit-limit": "50",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(NOW + 12 * 3_600_000),
      },
      [{ unit: "requests", limit: 50, remaining: 0, resetMs: 12 * 3_600_000, form: "fixed" }],
    ],
    [
      "Cerebras: a day and a minute side by side",
      UNKNOWN,
      {
        "x-ratelimit-limit-requests-day": "14400",
        "x-ratelimit-remaining-requests-day": "14000",
        "x-ratelimit-reset-requests-day": "33011.382867",
        "x-ratelimit-limit-requests-minute": "30",
        "x-ratelimit-remaining-requests-minute": "29",
        "x-ratelimit-limit-tokens-minute": "60000",
        "x-ratelimit-remaining-tokens-minute": "59000",
        "x-ratelimit-reset-tokens-minute": "11.38",
      },
      [
        { unit: "requests", limit: 14_400, remaining: 14_000, resetMs: 33_011_383, daily: true },
        { unit: "requests", limit: 30, remaining: 29 },
        { unit: "tokens", limit: 60_000, remaining: 59_000, resetMs: 11_380 },
      ],
    ],
    [
      "the IETF's draft, version 06: seconds",
      UNKNOWN,
      { "ratelimit-limit": "100", "ratelimit-remaining": "50", "ratelimit-reset": "30" },
      [{ unit: "requests", limit: 100, remaining: 50, resetMs: 30_000 }],
    ],
    [
      "the IETF's draft, version 07",
      UNKNOWN,
      { ratelimit: "limit=100, remaining=50, reset=5", "ratelimit-policy": "100;w=60" },
      [{ unit: "requests", limit: 100, remaining: 50, resetMs: 5_000 }],
    ],
    [
      "the IETF's draft now, a day",
      UNKNOWN,
      { ratelimit: '"default";r=50;t=30', "ratelimit-policy": '"default";q=100;w=86400' },
      [{ unit: "requests", limit: 100, remaining: 50, resetMs: 30_000, daily: true }],
    ],
    [
      "the IETF's draft now, the first of two policies",
      UNKNOWN,
      { ratelimit: '"a";r=5;t=3, "b";r=0;t=900', "ratelimit-policy": '"a";q=10;w=60, "b";q=99;w=3600' },
      [{ unit: "requests", limit: 10, remaining: 5, resetMs: 3_000 }],
    ],
    [
      "Together: tokens",
      UNKNOWN,
      { "x-tokenlimit-limit": "100", "x-tokenlimit-remaining": "9" },
      [{ unit: "tokens", limit: 100, remaining: 9 }],
    ],
  ])("%s", (_name, limits, headers, expected) => {
    expect(readings(headersOf(headers), limits)).toEqual(expected);
  });
});

describe("readQuota reads a reset", () => {
  test.each<[string, number | undefined]>([
    ["12ms", 12],
    ["1.5s", 1_500],
    ["6m0s", 360_000],
    ["1h2m3s", 3_723_000],
    ["60", 60_000],
    ["0.25", 250],
    [" 7 ", 7_000],
    [String(NOW + 5_000), 5_000],
    [String(NOW / 1_000 + 5), 5_000],
    ["2026-03-01T12:00:30Z", 30_000],
    ["2026-03-01T13:00:30.5+01:00", 30_500],
    ["2026-03-01T11:59:59Z", 0],
    ["2026-02-01T12:00:00Z", undefined],
    ["1970-01-01T00:00:00Z", undefined],
    ["2030-01-01T00:00:00Z", undefined],
    ["-5", undefined],
    ["-5s", undefined],
    ["1e3", undefined],
    ["999999999", undefined],
    ["5 apples", undefined],
    ["NaN", undefined],
    ["", undefined],
  ])("%p as %p ms", (text, resetMs) => {
    const [reading] =
      readings([
        ["x-ratelimit-limit-requests", "5"],
        ["x-ratelimit-reset-requests", text],
      ]) ?? [];
    expect(reading?.resetMs).toBe(resetMs);
  });
});

describe("readQuota takes as absent", () => {
  const whole = { limit: "10", remaining: "5", reset: "1s" };
  test.each<[string, Partial<typeof whole>, Partial<LimitReading>]>([
    ["a negative number", { remaining: "-1" }, { limit: 10, resetMs: 1_000 }],
    ["more left than there is", { remaining: "11" }, { limit: 10, resetMs: 1_000 }],
    ["a limit of nothing", { limit: "0" }, { remaining: 5, resetMs: 1_000 }],
    ["a limit beyond all sense", { limit: "999999999999999" }, { remaining: 5, resetMs: 1_000 }],
    ["text", { limit: "unlimited" }, { remaining: 5, resetMs: 1_000 }],
    ["an exponent", { limit: "1e3" }, { remaining: 5, resetMs: 1_000 }],
    ["hexadecimal digits", { remaining: "0x1" }, { limit: 10, resetMs: 1_000 }],
    ["a list", { remaining: "5, 6" }, { limit: 10, resetMs: 1_000 }],
  ])("%s", (_name, change, expected) => {
    const { limit, remaining, reset } = { ...whole, ...change };
    const list = [
      ["x-ratelimit-limit-requests", limit],
      ["x-ratelimit-remaining-requests", remaining],
      ["x-ratelimit-reset-requests", reset],
    ] as const;
    expect(readings(list)).toEqual([{ unit: "requests", ...expected }]);
  });

  test.each<[string, Record<string, string>]>([
    ["no headers", {}],
    ["other headers", { "x-request-id": "1", "retry-after": "5", accept: "1", "openai-version": "1" }],
    ["a reset alone", { "x-ratelimit-reset-requests": "1s" }],
    ["a zero without limit and reset beside a success", { "x-ratelimit-remaining-tokens": "0" }],
    ["limits of other things", { "x-ratelimit-limit-images": "5", "anthropic-ratelimit-unified-5h-reset": "1" }],
    ["a name without a field", { "x-ratelimit-requests": "5", "x-ratelimit-": "5", "ratelimit-": "5" }],
    ["a policy of bytes", { "ratelimit-policy": '"a";q=65535;qu="content-bytes";w=10' }],
    ["a policy without numbers", { ratelimit: '"a"', "ratelimit-policy": "q=;w=" }],
    ["a very long name", { [`x-ratelimit-limit-${"tokens-".repeat(20)}`]: "5" }],
  ])("%s", (_name, headers) => {
    expect(readQuota(headersOf(headers), { limits: OPENAI, isSuccess: true, now: NOW })).toBeUndefined();
  });

  test("the second of two headers of one name", () => {
    const list = [
      ["x-ratelimit-limit-requests", "5"],
      ["x-ratelimit-limit-requests", "6"],
    ] as const;
    expect(readings(list)).toEqual([{ unit: "requests", limit: 5 }]);
  });
});

test("a zero beside a refusal is a zero", () => {
  const list = [["x-ratelimit-remaining-requests", "0"]] as const;
  expect(readings(list, AZURE, false)).toEqual([{ unit: "requests", remaining: 0, form: "fixed" }]);
});

describe("readQuota names the account", () => {
  test.each<[string, Record<string, string>, Record<string, string> | undefined]>([
    [
      "OpenAI",
      { "openai-organization": "acme", "openai-project": "proj_1" },
      { organization: "acme", project: "proj_1" },
    ],
    ["Anthropic", { "anthropic-organization-id": "0f0f-11" }, { organization: "0f0f-11" }],
    ["an empty one", { "openai-organization": " " }, undefined],
    ["an absurd one", { "openai-organization": "x".repeat(201) }, undefined],
  ])("%s", (_name, headers, owner) => {
    const quota = readQuota(headersOf(headers), { limits: OPENAI, isSuccess: true, now: NOW });
    expect(quota).toEqual(owner === undefined ? undefined : { readings: [], ...owner });
  });
});
