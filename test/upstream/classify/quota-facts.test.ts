// Which verdicts carry what the answer says of limits.
import { expect, test } from "bun:test";
import { classify } from "../../../src/upstream/classify.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
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
