// WebSockets through the daemon: the key is chosen before the upgrade, and replaced until the provider's first message.
import { afterAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { startDaemon } from "../fixture/daemon.ts";
import { rawRequest, requestText } from "../fixture/raw-client.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { SocketClient } from "../fixture/socket-client.ts";
import { type SocketPeer, startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const TOKEN = fakeSecret("realtime_client");
const [FIRST, SECOND] = [fakeSecret("realtime_first"), fakeSecret("realtime_second")];
const CREATED = JSON.stringify({ type: "session.created", event_id: "event_1", session: { id: "sess_1" } });

const upstream = await startSocketServer(() => {});
const daemon = await startDaemon(
  JSON.stringify({
    auth: { client_tokens: [TOKEN] },
    models: { voice: ["main/gpt-realtime"] },
    // The first key is always asked first.
    strategy: "fill_first",
    queue: { max_wait: "0s" },
    providers: [
      { name: "main", base_url: upstream.url, api_keys: [FIRST, SECOND] },
      { name: "one", base_url: upstream.url, api_keys: [fakeSecret("realtime_one")] },
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

function echo(peer: SocketPeer): void {
  peer.accept();
  peer.text(CREATED);
  peer.onFrame = ({ opcode, payload }) => {
    if (opcode <= 2) peer.send(opcode, payload);
  };
}

function connect(path: string, options: ConstructorParameters<typeof SocketClient>[1] = { headers }): SocketClient {
  return new SocketClient(daemon.url + path, options);
}

/** Nothing of it is in flight any more. */
async function rest(): Promise<void> {
  await until(
    "rest",
    async () => ((await daemon.ask("/health")).json() as unknown as { in_flight: number }).in_flight === 0,
  );
}

test("an alias goes upstream as the provider's name, with the key in place of the token", async () => {
  upstream.onPeer = echo;
  await using client = connect("/v1/realtime?model=voice&x=a%20b", {
    headers: { ...headers, "OpenAI-Beta": "realtime=v1" },
  });
  await client.until(1);
  client.send("gr\u00fc\u00df \uFEFF");
  client.send(new Uint8Array([0, 1, 255]));
  expect((await client.until(3)).slice(1)).toEqual(["gr\u00fc\u00df \uFEFF", Buffer.from([0, 1, 255])]);
  const [peer] = upstream.peers;
  expect(peer?.target).toBe("/v1/realtime?model=gpt-realtime&x=a%20b");
  expect(peer?.key).toBe(FIRST);
  expect(peer?.headers.get("openai-beta")).toBe("realtime=v1");
});

test("a credential in a subprotocol is taken, and goes nowhere", async () => {
  upstream.onPeer = (peer) => {
    peer.accept(["Sec-WebSocket-Protocol: realtime"]);
    peer.text(CREATED);
  };
  const protocols = ["realtime", `openai-insecure-api-key.${TOKEN}`, "openai-organization.org-1"];
  await using client = connect("/v1/realtime?model=voice", { protocols });
  await client.until(1);
  expect(client.socket.protocol).toBe("realtime");
  expect(upstream.peers[0]?.headers.get("sec-websocket-protocol")).toBe("realtime");
  expect(JSON.stringify([...(upstream.peers[0]?.headers ?? [])])).not.toContain(TOKEN);
});

test("a wrong token is refused before anything is asked upstream", async () => {
  const client = connect("/v1/realtime?model=voice", { headers: { authorization: "Bearer wrong" } });
  await expect(client.opened).rejects.toThrow();
  expect(upstream.peers).toHaveLength(0);
});

const INVALID = {
  error: { message: "Incorrect API key provided", type: "invalid_request_error", code: "invalid_api_key" },
};

test("a key that is refused is replaced before the client is upgraded", async () => {
  upstream.onPeer = (peer) => (peer.key === FIRST ? peer.refuse(401, INVALID) : echo(peer));
  await using client = connect("/v1/realtime?model=voice");
  expect(await client.until(1)).toEqual([CREATED]);
  expect(upstream.peers.map(({ key }) => key)).toEqual([FIRST, SECOND]);
  // It is known to be invalid now.
  await using next = connect("/v1/realtime?model=voice");
  await next.until(1);
  expect(upstream.peers.map(({ key }) => key)).toEqual([FIRST, SECOND, SECOND]);
});

test("raw: what is no valid handshake, and what no key can serve", async () => {
  const bearer = `Authorization: Bearer ${TOKEN}`;
  const upgrade = ["Upgrade: websocket", "Connection: Upgrade", bearer];
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const old = await rawRequest(
    daemon.url,
    requestText("GET /v1/realtime", [...upgrade, key, "Sec-WebSocket-Version: 8"]),
  );
  expect([old.status, old.head]).toEqual([426, expect.stringMatching(/sec-websocket-version: 13/i)]);
  const keyless = await rawRequest(
    daemon.url,
    requestText("GET /v1/realtime", [...upgrade, "Sec-WebSocket-Version: 13"]),
  );
  expect(keyless.status).toBe(400);
  upstream.onPeer = (peer) => peer.refuse(404, { error: { message: "No such model", code: "model_not_found" } });
  const whole = [...upgrade, key, "Sec-WebSocket-Version: 13"];
  const missing = await rawRequest(daemon.url, requestText("GET /one/v1/realtime?model=m", whole));
  expect([missing.status, JSON.parse(missing.body)]).toEqual([
    404,
    { error: { message: "No such model", code: "model_not_found" } },
  ]);
  const health = await rawRequest(daemon.url, requestText("GET /health", whole));
  expect(health.status).toBe(200);
});

test("nothing is left in flight", async () => {
  await rest();
  await until("closed connections", () => upstream.peers.every(({ socket }) => socket.destroyed));
});
