// The demo provider's POST /chat/completions, stream and not.
import { type DemoAnswer, type DemoChunk, eventAnswer, jsonAnswer } from "./demo-answer.ts";
import { isObject, type JsonObject } from "./demo-request.ts";
import { type DemoWorld, type Generation, generate, wordDelayMs } from "./generation.ts";

/** Answers a chat completion request. */
export function chatAnswer(request: JsonObject, world: DemoWorld): DemoAnswer {
  const run = generate(request, ["max_completion_tokens", "max_tokens"], world);
  if (request.stream !== true) return jsonAnswer(completion(run));
  const options = request.stream_options;
  const wantsUsage = isObject(options) && options.include_usage === true;
  return eventAnswer(chunks(run, wantsUsage, world.random));
}

function completion(run: Generation) {
  const message = { role: "assistant", content: run.text, refusal: null };
  return {
    ...head(run, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finish(run) }],
    usage: usage(run),
  };
}

function chunks(run: Generation, wantsUsage: boolean, random: () => number): DemoChunk[] {
  const first = { role: "assistant", content: "", refusal: null };
  return [
    event(run, { delta: first, finish: null, delayMs: 60 }, wantsUsage),
    ...run.words.map((content) =>
      event(run, { delta: { content }, finish: null, delayMs: wordDelayMs(random) }, wantsUsage),
    ),
    event(run, { delta: {}, finish: finish(run), delayMs: 0 }, wantsUsage),
    ...(wantsUsage ? [data({ ...head(run, "chat.completion.chunk"), choices: [], usage: usage(run) }, 0)] : []),
    { delayMs: 0, text: "data: [DONE]\n\n" },
  ];
}

function event(
  run: Generation,
  part: { readonly delta: object; readonly finish: string | null; readonly delayMs: number },
  wantsUsage: boolean,
): DemoChunk {
  const choices = [{ index: 0, delta: part.delta, logprobs: null, finish_reason: part.finish }];
  return data({ ...head(run, "chat.completion.chunk"), choices, ...(wantsUsage && { usage: null }) }, part.delayMs);
}

function data(value: unknown, delayMs: number): DemoChunk {
  return { delayMs, text: `data: ${JSON.stringify(value)}\n\n` };
}

function head(run: Generation, object: string) {
  return {
    id: `chatcmpl-demo${run.id}`,
    object,
    created: run.createdAt,
    model: run.model,
    system_fingerprint: "fp_demo",
  };
}

function finish(run: Generation): string {
  return run.isCut ? "length" : "stop";
}

function usage(run: Generation) {
  return {
    prompt_tokens: run.promptTokens,
    completion_tokens: run.completionTokens,
    total_tokens: run.promptTokens + run.completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
