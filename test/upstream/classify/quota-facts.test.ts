// Which verdicts carry what the answer says of limits.
import { describe, expect, test } from "bun:test";
import type { DialectName } from "../../../src/config/config.ts";
import { classify } from "../../../src/upstream/classify.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
import type { HeaderList } from "../../../src/upstream/transport.ts";
import { answer, factsOf, inside, openai } from "./fake-answer.ts";

const HEADERS = [
  ["openai-organization", "acme"],
  ["x-ratelimit-limit-requests", "5"],
  ["x-ratelimit-remaining-requests", "4"],
] as const;
const QUOTA = { readings: [{ unit: "requests", limit: 5, remaining: 4 }], organization: "acme" } as const;

const success = answer(200, {}, HEADERS) as Extract<Outcome, { kind: "answer" }>;

test.each<[string, Outcome]>([
  ["a whole answer", success],
  ["a stream's commit", { ...success, complete: false }],
  ["a refusal", answer(429, openai("m", "rate_limit_exceeded"), HEADERS)],
  ["a client's mistake", answer(400, openai("m"), HEADERS)],
  ["an error inside a 200", inside(openai("m", "rate_limit_exceeded"), HEADERS)],
])("%s carries it", (_name, outcome) => {
  expect(classify(outcome, factsOf("openai")).quota).toEqual(QUOTA);
});

test.each<[string, Outcome]>([
  ["an answer without such headers", answer(200)],
  ["no answer", { kind: "refused", cause: "ECONNREFUSED" }],
])("%s carries nothing", (_name, outcome) => {
  expect(classify(outcome, factsOf("openai"))).not.toHaveProperty("quota");
});

test.each([
  ["openai-organization", { project: "proj_1" }],
  ["openai-project", { organization: "org-1" }],
] as const)("an account that quotes a key in %s is none", (name, rest) => {
  const secret = "sk-fake-secret-1234567890";
  const owners = { "openai-organization": "org-1", "openai-project": "proj_1", [name]: `org-${secret}` };
  const { quota } = classify(answer(200, {}, Object.entries(owners)), factsOf("openai"));
  expect(quota).toEqual({ readings: [], ...rest });
});

describe("a refusal without a stated wait lasts", () => {
  test.each<[string, DialectName, HeaderList, number | undefined]>([
    [
      "until the longest of its empty limits is full",
      "openai",
      [
        ["x-ratelimit-remaining-requests", "0"],
        ["x-ratelimit-reset-requests", "1s"],
        ["x-ratelimit-remaining-tokens", "0"],
        ["x-ratelimit-reset-tokens", "6m0s"],
      ],
      360_000,
    ],
    [
      "as long as the emptier of two of a kind says",
      "openai",
      [
        ["x-ratelimit-limit-tokens-minute", "10"],
        ["x-ratelimit-remaining-tokens-minute", "0"],
        ["x-ratelimit-reset-tokens-minute", "9"],
        ["x-ratelimit-limit-tokens-hour", "20"],
        ["x-ratelimit-remaining-tokens-hour", "0"],
        ["x-ratelimit-reset-tokens-hour", "90"],
      ],
      90_000,
    ],
    [
      "not by a limit that has room",
      "openai",
      [
        ["x-ratelimit-remaining-tokens", "5"],
        ["x-ratelimit-reset-tokens", "6m0s"],
      ],
      undefined,
    ],
    ["not by a reset alone", "openai", [["x-ratelimit-reset-tokens", "60s"]], undefined],
    [
      "not until a bucket is full, which has room long before",
      "anthropic",
      [
        ["anthropic-ratelimit-requests-limit", "50"],
        ["anthropic-ratelimit-requests-remaining", "0"],
        ["anthropic-ratelimit-requests-reset", "2026-03-01T12:01:00Z"],
      ],
      undefined,
    ],
    [
      "until a reset that has just been",
      "openai",
      [
        ["x-ratelimit-remaining", "0"],
        ["x-ratelimit-reset", "2026-03-01T11:59:59Z"],
      ],
      0,
    ],
  ])("%s", (_name, dialect, headers, retryAfterMs) => {
    const { effect } = classify(answer(429, "", headers), factsOf(dialect));
    expect(effect).toEqual({ kind: "rate-limited", ...(retryAfterMs !== undefined && { retryAfterMs }) });
  });
});
