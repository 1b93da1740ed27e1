// Requests and attempts are counted under the right labels, and those are bounded.
import { describe, expect, test } from "bun:test";
import { requestFamilies } from "../../src/metrics/request-families.ts";
import { operationOf } from "../../src/proxy/paths/operations.ts";
import { parsePath } from "../../src/proxy/paths/parse-path.ts";
import { createProviderNames } from "../../src/proxy/paths/provider-names.ts";
import type { Trace } from "../../src/proxy/trace.ts";
import { samplesIn } from "../fixture/metrics-text.ts";
import { ATTEMPT, configOf, countsOf, textOf, traced, valuesOf } from "./lab.ts";

const CONFIG = configOf(["first", "second"], { models: { fast: ["second/quick"] } });

describe("a request counts once", () => {
  test.each<[string, Partial<Trace>, string]>([
    ["served", {}, "/v1/chat/completions first gpt-4o 2xx ok"],
    [
      "refused here",
      { status: 401, end: "error", attempts: [], provider: undefined, model: undefined } as const,
      "/v1/chat/completions none none 4xx error",
    ],
    ["broken off", { end: "interrupted" } as const, "/v1/chat/completions first gpt-4o 2xx interrupted"],
    [
      "left by its client",
      { status: undefined, end: "client_gone" } as const,
      "/v1/chat/completions first other none client_gone",
    ],
    ["of a provider that is gone", { provider: "third" }, "/v1/chat/completions other gpt-4o 2xx ok"],
    ["a session", { status: 101 }, "/v1/chat/completions first gpt-4o 1xx ok"],
  ])("%s", async (_, facts, labels) => {
    const counts = countsOf(CONFIG);
    counts.note([traced(facts)]);
    expect(await valuesOf(counts, "openai_balance_requests_total")).toEqual({ [labels]: 1 });
    expect(await valuesOf(counts, "openai_balance_request_duration_seconds_count")).toEqual({ [labels]: 1 });
    expect(await valuesOf(counts, "openai_balance_request_duration_seconds_sum")).toEqual({ [labels]: 0.505 });
  });

  test("under metrics.enabled: false not at all", async () => {
    const counts = countsOf(configOf(["first"], { metrics: { enabled: false } }));
    counts.note([traced()]);
    expect(await valuesOf(counts, "openai_balance_requests_total")).toEqual({});
  });
});

test("each attempt counts by its outcome, as a call of its model and for no other request", async () => {
  const counts = countsOf(CONFIG, { listed: ["gpt-4o"] });
  const limited = { ...ATTEMPT, outcome: "rate_limited", startedAt: 10_000, endedAt: 10_002 } as const;
  counts.note([traced({ attempts: [limited, limited, ATTEMPT] })]);
  expect(await valuesOf(counts, "openai_balance_attempts_total")).toEqual({
    "first gpt-4o rate_limited": 2,
    "first gpt-4o ok": 1,
  });
  expect(await valuesOf(counts, "gen_ai_client_operation_duration_seconds_sum")).toEqual({
    "chat first gpt-4o first rate_limited": 0.004,
    "chat first gpt-4o first ": 0.5,
  });
});

test("what names no model, and a session, is no call of a model", async () => {
  const counts = countsOf(CONFIG);
  counts.note([traced({ status: 101 }), traced({ attempts: [{ ...ATTEMPT, model: undefined }] })]);
  expect(await valuesOf(counts, "gen_ai_client_operation_duration_seconds_count")).toEqual({});
  expect(await valuesOf(counts, "openai_balance_attempts_total")).toEqual({ "first gpt-4o ok": 1, "first none ok": 1 });
});

test("first bytes and chunks are those of streams that were served", async () => {
  const counts = countsOf(CONFIG);
  const stream = { isStream: true, committedAt: 10_103 };
  counts.note([traced(stream), traced(), traced({ ...stream, status: 500, end: "error" })]);
  expect(await valuesOf(counts, "openai_balance_time_to_first_byte_seconds_sum")).toEqual({
    "/v1/chat/completions first gpt-4o": 0.103,
  });
  expect(await valuesOf(counts, "gen_ai_client_operation_time_to_first_chunk_seconds_sum")).toEqual({
    "chat first gpt-4o first": 0.1,
  });
});

