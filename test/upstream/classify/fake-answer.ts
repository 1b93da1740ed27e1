// Makes outcomes of answers as the request path would, for the tests of classification.

import type { DialectName } from "../../../src/config/config.ts";
import type { ClassifyFacts } from "../../../src/upstream/classify.ts";
import { dialectOf } from "../../../src/upstream/dialects.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
import { parseErrorBody, parseErrorValue } from "../../../src/upstream/parse-error.ts";
import type { HeaderList } from "../../../src/upstream/transport.ts";

/** 1 March 2026, noon UTC. */
export const NOW = Date.UTC(2026, 2, 1, 12);

/** A complete answer with that body: text stays as it is, everything else becomes JSON. */
export function answer(status: number, body: unknown = "", headers: HeaderList = []): Outcome {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const isHtml = text.startsWith("<");
  const error = status < 400 ? undefined : parseErrorBody(new TextEncoder().encode(text));
  const base = { kind: "answer", status, headers, inside: false, isHtml, latencyMs: 5, complete: true } as const;
  return error === undefined ? base : { ...base, error };
}

/** An error object inside a 200, or the data of a stream's first event. */
export function inside(value: unknown, headers: HeaderList = []): Outcome {
  const error = parseErrorValue(value);
  const base = {
    kind: "answer",
    status: 200,
    headers,
    inside: true,
    isHtml: false,
    latencyMs: 5,
    complete: true,
  } as const;
  return error === undefined ? base : { ...base, error };
}

/** Facts with a redaction that knows one fake key. */
export function factsOf(dialect: DialectName, clientSentOrganization = false): ClassifyFacts {
  const redact = (text: string): string => text.replaceAll("sk-fake-secret-1234567890", "****");
  return { dialect: dialectOf(dialect), clientSentOrganization, now: NOW, rules: [], redact };
}

/** A body of OpenAI. */
export function openai(message: string, code: string | null = null, type = "invalid_request_error"): unknown {
  return { error: { message, type, param: null, code } };
}

/** A body of OpenRouter. */
export function openrouter(code: number, message: string): unknown {
  return { error: { code, message } };
}

/** A body of Anthropic. */
export function anthropic(type: string, message: string): unknown {
  return { type: "error", error: { type, message }, request_id: "req_fake" };
}

/** A body of Gemini. `reason`: the one in its ErrorInfo. */
export function gemini(code: number, status: string, message: string, reason?: string): unknown {
  const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com" }];
  return { error: { code, message, status, ...(reason === undefined ? {} : { details }) } };
}
