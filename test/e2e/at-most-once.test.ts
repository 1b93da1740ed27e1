// Operations that change something are never sent twice; those that only compute are tried again.
import { afterAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { post } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { type RawCall, sendJson, startRawUpstream } from "../fixture/raw-upstream.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const upstream = await startRawUpstream();
const timeouts = { first_byte: "200ms", response: "200ms" };
/** A provider of its own for each fault, so that no test begins with the health that another one left. */
const NAMES = ["five-hundred", "reset", "silent", "cut-body", "error-inside", "bad-gateway"] as const;
const daemon = await startDaemon(
  JSON.stringify({
    providers: [...NAMES, "faultless"].map((name) => {
      const api_keys = ["a", "b", "c"].map((key) => fakeSecret(`once_${name}_${key}`));
      return { name, base_url: upstream.url, api_keys, timeouts };
    }),
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});
beforeEach(() => {
  upstream.calls.length = 0;
});

const FAULTS: Readonly<Record<(typeof NAMES)[number], (call: RawCall) => void>> = {
  "five-hundred": (call) => sendJson(call, 500, { error: { message: "scripted", code: null } }),
  "bad-gateway": (call) => sendJson(call, 502, { error: { message: "scripted", code: null } }),
  reset: (call) => void call.socket.destroy(),
  silent: () => undefined,
  "cut-body": (call) =>
    void call.socket.end("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"),
  "error-inside": (call) => sendJson(call, 200, { error: { message: "scripted", code: "server_error" } }),
};
const FORM = '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--b--\r\n';
const MULTIPART = { method: "POST", headers: { "content-type": "multipart/form-data; boundary=b" }, body: FORM };

const CHANGING: readonly (readonly [string, RequestInit])[] = [
  ["/batches", post({ input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" })],
  ["/files", MULTIPART],
  ["/fine_tuning/jobs", post({ model: "m", training_file: "file-1" })],
  ["/responses", post({ model: "m", input: "hi", background: true })],
  ["/threads/t/runs", post({ assistant_id: "a" })],
  ["/operation/of/tomorrow", post({ model: "m" })],
  ["/files/file-1", { method: "DELETE" }],
];

const matrix = NAMES.flatMap((fault) => CHANGING.map(([path, init]) => ({ fault, path, init })));

test.each(matrix)("$path is sent once when the upstream fails: $fault", async ({ fault, path, init }) => {
  upstream.answer = FAULTS[fault];
  const answer = await daemon.ask(`/${fault}/v1${path}`, init);
  expect(answer.text).toContain('"error"');
  expect(upstream.calls.map((call) => `${call.method} ${call.target}`)).toEqual([`${init.method} /base/v1${path}`]);
});

test.each(["/chat/completions", "/embeddings", "/responses", "/images/generations", "/audio/speech", "/moderations"])(
  "%s only computes: a reset is tried again with another key",
  async (path) => {
    upstream.answer = (call) => {
      if (upstream.calls.length === 1) call.socket.destroy();
      else sendJson(call, 200, { ok: true });
    };
    const answer = await daemon.ask(`/reset/v1${path}`, post({ model: "m", input: "hi" }));
    expect(answer.text).toBe('{"ok":true}');
    expect(upstream.calls.length).toBe(2);
    expect(new Set(upstream.calls.map((call) => call.header("authorization"))).size).toBe(2);
    expect(upstream.calls[0]?.body.equals(upstream.calls[1]?.body ?? Buffer.alloc(0))).toBe(true);
  },
);

test("a GET is tried again on any path", async () => {
  upstream.answer = (call) => {
    if (upstream.calls.length === 1) call.socket.destroy();
    else sendJson(call, 200, { ok: true });
  };
  expect((await daemon.ask("/reset/v1/operation/of/tomorrow")).text).toBe('{"ok":true}');
  expect(upstream.calls.length).toBe(2);
});

test("stateful operations of one provider all go to one key", async () => {
  upstream.answer = (call) => sendJson(call, 200, { id: "x" });
  const stateful = CHANGING.filter(([path]) => path !== "/responses" && !path.startsWith("/operation"));
  for (const [path, init] of stateful) await daemon.ask(`/faultless/v1${path}`, init);
  for (let index = 0; index < 4; index += 1) await daemon.ask("/faultless/v1/files/file-1");
  expect(new Set(upstream.calls.map((call) => call.header("authorization"))).size).toBe(1);
});

test("a response goes back to the key that made its predecessor", async () => {
  upstream.answer = (call) => sendJson(call, 200, { id: `resp_${upstream.calls.length}`, object: "response" });
  for (let index = 0; index < 3; index += 1) await daemon.ask("/reset/v1/responses", post({ model: "m", input: "hi" }));
  const makers = upstream.calls.map((call) => call.header("authorization"));
  expect(new Set(makers).size).toBe(3);
  for (const [index, maker] of makers.entries()) {
    const body = { model: "m", input: "more", previous_response_id: `resp_${index + 1}` };
    await daemon.ask("/reset/v1/responses", post(body));
    expect(upstream.calls.at(-1)?.header("authorization")).toBe(maker);
    await daemon.ask(`/reset/v1/responses/resp_${index + 1}`);
    expect(upstream.calls.at(-1)?.header("authorization")).toBe(maker);
  }
});
