// What is kept of a finished request.
import { describe, expect, test } from "bun:test";
import { RecordChooser } from "../../../src/daemon/records/record-chooser.ts";
import { recordRow } from "../../../src/daemon/records/record-row.ts";
import { costNanosOf, requestCounts } from "../../../src/daemon/records/request-counts.ts";
import type { Trace } from "../../../src/proxy/trace.ts";
import {
  ATTEMPT_NUMBERS,
  ATTEMPT_TEXTS,
  REQUEST_NUMBERS,
  REQUEST_TEXTS,
} from "../../../src/storage/records/columns.ts";
import { PriceTable } from "../../../src/tokens/price-table.ts";
import { failedTrace, rotatedTrace, servedTrace } from "./trace-fixtures.ts";

const AT = 1_000_000;

/** The columns that have something. */
function columnsOf(trace: Trace, costNanos?: number): Readonly<Record<string, string | number>> {
  const row = recordRow(trace, { costNanos, weight: 1 });
  const texts = REQUEST_TEXTS.flatMap((name, at) => (row.texts[at] ? [[name, row.texts[at]]] : []));
  const numbers = REQUEST_NUMBERS.flatMap((name, at) =>
    Number.isNaN(row.numbers[at]) ? [] : [[name, row.numbers[at]]],
  );
  expect([row.texts.length, row.numbers.length]).toEqual([REQUEST_TEXTS.length, REQUEST_NUMBERS.length]);
  return Object.fromEntries([...texts, ...numbers]);
}

describe("recordRow", () => {
  test("of a request that was served has every column that is known", () => {
    expect(
      columnsOf(
        servedTrace(AT, { id: "req_1", usage: { promptTokens: 7, completionTokens: 3, cachedTokens: 2 } } as object),
        42,
      ),
    ).toEqual({
      id: "req_1",
      client: "team",
      method: "POST",
      route: "/v1/chat/completions",
      operation: "chat/completions",
      model: "gpt-4o-mini",
      provider: "main",
      key_id: "0123456789ab",
      key_name: "first",
      ending: "ok",
      outcome: "ok",
      received_at: AT,
      ended_at: AT + 20,
      status: 200,
      is_failure: 0,
      attempts: 1,
      waited_ms: 0,
      first_byte_ms: 10,
      body_ms: 0,
      bytes_in: 100,
      bytes_out: 200,
      prompt_tokens: 7,
      completion_tokens: 3,
      cached_tokens: 2,
      cost_nanos: 42,
      is_stream: 0,
      weight: 1,
    });
  });

  test("names the model of the provider only where it is another one", () => {
    expect(columnsOf(servedTrace(AT, { model: "fast" }))).toMatchObject({
      model: "fast",
      upstream_model: "gpt-4o-mini",
    });
  });

  test("has attempts of what had several, or failed", () => {
    const attemptsOf = (trace: Trace) => recordRow(trace, { costNanos: undefined, weight: 1 }).attempts;
    expect(attemptsOf(servedTrace(AT))).toEqual([]);
    expect(attemptsOf(failedTrace(AT))).toHaveLength(1);
    const [, served] = rotatedTrace(AT).attempts;
    const [refused] = rotatedTrace(AT).attempts;
    const course = { waitedMs: 7, sentAt: AT + 3, headAt: AT + 11, headers: "x-request-id: up_1" };
    const attempts = [
      { ...refused, ...course },
      { ...served, backoffMs: 5 },
    ];
    const [first, second] = attemptsOf(rotatedTrace(AT, { attempts }));
    expect(first?.numbers).toEqual([1, AT, AT + 20, 7, 0, 3, 11, 401]);
    expect(second?.numbers).toEqual([2, AT, AT + 20, 0, 5, Number.NaN, Number.NaN, 200]);
    expect(first?.texts).toEqual([
      "main",
      "dead00000000",
      "dead",
      "gpt-4o-mini",
      "",
      "invalid_key",
      "key",
      "invalid_api_key",
      "",
      "no",
      "x-request-id: up_1",
    ]);
    expect([first?.texts.length, first?.numbers.length]).toEqual([ATTEMPT_TEXTS.length, ATTEMPT_NUMBERS.length]);
  });

  test.each([
    [Number.POSITIVE_INFINITY, 2 ** 31],
    [-5, 0],
    [1.5, 2],
    [Number.NaN, undefined],
  ])("takes %p tokens for %p", (promptTokens, expected) => {
    expect(columnsOf(servedTrace(AT, { usage: { promptTokens } })).prompt_tokens).toBe(expected as number);
  });

  test("has no negative times where the clock went back", () => {
    const trace = servedTrace(AT, { committedAt: AT - 500, endedAt: AT - 400 });
    expect(columnsOf(trace).first_byte_ms).toBe(0);
    expect(requestCounts(trace, undefined).durationMs).toBe(0);
  });
});

describe("costNanosOf", () => {
  const prices = new PriceTable([
    { models: ["gpt-4o*"], input: 1, output: 2, cachedInput: 0.5, provider: undefined } as never,
  ]);

  test("is by the model that served, cached input by its own price", () => {
    const usage = { promptTokens: 1_000, completionTokens: 100, cachedTokens: 400 };
    expect(costNanosOf(servedTrace(AT, { model: "fast", usage }), prices)).toBe(600_000 + 200_000 + 200_000);
  });

  test.each<[string, Partial<Trace>]>([
    ["without usage", { usage: undefined }],
    ["without a price", { upstreamModel: "other" }],
    ["without a provider", { provider: undefined }],
  ])("is not known %s", (_name, fields) => {
    expect(costNanosOf(servedTrace(AT, fields as object), prices)).toBeUndefined();
  });
});

describe("RecordChooser", () => {
  const tally = (chooser: RecordChooser, count: number, make: (at: number) => Trace) =>
    Array.from({ length: count }, () => chooser.take(make(AT))).filter((weight) => weight > 0).length;

  test("records failures that successes leave no room for, up to a bound of their own", () => {
    const chooser = new RecordChooser(10);
    expect(tally(chooser, 50, (at) => servedTrace(at))).toBe(10);
    expect(tally(chooser, 50, (at) => failedTrace(at))).toBe(50);
    expect(tally(chooser, 500, (at) => servedTrace(at, { status: 404, attempts: [{ outcome: "client_error" }] }))).toBe(
      150,
    );
    expect(chooser.leftOut).toBe(40 + 350);
  });

  test("counts who was turned away among the successes", () => {
    const chooser = new RecordChooser(10);
    const away = (at: number) =>
      servedTrace(at, { status: 401, errorCode: "invalid_api_key", end: "error", attempts: [] });
    expect(tally(chooser, 50, away)).toBe(10);
    expect(tally(chooser, 50, (at) => failedTrace(at))).toBe(50);
  });
});
