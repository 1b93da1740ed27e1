// What a provider of OpenAI's shape says: answers, streams and errors.
import type { HeaderList } from "../../src/upstream/transport.ts";
import type { Limit } from "./limit.ts";

const JSON_TYPE = ["content-type", "application/json"] as const;

/** A complete answer before it is sent. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

export const STREAM_HEADERS: HeaderList = [["content-type", "text/event-stream"]];
export const STREAM_ROLE = chunk('{"role":"assistant"}', "null");
export const STREAM_WORD = chunk('{"content":"word "}', "null");
export const STREAM_STOP = chunk("{}", '"stop"');

/** The end of a stream, with its usage. */
export function streamEnd(input: number, output: number): string {
  return `data: {"id":"c","object":"chat.completion.chunk","choices":[],"usage":${usage(input, output)}}\n\ndata: [DONE]\n\n`;
}

export function completion(input: number, output: number): Answer {
  const choice = '{"index":0,"message":{"role":"assistant","content":"word"},"finish_reason":"stop"}';
  const body = `{"id":"c","object":"chat.completion","choices":[${choice}],"usage":${usage(input, output)}}`;
  return { status: 200, headers: [JSON_TYPE], body };
}

export const DEAD_KEY = errorAnswer(401, {
  message: "Incorrect API key provided.",
  type: "invalid_request_error",
  code: "invalid_api_key",
});

export const NO_CREDIT = errorAnswer(429, {
  message: "You exceeded your current quota, please check your plan and billing details.",
  type: "insufficient_quota",
  code: "insufficient_quota",
});

export const MODEL_NOT_FOUND = errorAnswer(404, {
  message: "The model does not exist or you do not have access to it.",
  type: "invalid_request_error",
  code: "model_not_found",
});

export const SERVER_ERROR = errorAnswer(500, {
  message: "The server had an error while processing your request.",
  type: "server_error",
  code: null,
});

export const OVERLOADED_503 = errorAnswer(503, {
  message: "The engine is currently overloaded, please try again later.",
  type: "server_error",
  code: null,
});

export const OVERLOADED_529 = errorAnswer(529, { message: "Overloaded", type: "overloaded_error", code: null });

/** What a 429 says of when to come again. */
export interface Wait {
  readonly ms: number;
  readonly isStated: boolean;
  /** What the call would have spent. */
  readonly amount: number;
  /** The headers tell limits too, so that the message may. */
  readonly isDetailed: boolean;
}

/** A 429 of one limit, in OpenAI's words. */
export function rateLimited(limit: Limit, wait: Wait, now: number): Answer {
  const headers: HeaderList = wait.isStated ? waitHeaders(wait) : [];
  const message = wait.isDetailed || isDaily(limit) ? detail(limit, wait, now) : "Rate limit reached.";
  const type = limit.spec.form !== "slots" && limit.spec.unit === "tokens" ? "tokens" : "requests";
  return errorAnswer(429, { message, type, code: "rate_limit_exceeded" }, headers);
}

function waitHeaders({ ms, isDetailed }: Wait): HeaderList {
  const seconds = ["retry-after", `${Math.max(1, Math.ceil(ms / 1_000))}`] as const;
  return isDetailed ? [["retry-after-ms", `${Math.ceil(ms)}`], seconds] : [seconds];
}

function detail(limit: Limit, { ms, isStated, amount }: Wait, now: number): string {
  const { limit: size, remaining } = limit.state(now);
  const again = isStated ? ` Please try again in ${(Math.ceil(ms) / 1_000).toFixed(3)}s.` : "";
  const facts = `Limit ${size}, Used ${size - remaining}, Requested ${amount}`;
  return `Rate limit reached for this model on ${nameOf(limit)}: ${facts}.${again}`;
}

function nameOf({ spec }: Limit): string {
  if (spec.form === "slots") return "concurrent requests";
  const initials = `${spec.unit === "tokens" ? "T" : "R"}P${spec.per === "day" ? "D" : "M"}`;
  return `${spec.unit} per ${spec.per === "day" ? "day" : "min"} (${initials})`;
}

function isDaily({ spec }: Limit): boolean {
  return spec.form !== "slots" && spec.per === "day";
}

interface ErrorFields {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
}

function errorAnswer(status: number, fields: ErrorFields, headers: HeaderList = []): Answer {
  return { status, headers: [JSON_TYPE, ...headers], body: JSON.stringify({ error: { ...fields, param: null } }) };
}

function usage(input: number, output: number): string {
  return `{"prompt_tokens":${input},"completion_tokens":${output},"total_tokens":${input + output}}`;
}

function chunk(delta: string, finish: string): string {
  return `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":${delta},"finish_reason":${finish}}]}\n\n`;
}
