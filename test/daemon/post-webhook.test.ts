// One try, against real receivers on the loopback.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { WebhookConfig } from "../../src/config/webhook-config.ts";
import { type PostOptions, postWebhook } from "../../src/daemon/post-webhook.ts";
import { schedule } from "../../src/daemon/schedule.ts";
import { createUndiciTransport } from "../../src/upstream/undici-transport.ts";
import { testPayload } from "../../src/webhooks/payload.ts";
import { isGenuine, startReceiver } from "../fixture/receiver.ts";
import { until } from "../fixture/until.ts";
import { VirtualTime } from "../proxy/fixtures.ts";
import { webhook } from "./webhook-lab.ts";

const TLS = join(import.meta.dir, "../fixture/tls");
const SECRET = `whsec_${Buffer.from("a fake secret of 24 bytes").toString("base64")}`;
const PAYLOAD = testPayload(Date.now(), { id: "msg_1", form: "generic", host: "box", redact: String });

async function post(fields: Partial<WebhookConfig>, options: Partial<PostOptions> = {}) {
  const transport = createUndiciTransport();
  const timing = { now: Date.now, random: Math.random, schedule };
  const signal = new AbortController().signal;
  try {
    const given = { transport, timing, redact: (text: string) => text, signal, ...options };
    return await postWebhook(PAYLOAD, webhook(fields), given);
  } finally {
    await transport.close();
  }
}

test("posts JSON, signed, with the headers of the configuration, to path and query", async () => {
  await using receiver = startReceiver();
  const end = await post({ url: `${receiver.url}?room=a%20b`, secret: SECRET, headers: { "X-Team": "platform" } });
  expect(end).toMatchObject({ status: 200 });
  const [received] = receiver.received;
  expect(received?.path).toBe("/hook?room=a%20b");
  expect(received?.text).toBe(PAYLOAD.body);
  expect(received?.headers.toJSON()).toMatchObject({
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(PAYLOAD.body)),
    "user-agent": "openai-balance",
    "webhook-id": "msg_1",
    "x-team": "platform",
  });
  expect(received && isGenuine(received, SECRET, Date.now())).toBe(true);
});

test("follows no redirect: neither a message nor a header goes elsewhere", async () => {
  await using elsewhere = startReceiver();
  await using receiver = startReceiver();
  receiver.answer(() => new Response(null, { status: 307, headers: { location: elsewhere.url } }));
  expect(await post({ url: receiver.url, headers: { Authorization: "Bearer fake" } })).toMatchObject({ status: 307 });
  expect(elsewhere.received).toEqual([]);
});

test("heeds Retry-After", async () => {
  await using receiver = startReceiver();
  receiver.answer(() => new Response(null, { status: 429, headers: { "retry-after": "7" } }));
  expect(await post({ url: receiver.url })).toEqual({ status: 429, retryAfterMs: 7_000 });
});

test("reads no more of an answer than it must, and takes its status all the same", async () => {
  await using receiver = startReceiver();
  let isLeft = false;
  const endless = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => {
        isLeft = true;
      },
    });
  receiver.answer(() => new Response(endless()));
  expect(await post({ url: receiver.url })).toMatchObject({ status: 200 });
  await until("the connection is closed", () => isLeft);
});

test("what an answer says is not looked at", async () => {
  await using receiver = startReceiver();
  receiver.answer(() => new Response(gzipSync("{broken"), { headers: { "content-encoding": "gzip" } }));
  expect(await post({ url: receiver.url })).toMatchObject({ status: 200 });
});

test("a receiver that is silent is given up after the timeout", async () => {
  await using receiver = startReceiver();
  receiver.answer(() => new Promise(() => {}));
  const time = new VirtualTime();
  const ended = post({ url: receiver.url, timeoutMs: 5_000 }, { timing: time });
  await until("the message is there", () => receiver.received.length === 1);
  await time.advance(4_999);
  expect(await Promise.race([ended, Promise.resolve("waits")])).toBe("waits");
  await time.advance(1);
  expect(await ended).toEqual({ fault: "TIMEOUT" });
});

test("nobody there, and an abort", async () => {
  const gone = startReceiver();
  await gone[Symbol.asyncDispose]();
  expect(await post({ url: gone.url })).toEqual({ fault: "ECONNREFUSED" });
  await using receiver = startReceiver();
  expect(await post({ url: receiver.url }, { signal: AbortSignal.abort() })).toEqual({ fault: "ABORTED" });
});

test("TLS is verified: a message goes to nobody whose certificate no authority vouches for", async () => {
  const [cert, key, ca] = await Promise.all(
    ["localhost.pem", "localhost.key", "ca.pem"].map((name) => Bun.file(join(TLS, name)).text()),
  );
  let calls = 0;
  const fetch = () => new Response(String(++calls));
  await using server = Bun.serve({ port: 0, hostname: "127.0.0.1", tls: { cert, key }, fetch });
  const url = `https://localhost:${server.port}/hook`;
  const refused = await post({ url });
  expect([refused.status, calls]).toEqual([undefined, 0]);
  await using trusting = trustingTransport(ca ?? "");
  expect(await post({ url }, { transport: trusting.transport })).toMatchObject({ status: 200 });
});

function trustingTransport(ca: string) {
  const transport = createUndiciTransport({ ca });
  return { transport, [Symbol.asyncDispose]: () => transport.close() };
}
