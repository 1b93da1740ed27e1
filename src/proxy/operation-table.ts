// The closed table of known operations below /v1, as data.
import type { StreamProtocol } from "./stream/protocol.ts";

/**
 * `computes`: a POST computes an answer and leaves nothing behind but what the answer names; other methods speak of
 * stored objects. `stateful`: every method speaks of objects of one account. `catalog`: reads are the same for every
 * key of a provider. `plain`: neither, and never sent twice.
 */
export type OperationKind = "computes" | "stateful" | "catalog" | "plain";

export interface OperationRow {
  /** Segments below `/v1`; `{id}` stands for one, `{id...}` at the end for the rest. */
  readonly template: string;
  readonly kind: OperationKind;
  readonly protocol: StreamProtocol;
}

/** Sources: platform.openai.com/docs/api-reference, docs.anthropic.com/en/api (messages), docs.cohere.com (rerank). */
export const OPERATION_ROWS: readonly OperationRow[] = [
  ...rows("computes", ["chat/completions"], "chat"),
  ...rows("computes", ["completions"], "completions"),
  ...rows("computes", ["responses"], "responses"),
  ...rows("computes", ["messages"], "messages"),
  ...rows("computes", [
    "embeddings",
    "moderations",
    "rerank",
    "responses/compact",
    "responses/input_tokens",
    "messages/count_tokens",
    "images/generations",
    "images/edits",
    "images/variations",
    "audio/speech",
    "audio/transcriptions",
    "audio/translations",
  ]),
  // Model ids may hold slashes (`org/name`).
  ...rows("catalog", ["models", "models/{id...}"]),
  // A GET with `stream=true` follows a running response.
  ...rows("stateful", ["responses/{id}"], "responses"),
  ...rows("stateful", [
    "responses/{id}/cancel",
    "responses/{id}/input_items",
    "chat/completions/{id}",
    "chat/completions/{id}/messages",
    "messages/batches",
    "messages/batches/{id}",
    "messages/batches/{id}/cancel",
    "messages/batches/{id}/results",
    "conversations",
    "conversations/{id}",
    "conversations/{id}/items",
    "conversations/{id}/items/{id}",
    "files",
    "files/{id}",
    "files/{id}/content",
    "uploads",
    "uploads/{id}",
    "uploads/{id}/parts",
    "uploads/{id}/complete",
    "uploads/{id}/cancel",
    "batches",
    "batches/{id}",
    "batches/{id}/cancel",
    "fine_tuning/jobs",
    "fine_tuning/jobs/{id}",
    "fine_tuning/jobs/{id}/cancel",
    "fine_tuning/jobs/{id}/pause",
    "fine_tuning/jobs/{id}/resume",
    "fine_tuning/jobs/{id}/events",
    "fine_tuning/jobs/{id}/checkpoints",
    "fine_tuning/checkpoints/{id}/permissions",
    "fine_tuning/checkpoints/{id}/permissions/{id}",
    "fine_tuning/alpha/graders/run",
    "fine_tuning/alpha/graders/validate",
    "vector_stores",
    "vector_stores/{id}",
    "vector_stores/{id}/search",
    "vector_stores/{id}/files",
    "vector_stores/{id}/files/{id}",
    "vector_stores/{id}/files/{id}/content",
    "vector_stores/{id}/file_batches",
    "vector_stores/{id}/file_batches/{id}",
    "vector_stores/{id}/file_batches/{id}/cancel",
    "vector_stores/{id}/file_batches/{id}/files",
    "assistants",
    "assistants/{id}",
    "threads",
    "threads/runs",
    "threads/{id}",
    "threads/{id}/messages",
    "threads/{id}/messages/{id}",
    "threads/{id}/runs",
    "threads/{id}/runs/{id}",
    "threads/{id}/runs/{id}/cancel",
    "threads/{id}/runs/{id}/submit_tool_outputs",
    "threads/{id}/runs/{id}/steps",
    "threads/{id}/runs/{id}/steps/{id}",
    "videos",
    "videos/{id}",
    "videos/{id}/content",
    "videos/{id}/remix",
    "containers",
    "containers/{id}",
    "containers/{id}/files",
    "containers/{id}/files/{id}",
    "containers/{id}/files/{id}/content",
    "evals",
    "evals/{id}",
    "evals/{id}/runs",
    "evals/{id}/runs/{id}",
    "evals/{id}/runs/{id}/output_items",
    "evals/{id}/runs/{id}/output_items/{id}",
    "realtime/calls",
    "realtime/calls/{id}/accept",
    "realtime/calls/{id}/hangup",
    "realtime/calls/{id}/refer",
    "realtime/calls/{id}/reject",
  ]),
  ...rows("plain", ["realtime", "realtime/sessions", "realtime/client_secrets", "realtime/transcription_sessions"]),
];

/** First segments below which everything belongs to one account, also what the table does not know yet. */
export const STATEFUL_FAMILIES: ReadonlySet<string> = new Set([
  "conversations",
  "files",
  "uploads",
  "batches",
  "fine_tuning",
  "vector_stores",
  "assistants",
  "threads",
  "videos",
  "containers",
  "evals",
]);

function rows(kind: OperationKind, templates: readonly string[], protocol: StreamProtocol = "other"): OperationRow[] {
  return templates.map((template) => ({ template, kind, protocol }));
}
