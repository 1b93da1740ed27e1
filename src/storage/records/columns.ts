// The columns of request records in the order in which they are sent to the thread of the database.

/** Texts of a request; empty: none. */
export const REQUEST_TEXTS = [
  "id",
  "trace_id",
  "client",
  "method",
  "route",
  "operation",
  "model",
  "upstream_model",
  "provider",
  "key_id",
  "key_name",
  "ending",
  "outcome",
  "error_code",
  "repaired",
] as const;

/** Numbers of a request; NaN: none. */
export const REQUEST_NUMBERS = [
  "received_at",
  "ended_at",
  "status",
  "is_failure",
  "attempts",
  "waited_ms",
  "first_byte_ms",
  "body_ms",
  "bytes_in",
  "bytes_out",
  "prompt_tokens",
  "completion_tokens",
  "cached_tokens",
  "reasoning_tokens",
  "cost_nanos",
  "is_stream",
  "weight",
] as const;

export const ATTEMPT_TEXTS = [
  "provider",
  "key_id",
  "key_name",
  "model",
  "proxy",
  "outcome",
  "blame",
  "reason",
  "message",
  "text",
  "headers",
] as const;

export const ATTEMPT_NUMBERS = [
  "number",
  "started_at",
  "ended_at",
  "waited_ms",
  "backoff_ms",
  "sent_ms",
  "head_ms",
  "status",
] as const;
