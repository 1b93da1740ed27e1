// Sessions under the rules of client tokens, over reloads, and at the end of the daemon.
import { afterAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { startDaemon } from "../fixture/daemon.ts";
import { rawRequest, requestText } from "../fixture/raw-client.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { SocketClient } from "../fixture/socket-client.ts";
import { type SocketPeer, startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const tokenOf = (name: string) => fakeSecret(`realtime_limits_${name}`);
const upstream = await startSocketServer(() => {});
const config = (more: object = {}, withoutToken = "") =>
  JSON.stringify({
    ...more,
    server: { drain_timeout: "200ms" },
    auth: {
      client_tokens: [
        { name: "one", token: tokenOf("one"), concurrency: 1 },
        { name: "thousand", token: tokenOf("thousand"), tpd: 5000 },
        { name: "money", token: tokenOf("money"), budget: { amount: 1, per: "day" } },
        { name: "rich", token: tokenOf("rich"), budget: { amount: 100 } },
        { name: "model", token: tokenOf("model"), models: ["gpt-realtime"] },
        { name: "chat", token: tokenOf("chat"), operations: ["chat/completions"] },
        { name: "free", token: tokenOf("free") },
        { name: "gone", token: tokenOf("gone") },
      ].filter(({ name }) => name !== withoutToken),
    },
    usage: { prices: [{ models: ["gpt-*"], input: 100, output: 100 }] },
    providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("realtime_limits_key")] }],
  });
const daemon = await startDaemon(config());
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

beforeEach(() => {
  upstream.peers.length = 0;
  upstream.onPeer = answering;
});

/** Each message is answered with a response of a thousand tokens. */
function answering(peer: SocketPeer): void {
  peer.accept().json({ type: "session.created" });
  peer.onFrame = ({ opcode }) => {
    const usage = { input_tokens: 600, output_tokens: 400 };
    if (opcode === 1) peer.json({ type: "response.done", response: { usage } });
  };
}

function connect(token: string, path = "/v1/realtime?model=gpt-realtime"): SocketClient {
  return new SocketClient(daemon.url + path, { headers: { authorization: `Bearer ${tokenOf(token)}` } });
}

async function refusal(token: string, path = "/v1/realtime?model=gpt-realtime"): Promise<[number, string]> {
  const lines = [
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    `Authorization: Bearer ${tokenOf(token)}`,
  ];
  const { status, body } = await rawRequest(daemon.url, requestText(`GET ${path}`, lines));
  return [status, (JSON.parse(body) as { error: { code: string } }).error.code];
}

test("a session is a request in flight until both sides are closed", async () => {
  const first = connect("one");
  await first.until(1);
  expect(await refusal("one")).toEqual([429, "rate_limit_exceeded"]);
  first.socket.close();
  await first.closed;
  await upstream.peers[0]?.gone;
  const next = await until("the place to be free", async () => {
    const client = connect("one");
    return client.until(1).then(
      () => client,
      () => undefined,
    );
  });
  next.socket.close();
  await next.closed;
});

test.each([
  ["thousand", "token_limit_exceeded", 6],
  ["money", "insufficient_quota", 11],
])(
  "token %s: what a session reports counts at once, and ends it when more than the limit is spent",
  async (token, code, responses) => {
    const client = connect(token);
    await client.until(1);
    for (let turn = 0; turn < responses; turn += 1) {
      client.send("{}");
      await client.until(turn + 2);
    }
    expect(await client.closed).toEqual({ code: 1008, reason: code });
    expect(JSON.parse(client.texts.at(-1) ?? "")).toMatchObject({ type: "error", error: { code } });
    expect(client.texts).toHaveLength(responses + 2);
    expect((await refusal(token))[0]).toBe(429);
    expect(upstream.peers).toHaveLength(1);
    await upstream.peers[0]?.gone;
    expect(upstream.peers[0]?.close?.code).toBe(1001);
  },
);

test("what a token may not do is refused before anything is asked upstream", async () => {
  expect(await refusal("model", "/v1/realtime?model=gpt-other")).toEqual([403, "forbidden"]);
  // Of two a provider may obey either, and a call has a model of its own.
  expect(await refusal("model", "/v1/realtime?model=gpt-realtime&model=gpt-other")).toEqual([403, "forbidden"]);
  expect(await refusal("model", "/v1/realtime?model=gpt-realtime&call_id=rtc_1")).toEqual([403, "forbidden"]);
  expect(await refusal("rich", "/v1/responses?model=gpt-realtime")).toEqual([403, "forbidden"]);
  expect(await refusal("rich", "/v1/realtime?model=gpt-realtime&deployment=gpt-other")).toEqual([403, "forbidden"]);
  // Its messages say which model they are for.
  expect(await refusal("model", "/v1/responses")).toEqual([403, "forbidden"]);
  expect(await refusal("chat")).toEqual([403, "forbidden"]);
  expect(upstream.peers).toHaveLength(0);
  await using client = connect("model");
  await client.until(1);
});

test("sessions go on over a reload, and are told to come back when the daemon stops", async () => {
  const client = connect("free");
  await client.until(1);
  upstream.onPeer = (peer) => void peer.accept();
  const unasked = connect("free", "/v1/responses");
  await unasked.opened;
  const gone = connect("gone", "/v1/responses");
  await gone.opened;
  await daemon.writeConfig(config({ strategy: "random" }, "gone"));
  daemon.signal("SIGHUP");
  await until("the reload", () => daemon.logs().includes("strategy"));
  client.send("{}");
  expect(await client.until(2)).toHaveLength(2);
  // Its token is known no more, so that it may ask for nothing more.
  gone.send("{}");
  expect(await gone.closed).toEqual({ code: 1008, reason: "invalid_api_key" });
  expect(upstream.peers[2]?.texts).toEqual([]);
  const record = /"error":"invalid_api_key".*"client":"gone".*"msg":"Session ended"/;
  await until("its record", () => record.test(daemon.logs()));
  daemon.signal("SIGTERM");
  expect(await client.closed).toEqual({ code: 1012, reason: "shutting_down" });
  expect(await unasked.closed).toEqual({ code: 1012, reason: "shutting_down" });
  expect(await daemon.exited).toBe(0);
  expect(upstream.peers[0]?.close?.code).toBe(1001);
});
