// What each method and path is, below /v1 and on native paths.
import { describe, expect, test } from "bun:test";
import { nativeFacts } from "../../../src/proxy/paths/native-operations.ts";
import { OPERATION_ROWS } from "../../../src/proxy/paths/operation-table.ts";
import { operationOf } from "../../../src/proxy/paths/operations.ts";
import type { NativeVendor } from "../../../src/upstream/dialect.ts";

/** `c` computes, `s` needs the account that made the object. */
function flags({ computes, stateful }: { computes: boolean; stateful: boolean }): string {
  return `${computes ? "c" : "-"}${stateful ? "s" : "-"}`;
}

describe("operationOf", () => {
  test.each([
    ["POST", "/chat/completions", "chat/completions", "c-", "chat"],
    ["POST", "/completions", "completions", "c-", "completions"],
    ["POST", "/embeddings", "embeddings", "c-", "other"],
    ["POST", "/moderations", "moderations", "c-", "other"],
    ["POST", "/rerank", "rerank", "c-", "other"],
    ["POST", "/fim/completions", "fim/completions", "c-", "chat"],
    ["POST", "/agents/completions", "agents/completions", "cs", "chat"],
    ["POST", "/agents/agent_1", "agents/{id}", "-s", "other"],
    ["POST", "/chat/moderations", "chat/moderations", "c-", "other"],
    ["POST", "/classifications", "classifications", "c-", "other"],
    ["POST", "/ocr", "ocr", "c-", "other"],
    ["POST", "/messages", "messages", "c-", "messages"],
    ["POST", "/messages/count_tokens", "messages/count_tokens", "c-", "other"],
    ["POST", "/messages/batches", "messages/batches", "-s", "other"],
    ["GET", "/messages/batches/b1/results", "messages/batches/{id}/results", "cs", "other"],
    ["POST", "/images/generations", "images/generations", "c-", "media"],
    ["POST", "/images/edits", "images/edits", "c-", "media"],
    ["POST", "/images/variations", "images/variations", "c-", "other"],
    ["POST", "/audio/speech", "audio/speech", "c-", "media"],
    ["POST", "/audio/transcriptions", "audio/transcriptions", "c-", "media"],
    ["POST", "/audio/translations", "audio/translations", "c-", "other"],
    ["POST", "/responses", "responses", "c-", "responses"],
    ["POST", "/responses/compact", "responses/compact", "c-", "other"],
    ["POST", "/responses/input_tokens", "responses/input_tokens", "c-", "other"],
    ["GET", "/responses/resp_1", "responses/{id}", "cs", "responses"],
    ["DELETE", "/responses/resp_1", "responses/{id}", "-s", "responses"],
    ["POST", "/responses/resp_1/cancel", "responses/{id}/cancel", "-s", "other"],
    ["GET", "/responses/resp_1/input_items", "responses/{id}/input_items", "cs", "other"],
    ["GET", "/chat/completions", "chat/completions", "cs", "chat"],
    ["GET", "/chat/completions/c1/messages", "chat/completions/{id}/messages", "cs", "other"],
    ["DELETE", "/chat/completions/c1", "chat/completions/{id}", "-s", "other"],
    ["GET", "/models", "models", "c-", "other"],
    ["HEAD", "/models", "models", "c-", "other"],
    ["GET", "/models/org/name", "models/{id...}", "c-", "other"],
    ["DELETE", "/models/ft:gpt", "models/{id...}", "-s", "other"],
    ["POST", "/files", "files", "-s", "other"],
    ["GET", "/files/f1/content", "files/{id}/content", "cs", "other"],
    ["POST", "/uploads/u1/parts", "uploads/{id}/parts", "-s", "other"],
    ["POST", "/batches", "batches", "-s", "other"],
    ["POST", "/fine_tuning/jobs", "fine_tuning/jobs", "-s", "other"],
    ["POST", "/vector_stores/v1/search", "vector_stores/{id}/search", "cs", "other"],
    ["DELETE", "/vector_stores/v1/search", "vector_stores/{id}/search", "-s", "other"],
    ["POST", "/assistants", "assistants", "-s", "other"],
    ["POST", "/threads/runs", "threads/runs", "-s", "assistants"],
    ["POST", "/threads/t1/runs", "threads/{id}/runs", "-s", "assistants"],
    ["POST", "/conversations", "conversations", "-s", "other"],
    ["POST", "/videos", "videos", "-s", "other"],
    ["POST", "/containers", "containers", "-s", "other"],
    ["POST", "/evals", "evals", "-s", "other"],
    ["POST", "/realtime/client_secrets", "realtime/client_secrets", "c-", "other"],
    ["POST", "/realtime/calls/c1/hangup", "realtime/calls/{id}/hangup", "-s", "other"],
  ])("%s %s", (method, rest, name, expected, protocol) => {
    const operation = operationOf(method, rest);
    expect([operation.name, flags(operation), operation.protocol, operation.template]).toEqual([
      name,
      expected,
      protocol as typeof operation.protocol,
      `/v1/${name}`,
    ]);
  });

  test.each([
    ["POST", "/nothing", "unknown", "--"],
    ["GET", "/nothing", "unknown", "c-"],
    ["HEAD", "/nothing", "unknown", "c-"],
    ["POST", "", "unknown", "--"],
    ["POST", "/", "unknown", "--"],
    ["POST", "/Chat/Completions", "unknown", "--"],
    ["POST", "/chat/completions/", "unknown", "--"],
    ["POST", "/chat//completions", "unknown", "--"],
    ["POST", "/constructor", "unknown", "--"],
    ["POST", "/sessions/s1/events", "sessions/*", "-s"],
    ["GET", "/memory_stores", "memory_stores/*", "cs"],
    ["POST", "/files//content", "files/*", "-s"],
    ["POST", "/vector_stores/v1/later/addition", "vector_stores/*", "-s"],
    ["GET", "/threads/t1/later", "threads/*", "cs"],
  ])("%s %p is in no row", (method, rest, name, expected) => {
    const operation = operationOf(method, rest);
    expect([operation.name, flags(operation)]).toEqual([name, expected]);
    expect(operation.template).toBe(name === "unknown" ? "/v1/*" : `/v1/${name}`);
  });

  test.each(OPERATION_ROWS.map((row) => [row.template, row] as const))(
    "finds the row %s by its own path",
    (template, row) => {
      let count = 0;
      const rest = `/${template.replace(/\{[^}]*\}/g, () => `id${count++}`)}`;
      expect(operationOf("POST", rest).name).toBe(row.template);
    },
  );

  test("has each row once", () => {
    const templates = OPERATION_ROWS.map(({ template }) => template);
    expect(new Set(templates).size).toBe(templates.length);
  });
});

