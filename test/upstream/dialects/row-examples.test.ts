// Every row of every error table is reached by an answer of its provider.
import { describe, expect, test } from "bun:test";
import type { ErrorFact } from "../../../src/upstream/dialect.ts";
import { DASHSCOPE } from "../../../src/upstream/dialects/dashscope.ts";
import { dialectAt, dialectOf } from "../../../src/upstream/dialects.ts";
import { type MeaningFound, meaningOfStatus } from "../../../src/upstream/error-meaning.ts";
import { answer } from "../classify/fake-answer.ts";
import { ROW_EXAMPLES, type RowExample } from "./row-examples.ts";

const NOWHERE = "https://relay.example.com/v1";

function found({ dialect, status, body, baseUrl = NOWHERE }: RowExample): MeaningFound {
  const outcome = answer(status, body);
  if (outcome.kind !== "answer") throw new Error("Not an answer");
  return meaningOfStatus(status, outcome.error, dialectAt(dialect, baseUrl));
}

describe("the answer", () => {
  test.each(ROW_EXAMPLES.map((example) => [JSON.stringify(example), example] as const))("%s", (_name, example) => {
    const { means, fact } = found(example);
    expect(means).toBe(example.means);
    expect(fact).toBeDefined();
  });
});

test("each row decides one of them", () => {
  const decided = new Set<ErrorFact | undefined>(ROW_EXAMPLES.map((example) => found(example).fact));
  const rows = (["openai", "azure", "anthropic", "gemini", "custom"] as const).flatMap(
    (name) => dialectOf(name).errors,
  );
  const idle = [...rows, ...(DASHSCOPE.errorsAtHome ?? [])].filter((fact) => !decided.has(fact));
  expect(idle).toEqual([]);
});

test("behind a relay of unknown make they mean the same", () => {
  for (const example of ROW_EXAMPLES) {
    if (example.baseUrl === undefined) expect(found({ ...example, dialect: "custom" }).means).toBe(example.means);
  }
});

test.each([
  ["https://api.groq.com/openai/v1", "Groq's day"],
  ["https://eu.api.groq.com/openai/v1", "a host below it"],
])("a vendor is known by its host: %s", (baseUrl) => {
  expect(dialectAt("openai", baseUrl).limits.facts.find(({ unit }) => unit === "requests")?.daily).toBe(true);
});

test.each(["https://api.groq.com.example.com/v1", "https://evil-api.groq.com.test/v1", "not a URL"])(
  "a vendor is not known by a likeness: %s",
  (baseUrl) => {
    expect(dialectAt("openai", baseUrl)).toBe(dialectOf("openai"));
  },
);

test.each([
  ["https://eu.api.openai.com/v1", "bucket"],
  ["https://acme.openai.azure.com/openai/v1", "fixed"],
  ["https://acme.services.ai.azure.com/openai/v1", "fixed"],
  ["https://api.anthropic.com/v1", "bucket"],
] as const)("limits are counted as their host does: %s", (baseUrl, form) => {
  expect(dialectAt("openai", baseUrl).limits.facts.map((fact) => fact.form)).toEqual([form, form]);
});

test("facts about limits name their source", () => {
  const bases = ["https://api.openai.com/v1", "https://api.groq.com/openai/v1", "https://openrouter.ai/api/v1"];
  const limits = [
    ...bases.map((baseUrl) => dialectAt("openai", baseUrl).limits),
    dialectOf("azure").limits,
    dialectOf("anthropic").limits,
  ];
  for (const { facts } of limits) {
    expect(facts).not.toBeEmpty();
    expect(facts.every(({ source }) => source.length > 10)).toBe(true);
    expect(new Set(facts.map(({ unit }) => unit)).size).toBe(facts.length);
  }
});
