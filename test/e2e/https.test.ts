// The daemon behind its own certificate: what clients see, and a certificate that is renewed under load.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import OpenAI from "openai";
import { chat, MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { CHAT_TEXT, chatEvents, openai } from "../fixture/openai-answers.ts";
import { rawRequest, requestText } from "../fixture/raw-client.ts";
import { readPem } from "../fixture/raw-server.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const TOKEN = fakeSecret("https_token");
const ADMIN = fakeSecret("https_admin");
const upstream = startUpstream({ otherwise: openai });
const daemon = await startDaemon({
  config: JSON.stringify({
    server: { tls: { cert: "server.pem", key: "server.key" } },
    auth: { client_tokens: [TOKEN], admin_token: ADMIN },
    providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("https")] }],
  }),
  files: { "server.pem": readPem("localhost.pem"), "server.key": readPem("localhost.key") },
});
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const FIRST = new X509Certificate(readPem("localhost.pem")).fingerprint256;
const SECOND = new X509Certificate(readPem("other-host.pem")).fingerprint256;

/** fetch of Bun takes authorities with each call. */
const trusting: typeof fetch = Object.assign(
  (url: string | URL | Request, init?: RequestInit) =>
    fetch(url, { ...init, tls: { ca: readPem("ca.pem") } } as RequestInit),
  { preconnect: fetch.preconnect },
);

async function open(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const port = Number(new URL(daemon.url).port);
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  return socket.on("error", () => {});
}

async function fingerprint(): Promise<string> {
  const socket = await open();
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

const line = (body: string) =>
  requestText("POST /v1/chat/completions", ["Content-Type: application/json", `Authorization: Bearer ${TOKEN}`], body);

describe("over HTTPS", () => {
  test("the address and the curl line say so", () => {
    expect(daemon.url).toStartWith("https://127.0.0.1:");
    expect(daemon.logs()).toContain(`curl ${daemon.url}/v1`);
  });

  test("the SDK works, streams included", async () => {
    const client = new OpenAI({ apiKey: TOKEN, baseURL: `${daemon.url}/v1`, maxRetries: 0, fetch: trusting });
    const messages = [{ role: "user" as const, content: "hi" }];
    const answer = await client.chat.completions.create({ model: MODEL, messages });
    expect(answer.choices[0]?.message.content).toBe(CHAT_TEXT);
    let text = "";
    for await (const chunk of await client.chat.completions.create({ model: MODEL, messages, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe(CHAT_TEXT);
  });

  test("the cookie of the page is Secure, and a page that came without HTTPS is another", async () => {
    const body = new URLSearchParams({ token: ADMIN });
    const login = (origin: string) =>
      trusting(`${daemon.url}/admin/login`, { method: "POST", body, headers: { origin }, redirect: "manual" });
    const { status, headers } = await login(daemon.url);
    expect([status, headers.get("set-cookie")]).toEqual([303, expect.stringMatching(/^__Secure-.*; Secure$/)]);
    expect((await login(daemon.url.replace("https", "http"))).status).toBe(403);
  });

  test.each<[string, ConnectionOptions, string]>([
    ["TLS 1.3", {}, "TLSv1.3"],
    ["TLS 1.2", { maxVersion: "TLSv1.2" }, "TLSv1.2"],
  ])("%s is spoken", async (_name, options, version) => {
    const socket = await open(options);
    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
  });

  test("TLS 1.1 is not", async () => {
    await expect(open({ minVersion: "TLSv1", maxVersion: "TLSv1.1" })).rejects.toThrow();
  });

  test("plain HTTP gets no answer and harms nobody", async () => {
    const answer = await rawRequest(daemon.url.replace("https", "http"), requestText("GET /health"));
    expect(answer.status).toBe(0);
    expect((await trusting(`${daemon.url}/health`)).status).toBe(200);
  });
});

test("a renewed certificate is taken up without breaking a stream", async () => {
  const gate = Promise.withResolvers<void>();
  const [first = "", ...rest] = chatEvents();
  upstream.byModel("slow", () => {
    const body = async function* () {
      yield first;
      await gate.promise;
      for (const event of rest) yield event;
    };
    return new Response(body(), { headers: { "content-type": "text/event-stream" } });
  });
  const socket = await open();
  let received = "";
  socket.on("data", (bytes: Buffer) => {
    received += bytes.toString();
  });
  socket.write(line(JSON.stringify({ model: "slow", stream: true, messages: [] })));
  await until("the first event", () => received.includes(first.trim()));
  expect(await fingerprint()).toBe(FIRST);

  // For a moment the files do not belong together.
  await writeFile(join(daemon.folder, "server.key"), readPem("other-host.key"));
  await until("the mismatch to be said", () => daemon.logs().includes("is not the key of the certificate"));
  expect(await fingerprint()).toBe(FIRST);
  await writeFile(join(daemon.folder, "server.pem"), readPem("other-host.pem"));
  // A connection that is opened at the very moment of the exchange may be reset.
  await until("the new certificate", async () => (await fingerprint().catch(() => undefined)) === SECOND);
  await until("the change in the log", () => daemon.logs().includes("server.tls: changed"));

  gate.resolve();
  await until("the end of the stream", () => received.includes("[DONE]"));
  socket.destroy();
});

test("a daemon that serves HTTP turns to HTTPS by a reload, and back", async () => {
  const config = (server: object) =>
    JSON.stringify({ server, providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("turn")] }] });
  await using other = await startDaemon({ config: config({}) });
  await copyFile(join(daemon.folder, "server.pem"), join(other.folder, "server.pem"));
  await copyFile(join(daemon.folder, "server.key"), join(other.folder, "server.key"));
  expect((await other.ask("/v1/chat/completions", chat())).status).toBe(200);
  await other.writeConfig(config({ tls: { cert: "server.pem", key: "server.key" } }));
  other.signal("SIGHUP");
  const secure = `${other.url.replace("http:", "https:")}/health`;
  const statusOf = (url: string) =>
    fetch(url, { tls: { rejectUnauthorized: false } } as RequestInit).then(
      ({ status }) => status,
      () => 0,
    );
  await until("HTTPS", async () => (await statusOf(secure)) === 200);
  await other.writeConfig(config({}));
  other.signal("SIGHUP");
  await until("HTTP", async () => (await statusOf(`${other.url}/health`)) === 200);
});