describe("operationOf a native path", () => {
  test.each<[NativeVendor, string, string, string, string, string, string]>([
    [
      "gemini",
      "POST",
      "/v1beta/models/g-2:generateContent",
      "models/{id}:generateContent",
      "c-",
      "gemini",
      "/v1beta/models/{id}:generateContent",
    ],
    [
      "gemini",
      "POST",
      "/v1beta/models/g-2:streamGenerateContent",
      "models/{id}:streamGenerateContent",
      "c-",
      "gemini",
      "/v1beta/models/{id}:streamGenerateContent",
    ],
    [
      "gemini",
      "POST",
      "/v1beta/tunedModels/t:generateContent",
      "tunedModels/{id}:generateContent",
      "c-",
      "gemini",
      "/v1beta/tunedModels/{id}:generateContent",
    ],
    [
      "gemini",
      "POST",
      "/v1beta/models/g-2:countTokens",
      "models/{id}:countTokens",
      "c-",
      "other",
      "/v1beta/models/{id}:countTokens",
    ],
    [
      "gemini",
      "POST",
      "/v1beta/models/e:batchEmbedContents",
      "models/{id}:batchEmbedContents",
      "c-",
      "other",
      "/v1beta/models/{id}:batchEmbedContents",
    ],
    [
      "gemini",
      "POST",
      "/v1beta/models/v:predictLongRunning",
      "models/{id}:predictLongRunning",
      "-s",
      "other",
      "/v1beta/models/{id}:predictLongRunning",
    ],
    ["gemini", "GET", "/v1beta/models", "models", "c-", "other", "/v1beta/models/*"],
    ["gemini", "GET", "/v1beta/models/g-2", "models", "c-", "other", "/v1beta/models/*"],
    ["gemini", "POST", "/v1beta/files", "files/*", "-s", "other", "/v1beta/files/*"],
    ["gemini", "GET", "/v1beta/cachedContents/c1", "cachedContents/*", "cs", "other", "/v1beta/cachedContents/*"],
    ["gemini", "POST", "/v1beta/models/g-2:later", "unknown", "--", "other", "/v1beta/*"],
    ["gemini", "POST", "/v1beta", "unknown", "--", "other", "/v1beta/*"],
    [
      "azure",
      "POST",
      "/openai/deployments/d/chat/completions",
      "chat/completions",
      "c-",
      "chat",
      "/openai/deployments/{model}/chat/completions",
    ],
    [
      "azure",
      "POST",
      "/openai/deployments/d/embeddings",
      "embeddings",
      "c-",
      "other",
      "/openai/deployments/{model}/embeddings",
    ],
    ["azure", "POST", "/openai/deployments/d/later", "unknown", "--", "other", "/openai/deployments/{model}/*"],
    ["azure", "POST", "/openai/deployments/d", "unknown", "--", "other", "/openai/deployments/{model}/*"],
    ["azure", "POST", "/openai/responses", "responses", "c-", "responses", "/openai/responses"],
    ["azure", "POST", "/openai/v1/responses", "responses", "c-", "responses", "/openai/v1/responses"],
    ["azure", "POST", "/openai/v1/chat/completions", "chat/completions", "c-", "chat", "/openai/v1/chat/completions"],
    ["azure", "GET", "/openai/responses/resp_1", "responses/{id}", "cs", "responses", "/openai/responses/{id}"],
    ["azure", "POST", "/openai/files", "files", "-s", "other", "/openai/files"],
    ["azure", "GET", "/openai/models", "models", "c-", "other", "/openai/models"],
    ["azure", "POST", "/openai/later", "unknown", "--", "other", "/openai/*"],
    [
      "gemini",
      "POST",
      "/v1/models/g:generateContent",
      "models/{id}:generateContent",
      "c-",
      "gemini",
      "/v1/models/{id}:generateContent",
    ],
    [
      "gemini",
      "POST",
      "/v1beta/models/llama:latest%3agenerateContent",
      "models/{id}:generateContent",
      "c-",
      "gemini",
      "/v1beta/models/{id}:generateContent",
    ],
    ["gemini", "POST", "/upload/v1beta/files", "upload/files", "-s", "other", "/upload/v1beta/*"],
    [
      "gemini",
      "GET",
      "/v1beta/models/veo/operations/o1",
      "models/{id}/operations/*",
      "cs",
      "other",
      "/v1beta/models/{id}/operations/*",
    ],
    ["gemini", "POST", "/v1beta/files:register", "files/*", "-s", "other", "/v1beta/files/*"],
    ["gemini", "GET", "/v1beta/files/f:download", "files/*", "cs", "other", "/v1beta/files/*"],
    ["gemini", "POST", "/v1beta/webhooks/w:ping", "webhooks/*", "-s", "other", "/v1beta/webhooks/*"],
    ["anthropic", "POST", "/v1/messages", "messages", "c-", "messages", "/v1/messages"],
    [
      "anthropic",
      "POST",
      "/v1/messages/count_tokens",
      "messages/count_tokens",
      "c-",
      "other",
      "/v1/messages/count_tokens",
    ],
    ["anthropic", "POST", "/v1/messages/batches", "messages/batches", "-s", "other", "/v1/messages/batches"],
  ])("of %s: %s %s", (dialect, method, path, name, expected, protocol, template) => {
    const operation = operationOf(method, path, dialect);
    expect([operation.name, flags(operation), operation.protocol, operation.template]).toEqual([
      name,
      expected,
      protocol as typeof operation.protocol,
      template,
    ]);
  });
});