test("tokens count as the provider reports them", async () => {
  const counts = countsOf(CONFIG);
  const usage = { promptTokens: 12, completionTokens: 5, cachedTokens: 8, reasoningTokens: 2 };
  counts.note([traced({ usage }), traced({ usage: { completionTokens: 1 } }), traced()]);
  expect(await valuesOf(counts, "openai_balance_tokens_total")).toEqual({
    "first gpt-4o input": 12,
    "first gpt-4o output": 6,
    "first gpt-4o cached": 8,
    "first gpt-4o reasoning": 2,
  });
  expect(await valuesOf(counts, "gen_ai_client_token_usage_count")).toEqual({
    "chat first gpt-4o first input": 1,
    "chat first gpt-4o first output": 2,
  });
});

test("tokens that are told later count under the model that spent them", async () => {
  const counts = countsOf(CONFIG);
  const read = { operation: "responses/{id}", model: "fast", attempts: [{ ...ATTEMPT, model: undefined }] };
  counts.note([traced({ ...read, upstreamModel: "gpt-4o", usage: { completionTokens: 7 } })]);
  expect(await valuesOf(counts, "openai_balance_tokens_total")).toMatchObject({ "first gpt-4o output": 7 });
  expect(await valuesOf(counts, "gen_ai_client_token_usage_sum")).toEqual({
    "responses/{id} first gpt-4o first output": 7,
  });
});

test("a session has tokens, but its beginning is no first byte, and all of it no call", async () => {
  const counts = countsOf(CONFIG);
  const session = { status: 101, isStream: true, committedAt: 10_020, upstreamModel: "quick" };
  counts.note([traced({ ...session, usage: { promptTokens: 4, completionTokens: 7 } })]);
  expect(await valuesOf(counts, "openai_balance_tokens_total")).toMatchObject({ "first quick input": 4 });
  expect(await valuesOf(counts, "openai_balance_time_to_first_byte_seconds_count")).toEqual({});
  expect(await valuesOf(counts, "gen_ai_client_token_usage_count")).toEqual({});
});

test("waits for a key count where there were any, and repaired paths", async () => {
  const counts = countsOf(CONFIG);
  counts.note([traced({ waitedMs: 2_000 }), traced(), traced({ repaired: "/a -> /b" })]);
  expect(await valuesOf(counts, "openai_balance_queue_wait_seconds_sum")).toEqual({ first: 2 });
  expect(await valuesOf(counts, "openai_balance_queue_wait_seconds_count")).toEqual({ first: 1 });
  expect(await valuesOf(counts, "openai_balance_repaired_paths_total")).toEqual({ "": 1 });
});

describe("a model has its name", () => {
  const labelOf = async (model: string, facts: object) => {
    const counts = countsOf(CONFIG, { listed: ["listed"] });
    counts.note([traced({ model, attempts: [], provider: undefined, ...facts })]);
    const [labels = ""] = Object.keys(await valuesOf(counts, "openai_balance_requests_total"));
    return labels.split(" ")[2];
  };
  const failed = { status: 404, end: "error" };
  test.each([
    ["an alias", "fast", failed, "fast"],
    ["the target of one", "quick", failed, "quick"],
    ["one of a list", "listed", failed, "listed"],
    ["one that was served", "new", {}, "new"],
    ["but not one that nobody has", "typo", failed, "other"],
  ])("%s", async (_, model, facts, label) => {
    expect(await labelOf(model, facts)).toBe(label);
  });
});

