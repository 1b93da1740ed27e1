// The errors that are made here: a closed list with status, type and text.

export interface ErrorRow {
  readonly status: number;
  readonly type: string;
  /** A sentence without its final period; details and the request id follow. */
  readonly text: string;
  /** OpenAI's `error.param`: the field of the request that is at fault. */
  readonly param?: string;
  /** Bytes of the request may still be on their way, and are not worth waiting for. */
  readonly closesConnection?: true;
  /**
   * Whether a client library should repeat the request; undefined: as the status says. Header `x-should-retry`. `soon`:
   * only if it need not wait long, since libraries give up obeying a long Retry-After and come back at once.
   */
  readonly shouldRetry?: boolean | "soon";
}

const REQUEST = "invalid_request_error";
const SERVER = "server_error";

/** Codes that OpenAI has too carry its status and type (platform.openai.com, guides: error codes). */
export const ERRORS = {
  missing_api_key: { status: 401, type: REQUEST, text: "Missing client token: send it as Authorization: Bearer" },
  invalid_api_key: { status: 401, type: REQUEST, text: "Incorrect client token" },
  forbidden: {
    status: 403,
    type: REQUEST,
    text: "Without a client token only local programs are let in: no web page, and a loopback name as Host",
  },
  provider_not_found: { status: 404, type: REQUEST, text: "No provider has this name or path" },
  model_not_found: {
    status: 404,
    type: REQUEST,
    param: "model",
    text: "The model does not exist here or is filtered out",
  },
  not_found: { status: 404, type: REQUEST, text: "No such path; the API begins with /v1" },
  method_not_allowed: { status: 405, type: REQUEST, text: "This path does not take this method" },
  object_owner_gone: {
    status: 409,
    type: REQUEST,
    text: "The key whose account has the object is gone",
    shouldRetry: false,
  },
  ambiguous_body: { status: 400, type: REQUEST, text: "The body has a field more than once" },
  invalid_path: {
    status: 400,
    type: REQUEST,
    text: "The path cannot be forwarded: it has encoded separators or dot segments",
  },
  invalid_websocket_handshake: {
    status: 400,
    type: REQUEST,
    text: "The opening handshake is not valid: it needs Connection: Upgrade, a Sec-WebSocket-Key of 16 bytes in Base64, and no body",
  },
  unsupported_websocket_version: { status: 426, type: REQUEST, text: "Only version 13 of WebSocket is spoken" },
  request_timeout: { status: 408, type: REQUEST, text: "The body did not arrive in time", closesConnection: true },
  request_too_large: { status: 413, type: REQUEST, text: "The body is larger than server.max_body" },
  rate_limit_exceeded: {
    status: 429,
    type: "requests",
    text: "Every usable key is rate-limited now",
    shouldRetry: "soon",
  },
  insufficient_quota: {
    status: 429,
    type: "insufficient_quota",
    text: "Every key has used up its credit",
    shouldRetry: false,
  },
  token_limit_exceeded: {
    status: 429,
    type: "tokens",
    text: "The client token has used up its tokens",
    shouldRetry: "soon",
  },
  queue_full: {
    status: 503,
    type: SERVER,
    text: "Too many requests wait for a key (queue.max_size)",
    shouldRetry: true,
  },
  overloaded: { status: 503, type: SERVER, text: "Too many request bodies are held in memory (server.max_buffered)" },
  no_usable_key: { status: 503, type: SERVER, text: "No usable key for this request" },
  provider_unavailable: {
    status: 503,
    type: SERVER,
    text: "The provider fails at present; it is tried again soon",
  },
  shutting_down: { status: 503, type: SERVER, text: "The daemon is shutting down" },
  upstream_unreachable: { status: 502, type: SERVER, text: "Cannot reach the provider" },
  upstream_invalid_response: { status: 502, type: SERVER, text: "The provider sent no valid answer" },
  upstream_redirect: {
    status: 502,
    type: SERVER,
    text: "The provider redirects, which is not followed; check its base_url",
  },
  upstream_timeout: { status: 504, type: SERVER, text: "The provider did not answer in time" },
  internal_error: { status: 500, type: SERVER, text: "Internal error; the log has it under this request id" },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type ErrorCode = keyof typeof ERRORS;