describe("nativeFacts", () => {
  test.each<[NativeVendor, string, object]>([
    ["gemini", "/v1beta/models/g-2:generateContent", { model: "g-2", stream: false }],
    ["gemini", "/v1beta/models/g-2:streamGenerateContent", { model: "g-2", stream: true }],
    ["gemini", "/v1beta/models/a%20b:countTokens", { model: "a b", stream: false }],
    ["gemini", "/v1beta/models/%zz:countTokens", { model: "%zz", stream: false }],
    ["gemini", "/v1beta/tunedModels/t:generateContent", { model: "tunedModels/t", stream: false }],
    ["gemini", "/v1beta/models/g-2%3AstreamGenerateContent", { model: "g-2", stream: true }],
    ["gemini", "/v1beta/models/llama%3alatest:generateContent", { model: "llama:latest", stream: false }],
    ["gemini", "/v1beta/models/llama:latest:generateContent", { model: "llama:latest", stream: false }],
    ["gemini", "/v1beta/models/g-2", {}],
    ["gemini", "/v1beta/models", {}],
    ["gemini", "/v1beta/files/f:download", {}],
    ["azure", "/openai/deployments/my-gpt/chat/completions", { model: "my-gpt" }],
    ["azure", "/openai/deployments", {}],
    ["anthropic", "/v1/messages", {}],
    ["gemini", "/v1/models/g-2:streamGenerateContent", { model: "g-2", stream: true }],
    ["gemini", "/v1alpha/models/g-2:generateContent", { model: "g-2", stream: false }],
    ["gemini", "/upload/v1beta/files", {}],
    ["azure", "/openai/v1/responses", {}],
    ["azure", "/openai/responses", {}],
  ])("of %s are read from %s", (dialect, path, expected) => {
    expect(nativeFacts(path, dialect)).toEqual(expected);
  });
});
