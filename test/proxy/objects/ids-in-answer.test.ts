// Which objects a complete answer names, for each kind of operation.
import { describe, expect, test } from "bun:test";
import { fingerprintOf } from "../../../src/proxy/objects/encrypted-content.ts";
import { idsInAnswer } from "../../../src/proxy/objects/ids-in-answer.ts";
import { operationOf } from "../../../src/proxy/paths/operations.ts";

interface Asked {
  readonly isStored?: boolean;
  readonly isGemini?: boolean;
}

function read(request: string, answer: unknown, { isStored = false, isGemini = false }: Asked = {}) {
  const [method = "", path = ""] = request.split(" ");
  const operation = isGemini ? operationOf(method, path, "gemini") : operationOf(method, path);
  const body = new TextEncoder().encode(typeof answer === "string" ? answer : JSON.stringify(answer));
  return idsInAnswer(body, { operation, isStored, isGemini });
}

describe("names", () => {
  test.each<[string, unknown, string[]]>([
    ["POST /files", { id: "file-1", object: "file", filename: "file-2" }, ["file-1"]],
    ["POST /files", { id: "5b0e6b3a-8f1d-4a55", object: "file" }, ["5b0e6b3a-8f1d-4a55"]],
    ["GET /files", { data: [{ id: "file-1" }, { id: "file-2" }], first_id: "file-1" }, ["file-1", "file-2"]],
    ["POST /uploads/upload_1/complete", { id: "upload_1", file: { id: "file-1" } }, ["upload_1", "file-1"]],
    ["POST /uploads/upload_1/parts", { id: "part_1", upload_id: "upload_1" }, ["part_1"]],
    [
      "GET /batches/batch_1",
      { id: "batch_1", output_file_id: "file-o", error_file_id: "file-e" },
      ["batch_1", "file-o", "file-e"],
    ],
    ["GET /batches", { data: [{ id: "batch_1", output_file_id: "file-o" }] }, ["batch_1", "file-o"]],
    ["POST /vector_stores", { id: "vs_1", metadata: { id: "vs_evil" } }, ["vs_1"]],
    ["POST /vector_stores/vs_1/file_batches", { id: "vsfb_1", vector_store_id: "vs_1" }, ["vsfb_1", "vs_1"]],
    ["POST /assistants", { id: "asst_1", instructions: '{"id":"asst_2"}' }, ["asst_1"]],
    ["POST /threads/runs", { id: "run_1", thread_id: "thread_1" }, ["run_1", "thread_1"]],
    ["POST /threads/thread_1/messages", { id: "msg_1", content: [{ id: "no_object" }] }, ["msg_1"]],
    [
      "GET /fine_tuning/jobs/ftjob-1",
      { id: "ftjob-1", result_files: ["file-r"], fine_tuned_model: "ft:gpt-4o:org::1" },
      ["ftjob-1", "file-r", "ft:gpt-4o:org::1"],
    ],
    [
      "GET /fine_tuning/jobs/ftjob-1/checkpoints",
      { data: [{ id: "ftckpt_1", fine_tuned_model_checkpoint: "ft:gpt-4o:org::1:ckpt" }] },
      ["ftckpt_1", "ft:gpt-4o:org::1:ckpt"],
    ],
    ["POST /conversations", { id: "conv_1" }, ["conv_1"]],
    ["GET /conversations/conv_1/items", { data: [{ id: "msg_1" }] }, ["msg_1"]],
    ["POST /videos", { id: "video_1" }, ["video_1"]],
    ["POST /containers", { id: "cntr_1" }, ["cntr_1"]],
    ["POST /containers/cntr_1/files", { id: "cfile_1", container_id: "cntr_1" }, ["cfile_1", "cntr_1"]],
    ["POST /evals/eval_1/runs", { id: "evalrun_1", eval_id: "eval_1" }, ["evalrun_1"]],
    ["GET /chat/completions", { data: [{ id: "chatcmpl-1" }] }, ["chatcmpl-1"]],
    ["POST /messages/batches", { id: "msgbatch_1" }, ["msgbatch_1"]],
    ["POST /messages", { id: "msg_1", container: { id: "container_1" } }, ["container_1"]],
    ["GET /vector_stores/brand/new", { id: "thing_1" }, ["thing_1"]],
    [
      "POST /responses",
      {
        id: "resp_1",
        conversation: { id: "conv_1" },
        output: [{ id: "rs_1" }, { id: "ci_1", container_id: "cntr_1" }],
      },
      ["resp_1", "conv_1", "rs_1", "ci_1", "cntr_1"],
    ],
    [
      "POST /responses",
      { id: "resp_1", store: false, output: [{ id: "rs_1", encrypted_content: "blob" }] },
      [fingerprintOf("blob")],
    ],
    ["POST /responses/compact", { id: "resp_1", output: [{ encrypted_content: "blob" }] }, [fingerprintOf("blob")]],
    [
      "POST /messages",
      { id: "msg_1", content: [{ type: "web_search_tool_result", content: [{ encrypted_content: "blob" }] }] },
      [fingerprintOf("blob")],
    ],
  ])("%s %j", (request, answer, ids) => {
    expect([...read(request, answer).ids].sort()).toEqual([...ids].sort());
  });

  test.each<[string, unknown, string[]]>([
    ["POST /v1beta/files", { file: { name: "files/abc", uri: "https://x/v1beta/files/abc" } }, ["files/abc"]],
    ["GET /v1beta/files", { files: [{ name: "files/a" }, { name: "files/b" }] }, ["files/a", "files/b"]],
    ["POST /v1beta/cachedContents", { name: "cachedContents/1", displayName: "x" }, ["cachedContents/1"]],
    [
      "POST /v1beta/models/m:batchGenerateContent",
      { name: "batches/1", metadata: { name: "batches/2" } },
      ["batches/1"],
    ],
    ["POST /v1beta/models/v:predictLongRunning", { name: "models/v/operations/1" }, ["models/v/operations/1"]],
  ])("of Gemini's own API: %s", (request, answer, ids) => {
    expect(read(request, answer, { isGemini: true }).ids).toEqual(ids);
  });
});

