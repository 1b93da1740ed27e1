// The form in which the demo provider answers, and its plain answers: JSON and errors in OpenAI's shape.

/** A piece of the body, sent `delayMs` after the one before it. */
export interface DemoChunk {
  readonly delayMs: number;
  readonly text: string;
}

/** A whole answer, laid out in advance. */
export interface DemoAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly DemoChunk[];
}

const THINKING_MS = 80;

/** A JSON answer. */
export function jsonAnswer(value: unknown, delayMs = THINKING_MS): DemoAnswer {
  return answer(200, value, delayMs);
}

/** An error in OpenAI's shape; `headers` are added to the answer's own. */
export function errorAnswer(
  status: number,
  error: { readonly message: string; readonly type: string; readonly code: string | null },
  headers: Readonly<Record<string, string>> = {},
): DemoAnswer {
  const { status: sent, headers: own, chunks } = answer(status, { error: { ...error, param: null } }, 0);
  return { status: sent, headers: { ...own, ...headers }, chunks };
}

/** A stream of server-sent events. */
export function eventAnswer(chunks: readonly DemoChunk[]): DemoAnswer {
  return { status: 200, headers: { "content-type": "text/event-stream; charset=utf-8" }, chunks };
}

function answer(status: number, value: unknown, delayMs: number): DemoAnswer {
  const text = JSON.stringify(value);
  return { status, headers: { "content-type": "application/json" }, chunks: [{ delayMs, text }] };
}