test("a secret in place of a model is masked", async () => {
  const counts = countsOf(CONFIG, { redact: (text) => text.replaceAll("sk-fake-pasted-0001", "sk-f...0001") });
  counts.note([traced({ model: "sk-fake-pasted-0001" })]);
  const text = await textOf(requestFamilies(counts));
  expect(text).toContain('model="sk-f...0001"');
  expect(text).not.toContain("pasted");
});

describe("what is gone from the configuration vanishes", () => {
  test("a provider", async () => {
    const counts = countsOf(CONFIG);
    const second = { provider: "second", attempts: [{ ...ATTEMPT, provider: "second" }], usage: { promptTokens: 1 } };
    counts.note([traced({ ...second, isStream: true, waitedMs: 1 }), traced()]);
    expect(await textOf(requestFamilies(counts))).toContain('"second"');
    counts.use(configOf(["first"]));
    const text = await textOf(requestFamilies(counts));
    expect(text).not.toContain('"second"');
    // What counts on does not go back.
    expect(await valuesOf(counts, "openai_balance_attempts_total")).toEqual({ "first gpt-4o ok": 1 });
    counts.note([traced()]);
    expect(await valuesOf(counts, "openai_balance_attempts_total")).toEqual({ "first gpt-4o ok": 2 });
  });

  test("a key", () => {
    const config = configOf(["first"], { metrics: { per_key: true } });
    const [one, two] = config.providers[0]?.keys ?? [];
    const counts = countsOf(config);
    counts.note([one, two].map((key) => traced({ attempts: [{ ...ATTEMPT, keyId: key?.id ?? "" }] })));
    counts.note([traced({ attempts: [{ ...ATTEMPT, keyId: "unknown" }] })]);
    const ids = () => Array.from(counts.keyAttempts.all(), ({ labels }) => labels.key_id);
    expect(ids()).toEqual([one?.id ?? "", two?.id ?? ""]);
    const { providers } = config;
    counts.use({ ...config, providers: providers.map((provider) => ({ ...provider, keys: provider.keys.slice(1) })) });
    expect(ids()).toEqual([two?.id ?? ""]);
  });
});

test("100,000 names and paths make up a bounded text, and every request still counts", async () => {
  const counts = countsOf(CONFIG, { listed: Array.from({ length: 5_000 }, (_, index) => `listed-${index}`) });
  const names = createProviderNames([
    { name: "first", path: "first", dialect: "gemini", nativePrefixes: ["v1beta", "upload"], isGoogle: true },
  ]);
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  const outcomes = ["ok", "rate_limited", "server_error"] as const;
  const paths = [
    (word: string) => `/first/upload/${word}/files`,
    (word: string) => `/first/v1beta/models/${word}:generateContent`,
    (word: string) => `/v1/${word}`,
    (word: string) => `/v1/files/${word}`,
  ];
  const TOTAL = 100_000;
  for (let index = 0; index < TOTAL; index += 1) {
    const word = `name-${index}`;
    const parsed = parsePath(paths[random(paths.length)]?.(word) ?? "", names, true);
    const rest = parsed.kind === "native" ? parsed.path : parsed.kind === "default" ? parsed.rest : "";
    const operation = operationOf("POST", rest, parsed.kind === "native" ? "gemini" : undefined);
    const model = random(2) === 0 ? word : `listed-${random(5_000)}`;
    const outcome = outcomes[random(outcomes.length)] ?? "ok";
    const attempts = [{ ...ATTEMPT, model, outcome }];
    const usage = { promptTokens: 1, completionTokens: 1 };
    const facts = { route: operation.template, operation: operation.name, model, attempts, usage, isStream: true };
    counts.note([traced({ ...facts, status: 200 + 100 * random(4) })]);
  }
  const text = await textOf(requestFamilies(counts));
  const samples = samplesIn(text);
  // As docs/monitoring.md states it.
  expect(samples.length).toBeLessThan(50_000);
  const requests = samples.filter(({ name }) => name === "openai_balance_requests_total");
  expect(requests.reduce((sum, { value }) => sum + value, 0)).toBe(TOTAL);
}, 60_000);
