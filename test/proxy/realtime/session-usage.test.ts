// Which messages report tokens, and what they add up to.
import { expect, test } from "bun:test";
import type { Usage } from "../../../src/core/usage.ts";
import { SessionUsage } from "../../../src/proxy/realtime/session-usage.ts";
import { json, text } from "./scripted.ts";

const USAGE = { input_tokens: 3, output_tokens: 2 };
const COUNTED = { promptTokens: 3, completionTokens: 2 };

test.each<[string, unknown, Usage | undefined]>([
  ["realtime", { type: "response.done", response: { usage: USAGE } }, COUNTED],
  ["responses", { type: "response.completed", response: { usage: USAGE } }, COUNTED],
  ["responses that were cut", { type: "response.incomplete", response: { usage: USAGE } }, COUNTED],
  [
    "transcription",
    { type: "conversation.item.input_audio_transcription.completed", usage: { type: "tokens", ...USAGE } },
    COUNTED,
  ],
  [
    "live, delegated",
    { type: "response.event", event: { type: "response.completed", response: { usage: USAGE } } },
    COUNTED,
  ],
  [
    "Gemini",
    { usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, thoughtsTokenCount: 1 } },
    { ...COUNTED, reasoningTokens: 1 },
  ],
  ["a beginning", { type: "response.created", response: { usage: USAGE } }, undefined],
  ["an end without", { type: "response.done", response: { usage: null } }, undefined],
  ["seconds", { type: "session.usage.updated", usage: { seconds: 12 } }, undefined],
  ["words that look like it", { type: "response.output_text.delta", delta: '"usage"' }, undefined],
])("%s", (_name, event, usage) => {
  const told: Usage[] = [];
  const counter = new SessionUsage({ onUsage: (report) => told.push(report), onResponse: () => {}, onError: () => {} });
  counter.add(json(event));
  expect([counter.usage, told]).toEqual([usage, usage === undefined ? [] : [usage]]);
});

const NOBODY = { onUsage: () => {}, onResponse: () => {}, onError: () => {} };

test("what is no JSON is looked at no further", () => {
  const counter = new SessionUsage(NOBODY);
  counter.add(text('{"usage"'));
  counter.add(text("[]"));
  expect(counter.usage).toBeUndefined();
});

test("the usage at the end of a very long response is read, whatever else has its name", () => {
  const tools = [{ parameters: { properties: { usage: { input_tokens: 900 } } } }];
  const details = { input_token_details: { cached_tokens: 1, cached_tokens_details: { text_tokens: 1 } } };
  const end = { tools, usage: { ...USAGE, ...details }, metadata: { usage: '{"input_tokens":900}' } };
  const long = (type: string) => ({ type, response: { output: `"usage":{}${"x".repeat(1024 * 1024)}`, ...end } });
  const counter = new SessionUsage(NOBODY);
  counter.add(json(long("response.output_item.done")));
  expect(counter.usage).toBeUndefined();
  counter.add(json(long("response.completed")));
  expect(counter.usage).toEqual({ ...COUNTED, cachedTokens: 1 });
});

test.each<[string, boolean, readonly unknown[]]>([
  ["nothing was begun", false, [{ type: "session.created" }, { type: "response.done", response: { usage: USAGE } }]],
  ["a response was begun", true, [{ type: "response.created", response: { usage: null } }]],
  [
    "a response has ended",
    false,
    [
      { type: "response.created", response: { usage: null } },
      { type: "response.done", response: { usage: USAGE } },
    ],
  ],
  [
    "one of two has ended",
    true,
    [
      { type: "response.created", response: { usage: null } },
      { type: "response.created", response: { usage: null } },
      { type: "response.done", response: { usage: USAGE } },
    ],
  ],
  [
    "the end is too long to find its usage",
    true,
    [
      { type: "response.created", response: { usage: null } },
      { type: "response.completed", response: { usage: USAGE, output: "x".repeat(1024 * 1024) } },
    ],
  ],
  ["Gemini speaks", true, [{ serverContent: { modelTurn: { parts: [] } } }]],
  [
    "Gemini has reported",
    false,
    [{ serverContent: { modelTurn: { parts: [] } } }, { usageMetadata: { promptTokenCount: 3 } }],
  ],
])("usage is owed: %s", (_name, isOwed, events) => {
  const counter = new SessionUsage(NOBODY);
  for (const event of events) counter.add(json(event));
  expect(counter.isOwed).toBe(isOwed);
});

test("the end of a response says its id, also without usage", () => {
  const ids: string[] = [];
  const counter = new SessionUsage({ onUsage: () => {}, onResponse: (id) => ids.push(id), onError: () => {} });
  counter.add(json({ type: "response.created", response: { id: "resp_1", usage: null } }));
  counter.add(json({ type: "response.completed", response: { id: "resp_1", usage: USAGE } }));
  counter.add(json({ type: "response.failed", response: { id: "resp_2", usage: null } }));
  expect(ids).toEqual(["resp_1", "resp_2"]);
});

test("an error is reported with the message that says it", () => {
  const said: string[] = [];
  const counter = new SessionUsage({
    onUsage: () => {},
    onResponse: () => {},
    onError: (_, message) => said.push(Buffer.from(message).toString()),
  });
  const message = json({ type: "error", error: { code: "rate_limit_exceeded" } });
  counter.add(message);
  expect(said).toEqual([message.bytes.toString()]);
});

test.each<[string, unknown, string | undefined]>([
  ["an error event", { type: "error", error: { code: "rate_limit_exceeded" } }, "rate_limit_exceeded"],
  ["a flat one", { type: "error", code: "server_error", message: "No" }, "server_error"],
  [
    "a realtime response that failed",
    {
      type: "response.done",
      response: { status_details: { error: { type: "insufficient_quota", code: "insufficient_quota" } } },
    },
    "insufficient_quota",
  ],
  [
    "a response that failed",
    { type: "response.failed", response: { error: { code: "rate_limit_exceeded" } } },
    "rate_limit_exceeded",
  ],
  ["a response without", { type: "response.completed", response: { error: null, usage: USAGE } }, undefined],
])("%s", (_name, event, code) => {
  const codes: unknown[] = [];
  const counter = new SessionUsage({
    onUsage: () => {},
    onResponse: () => {},
    onError: (error) => codes.push(error.code),
  });
  counter.add(json(event));
  expect(codes).toEqual(code === undefined ? [] : [code]);
});
