// The fixed bytes that the load sends and the fake upstream answers, so that each answer's length is known.

/** Chunks of one stream, and the time between two of them. */
export const STREAM_CHUNKS = 50;
export const CHUNK_EVERY_MS = 60;

/** The request path of all load. */
export const PATH = "/v1/chat/completions";

const MESSAGES = [
  { role: "system", content: "You are a careful assistant. Answer in one short paragraph and name your sources." },
  { role: "user", content: "Why does a bench keep its load, its upstream and what it measures in separate processes?" },
];

export const JSON_REQUEST = JSON.stringify({ model: "bench-model", messages: MESSAGES, temperature: 0.2 });

export const STREAM_REQUEST = JSON.stringify({ model: "bench-model", messages: MESSAGES, stream: true });

export const JSON_ANSWER = JSON.stringify({
  id: "chatcmpl-bench0000000000000000000",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "bench-model",
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content:
          "Because whatever shares an event loop shares its time: a load that waits for its upstream measures both, and " +
          "nobody can tell afterwards which of the two was slow. Separate processes compete only for the processor.",
        refusal: null,
      },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 48, completion_tokens: 41, total_tokens: 89 },
});

const EVENT_START =
  'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench-model",' +
  '"choices":[{"index":0,"delta":{"content":"';
const EVENT_END = '"},"finish_reason":null}]}\n\n';
const STAMP_DIGITS = 17;

/** What ends a stream. */
export const STREAM_END = "data: [DONE]\n\n";

/** Bytes of one chunk, and where its time stamp is. */
export const EVENT_LENGTH = EVENT_START.length + STAMP_DIGITS + EVENT_END.length;
export const STAMP_AT = EVENT_START.length;
export const STAMP_END = STAMP_AT + STAMP_DIGITS;

/** Bytes of the whole body of a stream. */
export const STREAM_LENGTH = STREAM_CHUNKS * EVENT_LENGTH + STREAM_END.length;

/** One chunk, which carries the time at which it was sent. */
export function stampedEvent(): string {
  return `${EVENT_START}${String(Math.round(wallMicros())).padStart(STAMP_DIGITS, "0")}${EVENT_END}`;
}

/** Microseconds on a clock that all processes of this machine share. */
export function wallMicros(): number {
  return (performance.timeOrigin + performance.now()) * 1000;
}
