// The demo provider's POST /responses, stream and not.
import { type DemoAnswer, type DemoChunk, eventAnswer, jsonAnswer } from "./demo-answer.ts";
import type { JsonObject } from "./demo-request.ts";
import { type DemoWorld, type Generation, generate, wordDelayMs } from "./generation.ts";

interface ResponseEvent {
  readonly type: string;
  readonly delayMs?: number;
  readonly fields: object;
}

/** Answers a request for a response. */
export function responsesAnswer(request: JsonObject, world: DemoWorld): DemoAnswer {
  const run = generate(request, ["max_output_tokens"], world);
  if (request.stream !== true) return jsonAnswer(response(run, true));
  return eventAnswer(events(run, world.random).map(encode));
}

/** In the order of https://platform.openai.com/docs/api-reference/responses-streaming. */
function events(run: Generation, random: () => number): readonly ResponseEvent[] {
  const item = { output_index: 0, item_id: itemId(run) };
  const part = { ...item, content_index: 0 };
  return [
    { type: "response.created", delayMs: 40, fields: { response: response(run, false) } },
    { type: "response.in_progress", fields: { response: response(run, false) } },
    { type: "response.output_item.added", fields: { output_index: 0, item: message(run, false) } },
    { type: "response.content_part.added", fields: { ...part, part: content("") } },
    ...run.words.map((delta) => ({
      type: "response.output_text.delta",
      delayMs: wordDelayMs(random),
      fields: { ...part, delta, logprobs: [] },
    })),
    { type: "response.output_text.done", fields: { ...part, text: run.text, logprobs: [] } },
    { type: "response.content_part.done", fields: { ...part, part: content(run.text) } },
    { type: "response.output_item.done", fields: { output_index: 0, item: message(run, true) } },
    { type: run.isCut ? "response.incomplete" : "response.completed", fields: { response: response(run, true) } },
  ];
}

function encode(event: ResponseEvent, at: number): DemoChunk {
  const data = { type: event.type, sequence_number: at, ...event.fields };
  return { delayMs: event.delayMs ?? 0, text: `event: ${event.type}\ndata: ${JSON.stringify(data)}\n\n` };
}

function response(run: Generation, isDone: boolean) {
  return {
    id: `resp_demo${run.id}`,
    object: "response",
    created_at: run.createdAt,
    status: isDone ? endStatus(run) : "in_progress",
    error: null,
    incomplete_details: isDone && run.isCut ? { reason: "max_output_tokens" } : null,
    instructions: null,
    metadata: {},
    model: run.model,
    output: isDone ? [message(run, true)] : [],
    parallel_tool_calls: true,
    previous_response_id: null,
    store: false,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    usage: isDone ? usage(run) : null,
  };
}

function message(run: Generation, isDone: boolean) {
  return {
    id: itemId(run),
    type: "message",
    role: "assistant",
    status: isDone ? endStatus(run) : "in_progress",
    content: isDone ? [content(run.text)] : [],
  };
}

function content(text: string) {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

function endStatus(run: Generation): string {
  return run.isCut ? "incomplete" : "completed";
}

function itemId(run: Generation): string {
  return `msg_demo${run.id}`;
}

function usage(run: Generation) {
  return {
    input_tokens: run.promptTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: run.completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: run.promptTokens + run.completionTokens,
  };
}
