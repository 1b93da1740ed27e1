// Streams that are cut, left, or many.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chat, MODEL, post } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { chatEvents, responseEvents } from "../fixture/openai-answers.ts";
import { openConnection, requestText } from "../fixture/raw-client.ts";
import { type RawCall, sendChunk, sendStreamHead, startRawUpstream } from "../fixture/raw-upstream.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const upstream = await startRawUpstream();
const once = { base_url: upstream.url, max_retries: 0 };
const daemon = await startDaemon(
  JSON.stringify({
    providers: [
      { ...once, name: "once", api_keys: [fakeSecret("streams_once")] },
      { base_url: upstream.url, name: "again", api_keys: [fakeSecret("streams_again"), fakeSecret("streams_more")] },
    ],
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

type Ending = (call: RawCall) => void;

const ENDINGS: readonly (readonly [string, Ending])[] = [
  ["by a lost connection", (call) => call.socket.destroy()],
  ["by a clean end", (call) => sendChunk(call, "")],
];

const ANTHROPIC = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[]}}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
];

const ASSISTANT = [
  'event: thread.run.created\ndata: {"id":"run_1","object":"thread.run","status":"queued"}\n\n',
  'event: thread.message.delta\ndata: {"id":"msg_1","object":"thread.message.delta","delta":{"content":[]}}\n\n',
  'event: thread.run.completed\ndata: {"id":"run_1","object":"thread.run","status":"completed"}\n\n',
  "event: done\ndata: [DONE]\n\n",
];

/** `last`: the event that is the terminator. `step`: only every so-many-th position, where a unit test has them all. */
const PROTOCOLS = [
  { path: "chat/completions", all: chatEvents(["a", " \u{1F600}"]), last: '"stop"', error: 'data: {"error":', step: 1 },
  {
    path: "responses",
    all: responseEvents(["a"]),
    last: "response.completed",
    error: "event: error\ndata: {",
    step: 7,
  },
  { path: "threads/t/runs", all: ASSISTANT, last: "run.completed", error: "event: error\ndata: {", step: 7 },
  { path: "messages", all: ANTHROPIC, last: "message_stop", error: "event: error\ndata: {", step: 5 },
];

describe.each(PROTOCOLS)("a stream of $path cut at every byte", ({ path, all, last, error, step }) => {
  test.each([...ENDINGS])("%s", async (_name, end) => {
    const bytes = Buffer.from(all.join(""));
    const terminated = endOf(all, last);
    const ask = () => daemon.ask(`/once/v1/${path}`, post({ model: MODEL, stream: true, messages: [], input: "" }));
    for (let cut = 0; cut <= bytes.length; cut += step) {
      // A provider that cuts each of its streams is left alone for a while.
      upstream.answer = sendWhole(all);
      expect((await ask()).text).toBe(bytes.toString());
      upstream.answer = (call) => {
        sendStreamHead(call);
        if (cut > 0) sendChunk(call, bytes.subarray(0, cut));
        end(call);
      };
      const calls = upstream.calls.length;
      const answer = await ask();
      expect(upstream.calls.length).toBe(calls + 1);
      const problem = problemOf({ answer, bytes, cut, terminated, error });
      if (problem !== undefined) throw new Error(`Cut after ${cut} of ${bytes.length} bytes: ${problem}`);
    }
  });
});

function sendWhole(events: readonly string[]): (call: RawCall) => void {
  return (call) => {
    sendStreamHead(call);
    for (const event of events) sendChunk(call, event);
    sendChunk(call, "");
  };
}

test("a stream that ends whole passes unchanged", async () => {
  upstream.answer = sendWhole(chatEvents());
  const answer = await daemon.ask("/once/v1/chat/completions", chat({ stream: true }));
  expect(answer.text).toBe(chatEvents().join(""));
  expect(answer.headers.get("content-type")).toStartWith("text/event-stream");
});

test("a cut after commit is never sent again, and its error event says what happened", async () => {
  const calls = upstream.calls.length;
  upstream.answer = (call) => {
    sendStreamHead(call);
    sendChunk(call, chatEvents().slice(0, 3).join(""));
    call.socket.destroy();
  };
  const answer = await daemon.ask("/again/v1/chat/completions", chat({ stream: true }));
  expect(upstream.calls.length).toBe(calls + 1);
  expect(answer.text.match(/"content":"Hello"/g)).toHaveLength(1);
  const event = JSON.parse(answer.text.trimEnd().split("\n\ndata: ").at(-1) ?? "");
  expect(event.error).toMatchObject({ code: "upstream_stream_interrupted" });
});

