// Every path at which the official SDK opens WebSockets, through the daemon: target, key, messages and closes.
import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { startDaemon } from "../fixture/daemon.ts";
import { sdkSockets } from "../fixture/sdk-operations.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { SocketClient } from "../fixture/socket-client.ts";
import { type SocketPeer, startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const TOKEN = fakeSecret("sockets_token");
const PATHS = sdkSockets().map((template) => ({ template, path: `/v1/${template.replace("{id}", "live_1")}` }));
/** Those that name no object: any key will do. */
const FOR_ANY_KEY = PATHS.filter(({ template }) => !template.includes("{id}"));
const keyOf = (provider: string, name: "a" | "b") => fakeSecret(`sockets_${provider}_${name}`);
const refusing = (index: number) => `refusing-${index}`;

const upstream = await startSocketServer(() => {});
const daemon = await startDaemon(
  JSON.stringify({
    auth: { client_tokens: [TOKEN] },
    strategy: "fill_first",
    providers: [
      {
        name: "main",
        base_url: upstream.url,
        api_keys: [keyOf("main", "a"), { name: "owner", key: keyOf("main", "b") }],
        stateful_key: "owner",
      },
      ...FOR_ANY_KEY.map((_, index) => ({
        name: refusing(index),
        base_url: upstream.url,
        api_keys: [keyOf(refusing(index), "a"), keyOf(refusing(index), "b")],
      })),
    ],
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});
beforeEach(() => {
  upstream.peers.length = 0;
  upstream.onPeer = echo;
});

describe("a WebSocket", () => {
  test.each(PATHS)("at $template reaches the key that it needs, and messages pass", async ({ template, path }) => {
    await using client = connect(`${path}?model=m&x=a%20b`);
    await client.opened;
    client.send('{"type":"x","n":1.0,"s":"\\u00e9\u00e9"}');
    client.send(Uint8Array.of(0, 255, 1));
    expect(await client.until(2)).toEqual(['{"type":"x","n":1.0,"s":"\\u00e9\u00e9"}', Buffer.of(0, 255, 1)]);
    const [peer] = upstream.peers;
    expect(peer?.target).toBe(`${path}?model=m&x=a%20b`);
    expect(peer?.key).toBe(keyOf("main", template.includes("{id}") ? "b" : "a"));
    expect(peer?.headers.get("openai-beta")).toBe("any=v1");
    expect(JSON.stringify([...(peer?.headers ?? [])])).not.toContain(TOKEN);
    client.socket.close(4001, "done");
    await peer?.until(({ close }) => close !== undefined);
    expect(peer?.close).toEqual({ code: 4001, reason: "done" });
  });

  test.each(FOR_ANY_KEY.map(({ path }, index) => ({ path, index })))(
    "at $path gets another key when its first is refused",
    async ({ path, index }) => {
      const provider = refusing(index);
      const error = { message: "Incorrect API key provided", type: "invalid_request_error", code: "invalid_api_key" };
      upstream.onPeer = (peer) => (peer.key === keyOf(provider, "a") ? peer.refuse(401, { error }) : echo(peer));
      await using client = connect(`/${provider}${path}?model=m`);
      await client.opened;
      client.send("{}");
      expect(await client.until(1)).toEqual(["{}"]);
      expect(upstream.peers.map(({ key }) => key)).toEqual([keyOf(provider, "a"), keyOf(provider, "b")]);
    },
  );
});

function echo(peer: SocketPeer): void {
  peer.accept().onFrame = ({ opcode, payload }) => {
    if (opcode <= 2) peer.send(opcode, payload);
  };
}

function connect(path: string): SocketClient {
  const headers = { authorization: `Bearer ${TOKEN}`, "OpenAI-Beta": "any=v1" };
  return new SocketClient(daemon.url + path, { headers });
}
