// The official SDKs, unmodified, over WebSockets through the daemon, which serves HTTPS and calls providers over TLS.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { GoogleGenAI, type LiveServerMessage } from "@google/genai";
import OpenAI from "openai";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { ResponsesWS } from "openai/resources/responses/ws";
import { type Daemon, startDaemon } from "../fixture/daemon.ts";
import { readPem } from "../fixture/raw-server.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { type SocketPeer, startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const TOKEN = fakeSecret("realtime_sdk_token");
const KEYS = [fakeSecret("realtime_sdk_a"), fakeSecret("realtime_sdk_b")];
const upstream = await startSocketServer(() => {}, { isTls: true });
const providers = [
  { name: "main", base_url: upstream.url, api_keys: KEYS, ca_file: "ca.pem" },
  { name: "google", dialect: "gemini", base_url: upstream.url, api_keys: KEYS, ca_file: "ca.pem" },
];
const auth = { client_tokens: [TOKEN], allow_query_key: true };
const files = {
  "server.pem": readPem("localhost.pem"),
  "server.key": readPem("localhost.key"),
  "ca.pem": readPem("ca.pem"),
};
const [secure, plain] = await Promise.all([
  startDaemon({
    config: JSON.stringify({ server: { tls: { cert: "server.pem", key: "server.key" } }, auth, providers }),
    files,
  }),
  startDaemon({ config: JSON.stringify({ auth, providers }), files }),
]);
afterAll(async () => {
  await Promise.all([secure.stop(), plain.stop()]);
  await upstream[Symbol.asyncDispose]();
});

const ANSWER = {
  type: "response.done",
  event_id: "event_2",
  response: { id: "resp_1", status: "completed", usage: { input_tokens: 21, output_tokens: 8, total_tokens: 29 } },
};

function clientOf({ url }: Daemon): OpenAI {
  return new OpenAI({ apiKey: TOKEN, baseURL: `${url}/v1`, maxRetries: 0 });
}

/** The record of the session is written once both sides are closed. */
async function record({ logs }: Daemon, route: string): Promise<string> {
  return until("the record of the session", () =>
    logs()
      .split("\n")
      .find((line) => line.includes(`"route":"${route}"`)),
  );
}

test("openai: a realtime session, and its tokens in the log", async () => {
  upstream.onPeer = (peer: SocketPeer) => {
    peer.accept().json({ type: "session.created", event_id: "event_1", session: { type: "realtime" } });
    peer.onFrame = ({ opcode }) => opcode === 1 && peer.json(ANSWER);
  };
  const client = clientOf(secure);
  const options = { tls: { ca: readPem("ca.pem"), rejectUnauthorized: false } };
  const realtime = new OpenAIRealtimeWS({ model: "gpt-realtime", options: options as object }, client);
  const errors: unknown[] = [];
  realtime.on("error", (error) => errors.push(error));
  const done = new Promise<unknown>((resolve) => realtime.on("response.done", resolve));
  await new Promise((resolve) => realtime.on("session.created", resolve));
  realtime.send({ type: "response.create" });
  expect(await done).toEqual(ANSWER);
  realtime.close({ code: 1000, reason: "OK" });
  expect(await record(secure, "/v1/realtime")).toMatch(/"prompt_tokens":21,"completion_tokens":8/);
  expect(errors).toEqual([]);
  expect(KEYS).toContain(upstream.peers.at(-1)?.key ?? "");
});

test("openai: the browser's client, whose token stands in a subprotocol", async () => {
  upstream.onPeer = (peer) => {
    peer.accept(["Sec-WebSocket-Protocol: realtime"]);
    peer.json({ type: "session.created", event_id: "event_1", session: { type: "realtime" } });
  };
  // It takes no authorities.
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  const realtime = new OpenAIRealtimeWebSocket({ model: "gpt-realtime" }, clientOf(secure));
  await new Promise((resolve, reject) => {
    realtime.on("session.created", resolve);
    realtime.on("error", reject);
  });
  if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  expect(realtime.socket.protocol).toBe("realtime");
  realtime.close();
  await upstream.peers.at(-1)?.gone;
});

test("openai: the Responses API over a WebSocket", async () => {
  const completed = { type: "response.completed", sequence_number: 1, response: { ...ANSWER.response, id: "resp_2" } };
  upstream.onPeer = (peer) => {
    peer.accept();
    peer.onFrame = ({ opcode }) => opcode === 1 && peer.json(completed);
  };
  const socket = new ResponsesWS(clientOf(plain));
  const done = new Promise<unknown>((resolve) => socket.on("response.completed", resolve));
  socket.send({ type: "response.create", model: "gpt-4o-mini", input: "hi" });
  expect(await done).toEqual(completed);
  socket.close({ code: 1000, reason: "OK" });
  expect(await record(plain, "/v1/responses")).toMatch(/"prompt_tokens":21,"completion_tokens":8/);
});

test("@google/genai: a live session", async () => {
  upstream.onPeer = (peer) => {
    peer.accept();
    peer.onFrame = ({ opcode, payload }) => {
      if (opcode > 2) return;
      const isSetup = "setup" in JSON.parse(payload.toString());
      const content = { serverContent: { modelTurn: { parts: [{ text: "Hello" }] }, turnComplete: true } };
      peer.binary(Buffer.from(JSON.stringify(isSetup ? { setupComplete: {} } : content)));
    };
  };
  const google = new GoogleGenAI({ apiKey: TOKEN, httpOptions: { baseUrl: `${plain.url}/google` } });
  const messages: LiveServerMessage[] = [];
  const session = await google.live.connect({
    model: "gemini-live",
    callbacks: { onmessage: (message) => void messages.push(message) },
  });
  session.sendClientContent({ turns: "Hi" });
  await until("the answer", () => messages.some(({ serverContent }) => serverContent?.turnComplete === true));
  session.close();
  const peer = upstream.peers.at(-1);
  expect(peer?.target).toMatch(/^\/ws\/google\.ai\.generativelanguage\.v\w+\.GenerativeService\.BidiGenerateContent$/);
  expect(KEYS).toContain(peer?.headers.get("x-goog-api-key") ?? "");
});