test.each<[string, unknown]>([
  ["POST /chat/completions", { id: "chatcmpl-1", choices: [] }],
  ["POST /embeddings", { id: "file-1", data: [{ id: "file-2" }] }],
  ["GET /models", { data: [{ id: "gpt-4o" }] }],
  ["POST /messages", { id: "msg_1", content: [] }],
  ["GET /files/file-1/content", { id: "file-2" }],
  ["GET /messages/batches/msgbatch_1/results", { id: "file-2" }],
  ["POST /files", { id: 7 }],
  ["POST /files", { id: "two words" }],
  ["POST /files", { id: "x".repeat(500) }],
  ["POST /files", ["file-1"]],
  ["POST /files", '{"id":"file-1"'],
  ["POST /files", ""],
  ["POST /files", "file-1"],
])("%s %j names nothing", (request, answer) => {
  expect(read(request, answer)).toEqual({ ids: [], gone: [] });
});

test("the speech of a completion", () => {
  const choices = [{ message: { id: "no_object", audio: { id: "audio_1", data: "AAAA" } } }];
  const { ids } = read("POST /chat/completions", { id: "chatcmpl-1", choices });
  expect(ids).toContain("audio_1");
  expect(ids).not.toContain("chatcmpl-1");
});

test("a completion that is stored", () => {
  const answer = { id: "chatcmpl-1", choices: [{ message: { tool_calls: [{ id: "call_1" }] } }] };
  expect(read("POST /chat/completions", answer, { isStored: true }).ids).toEqual(["chatcmpl-1"]);
});

test("what is deleted", () => {
  expect(read("DELETE /files/file-1", { id: "file-1", deleted: true })).toEqual({ ids: [], gone: ["file-1"] });
});

test("a list is looked at up to its 1,000th object", () => {
  const data = Array.from({ length: 1_200 }, (_, i) => ({ id: `file-${i}` }));
  expect(read("GET /files", { data }).ids).toHaveLength(1_000);
});
