// WebSockets through the daemon: the key is chosen before the upgrade, and replaced until the provider's first message.
import { afterAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { clientFrame, OPCODE } from "../../src/upstream/websocket/frames.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { openConnection, rawRequest, requestText } from "../fixture/raw-client.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { SocketClient, type SocketClientOptions } from "../fixture/socket-client.ts";
import { type SocketPeer, startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const TOKEN = fakeSecret("realtime_client");
const CREATED = JSON.stringify({ type: "session.created", event_id: "event_1", session: { id: "sess_1" } });
const INVALID = {
  message: "Incorrect API key provided",
  type: "invalid_request_error",
  code: "invalid_api_key",
  param: null,
};
/** Each of these providers has two keys, of which the first is always asked first while it can be. */
const PROVIDERS = [
  "main",
  "refused",
  "event",
  "closed",
  "dropped",
  "replayed",
  "used-up",
  "model",
  "codes",
  "limited",
  "ephemeral",
  "spent",
  "calls",
];

const upstream = await startSocketServer(() => {});
const daemon = await startDaemon(
  JSON.stringify({
    auth: { client_tokens: [TOKEN] },
    models: { voice: ["main/gpt-realtime"], far: ["replayed/gpt-far"] },
    strategy: "fill_first",
    queue: { max_wait: "0s" },
    providers: [
      ...PROVIDERS.map((name) => ({
        name,
        base_url: upstream.url,
        api_keys: [keyOf(name, "a"), keyOf(name, "b")],
        // Faults are not waited for.
        max_retries: 1,
      })),
      {
        name: "stored",
        base_url: upstream.url,
        api_keys: [keyOf("stored", "a"), keyOf("stored", "b")],
        limits: { concurrency: 1 },
      },
      {
        name: "google",
        dialect: "gemini",
        base_url: upstream.url,
        api_keys: [keyOf("google", "a"), keyOf("google", "b")],
      },
      {
        name: "azure",
        dialect: "azure",
        base_url: upstream.url.replace(/v1$/, "openai/v1"),
        api_version: "2025-04-01-preview",
        api_keys: [keyOf("azure", "a")],
      },
    ],
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => {
  upstream.peers.length = 0;
});

const headers = { authorization: `Bearer ${TOKEN}` };

function keyOf(provider: string, name: "a" | "b"): string {
  return fakeSecret(`realtime_${provider}_${name}`);
}

function created(peer: SocketPeer): SocketPeer {
  peer.accept().text(CREATED);
  return peer;
}

function echo(peer: SocketPeer): void {
  created(peer).onFrame = ({ opcode, payload }) => {
    if (opcode <= 2) peer.send(opcode, payload);
  };
}

function connect(path: string, options: SocketClientOptions = { headers }): SocketClient {
  return new SocketClient(daemon.url + path, options);
}

/** Which of a provider's keys were asked, in order. */
function asked(provider: string): string[] {
  const names = new Map([
    [keyOf(provider, "a"), "a"],
    [keyOf(provider, "b"), "b"],
  ]);
  return upstream.peers.map(({ key = "" }) => names.get(key) ?? "?");
}

test("an alias goes upstream as the provider's name, with the key in place of the token", async () => {
  upstream.onPeer = echo;
  await using client = connect("/v1/realtime?model=voice&x=a%20b", {
    headers: { ...headers, "OpenAI-Beta": "realtime=v1", "x-trace": "1" },
  });
  await client.until(1);
  client.send("gr\u00fc\u00df \uFEFF");
  client.send(new Uint8Array([0, 1, 255]));
  expect((await client.until(3)).slice(1)).toEqual(["gr\u00fc\u00df \uFEFF", Buffer.from([0, 1, 255])]);
  const [peer] = upstream.peers;
  expect(peer?.target).toBe("/v1/realtime?model=gpt-realtime&x=a%20b");
  expect(asked("main")).toEqual(["a"]);
  expect(Object.fromEntries(peer?.headers ?? [])).toMatchObject({ "openai-beta": "realtime=v1", "x-trace": "1" });
});

test("the first message of the Responses API says where its session goes, under names of our own", async () => {
  upstream.onPeer = (peer) => {
    peer.accept();
    peer.onFrame = ({ opcode }) => opcode === 1 && peer.json({ type: "response.created", response: { usage: null } });
  };
  const words = (model: string) => `{ "type": "response.create", "model": "${model}", "input": "model: far" }`;
  await using far = connect("/v1/responses");
  await far.opened;
  far.send(words("far"));
  far.send(words("far"));
  far.send(words("other"));
  await far.until(3);
  expect(upstream.peers.map(({ key }) => key)).toEqual([keyOf("main", "a"), keyOf("replayed", "a")]);
  expect(upstream.peers.map(({ texts }) => texts)).toEqual([[], ["gpt-far", "gpt-far", "other"].map(words)]);
  await upstream.peers[0]?.gone;
  expect(upstream.peers[0]?.close?.code).toBe(1000);
  upstream.peers.length = 0;
  await using near = connect("/v1/responses");
  await near.opened;
  near.send(words("voice"));
  await near.until(1);
  expect(upstream.peers.map(({ texts }) => texts)).toEqual([[words("gpt-realtime")]]);
});

test("a credential in a subprotocol is taken, and goes nowhere", async () => {
  upstream.onPeer = (peer) => void peer.accept(["Sec-WebSocket-Protocol: realtime"]).text(CREATED);
  const protocols = ["realtime", `openai-insecure-api-key.${TOKEN}`, "openai-organization.org-1"];
  await using client = connect("/v1/realtime?model=voice", { protocols });
  await client.until(1);
  expect(client.socket.protocol).toBe("realtime");
  expect(upstream.peers[0]?.headers.get("sec-websocket-protocol")).toBe("realtime");
  expect(JSON.stringify([...(upstream.peers[0]?.headers ?? [])])).not.toContain(TOKEN);
});

test("a browser is answered the subprotocol that it needs, also by a provider that names none", async () => {
  upstream.onPeer = created;
  await using client = connect("/v1/realtime?model=voice", {
    protocols: ["realtime", `openai-insecure-api-key.${TOKEN}`],
  });
  await client.until(1);
  expect(client.socket.protocol).toBe("realtime");
});

test.each<[string, SocketClientOptions]>([
  ["a wrong token", { headers: { authorization: "Bearer wrong" } }],
  ["a wrong token in a subprotocol", { protocols: ["realtime", "openai-insecure-api-key.wrong"] }],
  ["no token", {}],
])("%s is refused before anything is asked upstream", async (_name, options) => {
  await expect(connect("/v1/realtime?model=voice", options).opened).rejects.toThrow();
  expect(upstream.peers).toHaveLength(0);
});

test("without a client token no web page is let in", async () => {
  const provider = { name: "main", base_url: upstream.url, api_keys: [keyOf("main", "a")] };
  await using open = await startDaemon(JSON.stringify({ providers: [provider] }));
  upstream.onPeer = created;
  await expect(
    new SocketClient(`${open.url}/v1/realtime`, { headers: { origin: "https://a.test" } }).opened,
  ).rejects.toThrow();
  expect(upstream.peers).toHaveLength(0);
  await using local = new SocketClient(`${open.url}/v1/realtime`);
  expect(await local.until(1)).toEqual([CREATED]);
});

test("a key that is refused is replaced before the client is upgraded", async () => {
  upstream.onPeer = (peer) => (asked("refused").at(-1) === "a" ? peer.refuse(401, { error: INVALID }) : echo(peer));
  await using client = connect("/refused/v1/realtime?model=m");
  expect(await client.until(1)).toEqual([CREATED]);
  // It is known to be invalid now.
  await using next = connect("/refused/v1/realtime?model=m");
  await next.until(1);
  expect(asked("refused")).toEqual(["a", "b", "b"]);
});

test.each<[string, (peer: SocketPeer) => void]>([
  ["event", (peer) => peer.json({ type: "error", error: INVALID })],
  ["closed", (peer) => peer.sendClose(3000, "invalid_request_error.invalid_api_key")],
  ["dropped", (peer) => peer.drop()],
])("%s in place of the first message: another key goes on, and the client sees nothing", async (provider, fail) => {
  upstream.onPeer = (peer) => (asked(provider).at(-1) === "a" ? fail(peer.accept()) : echo(peer));
  await using client = connect(`/${provider}/v1/realtime?model=m`);
  client.opened.then(() => client.send("hello"));
  expect(await client.until(2)).toEqual([CREATED, "hello"]);
  expect(asked(provider)).toEqual(["a", "b"]);
});

test("what the client sent until the first message is sent again, in order", async () => {
  upstream.onPeer = (peer) => {
    peer.accept();
    peer.onFrame = () => {
      if (peer.frames.length < 3) return;
      if (asked("replayed").at(-1) === "a")
        peer.json({ type: "error", error: { ...INVALID, code: "insufficient_quota" } });
      else peer.text(peer.frames.map(({ payload }) => payload.toString()).join());
    };
  };
  await using client = connect("/replayed/v1/responses");
  await client.opened;
  for (const text of ["one", "two", "three"]) client.send(text);
  expect(await client.until(1)).toEqual(["one,two,three"]);
  expect(asked("replayed")).toEqual(["a", "b"]);
});

test("an upgraded client that no key can serve is told why, and asked to come back later", async () => {
  const error = { ...INVALID, code: "rate_limit_exceeded", message: "Slow down" };
  upstream.onPeer = (peer) => peer.accept().json({ type: "error", error });
  const client = connect("/used-up/v1/realtime?model=m");
  const { code, reason } = await client.closed;
  expect([code, reason]).toEqual([1013, "rate_limit_exceeded"]);
  expect(JSON.parse(client.texts[0] ?? "")).toMatchObject({
    type: "error",
    error: { code: "rate_limit_exceeded", message: expect.stringContaining("Every usable key is rate-limited now") },
  });
  expect(asked("used-up")).toEqual(["a", "b"]);
});

test("an error that is the client's own is a message like any other", async () => {
  const error = { ...INVALID, code: "unknown_parameter", message: "Unknown parameter" };
  upstream.onPeer = (peer) => {
    peer.accept();
    peer.onFrame = ({ opcode }) => opcode === 1 && peer.json({ type: "error", error });
  };
  await using client = connect("/main/v1/responses");
  await client.opened;
  client.send("{}");
  client.send("{}");
  expect(await client.until(2)).toEqual([
    JSON.stringify({ type: "error", error }),
    JSON.stringify({ type: "error", error }),
  ]);
  expect(asked("main")).toEqual(["a"]);
});

test("what no key may use is told as the provider told it", async () => {
  const error = { ...INVALID, code: "model_not_found", message: "No such model" };
  upstream.onPeer = (peer) => peer.accept().json({ type: "error", error: { ...error, param: peer.key } });
  const client = connect("/model/v1/realtime?model=m");
  expect((await client.closed).code).toBe(1011);
  // But for the credential, should it be quoted.
  expect(client.texts.map((text) => JSON.parse(text))).toEqual([
    { type: "error", error: { ...error, param: expect.stringContaining("...") } },
  ]);
  expect(client.texts.join()).not.toContain(keyOf("model", asked("model").at(-1) === "a" ? "a" : "b"));
});

test.each<[string, (peer: SocketPeer) => void, { code: number; reason: string }]>([
  ["1000", (peer) => peer.sendClose(1000, "done"), { code: 1000, reason: "done" }],
  ["4001", (peer) => peer.sendClose(4001, "gr\u00fcn"), { code: 4001, reason: "gr\u00fcn" }],
  ["1008", (peer) => peer.sendClose(1008), { code: 1008, reason: "" }],
  ["no code", (peer) => peer.sendClose(), { code: 1005, reason: "" }],
  ["a drop", (peer) => peer.drop(), { code: 1011, reason: "upstream_stream_interrupted" }],
  ["a fault of framing", (peer) => peer.send(3), { code: 1011, reason: "upstream_stream_interrupted" }],
])("the provider's end reaches the client: %s", async (_name, end, expected) => {
  upstream.onPeer = created;
  const client = connect("/codes/v1/realtime?model=m");
  await client.until(1);
  const [peer] = upstream.peers;
  if (peer !== undefined) end(peer);
  expect(await client.closed).toEqual(expected);
  await peer?.gone;
});

test.each<[string, (client: SocketClient) => void, { code: number; reason: string }]>([
  ["1000", (client) => client.socket.close(1000, "bye"), { code: 1000, reason: "bye" }],
  ["4100", (client) => client.socket.close(4100, "gr\u00fcn"), { code: 4100, reason: "gr\u00fcn" }],
  ["a drop", (client) => (client.socket as unknown as { terminate(): void }).terminate(), { code: 1001, reason: "" }],
])("the client's end reaches the provider: %s", async (_name, end, expected) => {
  upstream.onPeer = created;
  const client = connect("/codes/v1/realtime?model=m");
  await client.until(1);
  const [peer] = upstream.peers;
  end(client);
  await peer?.until(({ close }) => close !== undefined);
  expect(peer?.close).toEqual(expected);
  await peer?.gone;
});

test("a client that leaves while its key is chosen leaves nothing behind", async () => {
  upstream.onPeer = () => {};
  const client = connect("/main/v1/realtime?model=m");
  await until("the handshake", () => upstream.peers.length === 1);
  client.socket.close();
  await upstream.peers[0]?.gone;
});

test("Gemini's Live API: its path, its key, its closes, its usage", async () => {
  upstream.onPeer = (peer) => {
    peer.accept();
    peer.onFrame = ({ opcode }) => {
      if (opcode > 2) return;
      if (peer.headers.get("x-goog-api-key") === keyOf("google", "a"))
        peer.sendClose(1007, "API key not valid. Please pass a valid API key.");
      else
        peer.binary(
          Buffer.from(
            JSON.stringify({ setupComplete: {}, usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 5 } }),
          ),
        );
    };
  };
  const path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
  const client = connect(`/google${path}`, { headers: { "x-goog-api-key": TOKEN } });
  await client.opened;
  client.send(JSON.stringify({ setup: { model: "models/gemini-live" } }));
  expect(await client.until(1)).toEqual([expect.any(Buffer)]);
  expect(upstream.peers.map(({ target }) => target)).toEqual([path, path]);
  client.socket.close(1000);
  await client.closed;
  await until("its record", () =>
    /BidiGenerateContent.*input_tokens=7\b.*output_tokens=5\b|"prompt_tokens":7/.test(daemon.logs()),
  );
});

test("Azure with an api-version: its path, its deployment, its header", async () => {
  upstream.onPeer = created;
  await using client = connect("/azure/v1/realtime?model=my-deployment");
  await client.until(1);
  const [peer] = upstream.peers;
  expect(peer?.target).toBe("/openai/realtime?deployment=my-deployment&api-version=2025-04-01-preview");
  expect(peer?.headers.get("api-key")).toBe(keyOf("azure", "a"));
});

test("an ephemeral secret that was made through here goes upstream as it is, with its key's account", async () => {
  const made = `ek_${fakeSecret("realtime_ephemeral")}`;
  upstream.onRequest = (peer) => peer.refuse(200, { value: made, expires_at: Math.floor(Date.now() / 1000) + 60 });
  const post = (token: string) =>
    fetch(`${daemon.url}/ephemeral/v1/realtime/client_secrets`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: '{"session":{"type":"realtime","model":"m"}}',
    });
  expect(await (await post(TOKEN)).json()).toMatchObject({ value: made });
  // It opens sessions, and makes no others.
  expect((await post(made)).status).toBe(401);
  upstream.onPeer = created;
  const protocols = ["realtime", `openai-insecure-api-key.${made}`];
  await using client = connect("/ephemeral/v1/realtime", { protocols, headers: { origin: "https://app.test" } });
  await client.until(1);
  expect(upstream.peers.at(-1)?.key).toBe(made);
  await expect(connect("/main/v1/realtime", { protocols }).opened).rejects.toThrow();
  const stranger = await daemon.ask("/ephemeral/v1/realtime/calls", {
    method: "POST",
    headers: { authorization: "Bearer ek_unknown-000000000000", "content-type": "application/sdp" },
    body: "v=0",
  });
  expect([stranger.status, stranger.text]).toEqual([401, expect.stringContaining("make another one")]);
  const unknown = ["realtime", "openai-insecure-api-key.ek_unknown-000000000000"];
  await expect(connect("/ephemeral/v1/realtime", { protocols: unknown }).opened).rejects.toThrow();
  // That it is refused says nothing of the key.
  upstream.onPeer = (peer) => peer.refuse(401, { error: INVALID });
  await expect(connect("/ephemeral/v1/realtime", { protocols }).opened).rejects.toThrow();
  upstream.onPeer = created;
  await using usual = connect("/ephemeral/v1/realtime?model=m");
  await usual.until(1);
  expect(upstream.peers.map(({ key }) => key)).toEqual([made, made, keyOf("ephemeral", "a")]);
});

test("a call over WebRTC, and the session that watches it, belong to one key", async () => {
  upstream.onRequest = (peer) => {
    const key = peer.key === keyOf("calls", "b") ? "b" : "a";
    peer.refuse(201, "v=0", [`Location: /v1/realtime/calls/rtc_${key}123456`]);
  };
  const called = await daemon.ask("/calls/v1/realtime/calls?model=m", {
    method: "POST",
    headers: { ...headers, "content-type": "application/sdp" },
    body: "v=0",
  });
  expect([called.status, called.headers.get("location")]).toEqual([201, expect.stringMatching(/rtc_[ab]123456$/)]);
  upstream.onPeer = created;
  for (let turn = 0; turn < 3; turn += 1) {
    const id = called.headers.get("location")?.split("/").at(-1);
    await using client = connect(`/calls/v1/realtime?call_id=${id}`);
    await client.until(1);
    expect(`rtc_${asked("calls").at(-1)}123456`).toBe(id ?? "");
  }
});

test("a key that has no credit in the middle of a session: the session goes on, others go elsewhere", async () => {
  const error = { type: "insufficient_quota", code: "insufficient_quota", message: "You exceeded your current quota" };
  const failed = { type: "response.done", response: { status: "failed", status_details: { type: "failed", error } } };
  upstream.onPeer = (peer) => {
    created(peer).onFrame = ({ opcode }) => opcode === 1 && peer.json(failed);
  };
  const client = connect("/spent/v1/realtime?model=m");
  await client.until(1);
  client.send("{}");
  client.send("{}");
  expect((await client.until(3)).slice(1)).toEqual([JSON.stringify(failed), JSON.stringify(failed)]);
  await using next = connect("/spent/v1/realtime?model=m");
  await next.until(1);
  client.socket.close();
  await client.closed;
  await upstream.peers[0]?.gone;
  await using last = connect("/spent/v1/realtime?model=m");
  await last.until(1);
  expect(asked("spent")).toEqual(["a", "b", "b"]);
});

test("a response that was made over a WebSocket belongs to the key that made it", async () => {
  const [id, other] = ["resp_a00001", "resp_b00001"];
  upstream.onPeer = (peer) => {
    peer.accept();
    const made = peer.key === keyOf("stored", "a") ? id : other;
    peer.onFrame = ({ opcode }) =>
      opcode === 1 && peer.json({ type: "response.completed", response: { id: made, usage: {} } });
  };
  // Both keys make one, the second while the first is busy.
  const clients = [connect("/stored/v1/responses"), connect("/stored/v1/responses")];
  for (const client of clients) {
    await client.opened;
    client.send("{}");
    await client.until(1);
  }
  expect(asked("stored")).toEqual(["a", "b"]);
  for (const client of clients) client.socket.close();
  await Promise.all(clients.map(({ closed }) => closed));
  await Promise.all(upstream.peers.map(({ gone }) => gone));
  const readBy: string[] = [];
  upstream.onRequest = (peer) => {
    readBy.push(peer.key === keyOf("stored", "a") ? "a" : "b");
    peer.refuse(200, { id: peer.target.split("/").at(-1), object: "response" });
  };
  for (const name of [other, id, other]) {
    expect((await daemon.ask(`/stored/v1/responses/${name}`, { headers })).status).toBe(200);
  }
  expect(readBy).toEqual(["b", "a", "b"]);
  upstream.peers.length = 0;
  await using next = connect("/stored/v1/responses");
  await next.opened;
  next.send(JSON.stringify({ type: "response.create", previous_response_id: other }));
  expect(JSON.parse((await next.until(1))[0] as string)).toMatchObject({ response: { id: other } });
  expect(asked("stored")).toEqual(["a", "b"]);
  expect(upstream.peers[0]?.texts).toEqual([]);
});

test("a client's pings are answered, between its messages", async () => {
  upstream.onPeer = echo;
  using client = await openConnection(daemon.url);
  const lines = ["Upgrade: websocket", "Connection: Upgrade", `Authorization: Bearer ${TOKEN}`];
  const key = ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"];
  client.send(requestText("GET /main/v1/realtime?model=m", [...lines, ...key]));
  await client.untilReceived("session.created");
  const half = Buffer.from(clientFrame(OPCODE.text, Buffer.from("in two ")));
  half[0] = OPCODE.text;
  client.send(half);
  client.send(clientFrame(OPCODE.ping, Buffer.from("there?")));
  await client.untilReceived("\x8a\x06there?");
  client.send(clientFrame(OPCODE.continuation, Buffer.from("parts")));
  await client.untilReceived("in two parts");
});

test("raw: what is no valid handshake, and what no key can serve", async () => {
  const bearer = `Authorization: Bearer ${TOKEN}`;
  const upgrade = ["Upgrade: websocket", "Connection: Upgrade", bearer];
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const ask = (target: string, ...more: readonly string[]) =>
    rawRequest(daemon.url, requestText(`GET ${target}`, [...upgrade, ...more]));
  const old = await ask("/v1/realtime", key, "Sec-WebSocket-Version: 8");
  expect([old.status, old.head]).toEqual([426, expect.stringMatching(/sec-websocket-version: 13/i)]);
  expect(old.head).toMatch(/^upgrade: websocket$/im);
  expect((await ask("/v1/realtime", "Sec-WebSocket-Version: 13")).status).toBe(400);
  expect((await ask("/v1/realtime/%252e%252e/%252e%252e/admin", key, "Sec-WebSocket-Version: 13")).status).toBe(400);
  expect(upstream.peers).toHaveLength(0);
  expect((await ask("/health", key, "Sec-WebSocket-Version: 13")).status).toBe(200);
  const error = { message: "No such model", code: "model_not_found" };
  upstream.onPeer = (peer) => peer.refuse(404, { error });
  const missing = await ask("/limited/v1/realtime?model=m", key, "Sec-WebSocket-Version: 13");
  expect([missing.status, JSON.parse(missing.body)]).toEqual([404, { error }]);
});

test("nothing is left in flight", async () => {
  await until("rest", async () => {
    const health = await daemon.ask("/health");
    return (health.json() as unknown as { in_flight: number }).in_flight === 0;
  });
  expect(daemon.logs()).not.toContain("Internal error");
});