test("a cut before the first output is tried again elsewhere, and nothing is sent twice", async () => {
  const calls = upstream.calls.length;
  upstream.answer = (call) => {
    sendStreamHead(call);
    const first = upstream.calls.length === calls + 1;
    sendChunk(call, chatEvents().slice(0, 1).join(""));
    if (first) return void call.socket.destroy();
    sendChunk(call, chatEvents().slice(1).join(""));
    sendChunk(call, "");
  };
  const answer = await daemon.ask("/again/v1/chat/completions", chat({ stream: true }));
  expect(upstream.calls.length).toBe(calls + 2);
  expect(answer.text).toBe(chatEvents().join(""));
});

test.each([
  ["before the answer began", 0],
  ["in the middle of a stream", 3],
])("a client that leaves %s cancels the upstream call", async (_name, events) => {
  const reached = Promise.withResolvers<RawCall>();
  upstream.answer = (call) => {
    if (events > 0) sendStreamHead(call);
    for (const event of chatEvents().slice(0, events)) sendChunk(call, event);
    reached.resolve(call);
  };
  using client = await openConnection(daemon.url);
  client.send(streamRequest("/again/v1/chat/completions"));
  const call = await reached.promise;
  if (events > 0) await client.untilReceived("Hello");
  client.socket.destroy();
  await call.closed;
});

test("1,000 streams start at once and all end whole", async () => {
  const gate = Promise.withResolvers<void>();
  const [first = "", ...rest] = chatEvents().slice(1);
  upstream.answer = (call) => {
    sendStreamHead(call);
    sendChunk(call, first);
    void gate.promise.then(() => {
      sendChunk(call, rest.join(""));
      sendChunk(call, "");
    });
  };
  const calls = upstream.calls.length;
  const clients = await Promise.all(Array.from({ length: 1_000 }, () => openConnection(daemon.url)));
  for (const client of clients) client.send(streamRequest("/once/v1/chat/completions"));
  await Promise.all(clients.map((client) => client.untilReceived("Hello")));
  expect(upstream.calls.length).toBe(calls + 1_000);
  gate.resolve();
  await Promise.all(clients.map((client) => client.untilReceived("[DONE]")));
  for (const client of clients) client[Symbol.dispose]();
  expect((await daemon.ask("/health")).status).toBe(200);
});

test("nothing of all this was the daemon's own fault", () => {
  expect(daemon.logs()).not.toContain("internal_error");
});

interface Cut {
  readonly answer: { readonly status: number; readonly text: string; readonly bytes: Uint8Array };
  readonly bytes: Buffer;
  readonly cut: number;
  readonly terminated: number;
  readonly error: string;
}

/** What is wrong with the answer to a stream that was cut, if anything. */
function problemOf({ answer, bytes, cut, terminated, error }: Cut): string | undefined {
  const text = answer.text;
  if (cut >= terminated) {
    const whole = Buffer.from(answer.bytes);
    if (answer.status !== 200) return `status ${answer.status} after the terminator`;
    if (whole.length < terminated || !bytes.subarray(0, cut).subarray(0, whole.length).equals(whole)) {
      return `not what was sent: ${JSON.stringify(text)}`;
    }
    return undefined;
  }
  if (text.includes("[DONE]") || text.includes("message_stop")) return "a terminator was invented";
  if (answer.status >= 500) return text.includes('"error"') ? undefined : `no error: ${text}`;
  const at = text.lastIndexOf(error);
  if (answer.status !== 200 || at < 0) return `status ${answer.status} without an error event: ${JSON.stringify(text)}`;
  const passed = Buffer.from(text.slice(0, at));
  if (!bytes.subarray(0, cut).subarray(0, passed.length).equals(passed)) return `not what was sent: ${text}`;
  if (passed.length > 0 && !passed.toString().endsWith("\n\n")) return "an event was passed in part";
  return text.endsWith("\n\n") ? undefined : "the error event is not complete";
}

/**
 * The length of the stream up to the last line of the event that holds `mark`, for the last time. The blank line after
 * it does not count: providers that forget it at the very end have said all there is to say.
 */
function endOf(all: readonly string[], mark: string): number {
  const index = all.findLastIndex((event) => event.includes(mark));
  return Buffer.byteLength(
    all
      .slice(0, index + 1)
      .join("")
      .trimEnd(),
  );
}

function streamRequest(path: string): string {
  const body = JSON.stringify({ model: MODEL, stream: true, messages: [] });
  return requestText(`POST ${path}`, ["Content-Type: application/json"], body);
}
