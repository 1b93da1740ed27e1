// Malformed HTTP, huge headers, slow clients and path tricks, through a raw socket: a clear 4xx, never a 500, no crash.
import { afterAll, afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { openConnection, rawRequest, requestText } from "../fixture/raw-client.ts";
import { startRawUpstream } from "../fixture/raw-upstream.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const upstream = await startRawUpstream();
const daemon = await startDaemon(
  JSON.stringify({
    server: { max_body: "64KiB", body_timeout: "300ms" },
    providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("raw")] }],
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});
afterEach(async () => {
  expect((await daemon.ask("/health")).status).toBe(200);
  expect(daemon.logs()).not.toContain("internal_error");
  upstream.calls.length = 0;
});

const HOST = "Host: 127.0.0.1\r\n";
const LONG = "x".repeat(1024 * 1024);

test.each([
  ["no HTTP", "HELLO\r\n\r\n"],
  ["TLS", Uint8Array.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x0d, 0x0a, 0x0d, 0x0a])],
  ["no host", "GET /health HTTP/1.1\r\n\r\n"],
  ["a header without a colon", `GET /health HTTP/1.1\r\n${HOST}No colon\r\n\r\n`],
  ["a header with a space in its name", `GET /health HTTP/1.1\r\n${HOST}A b: c\r\n\r\n`],
  ["a content length that is no number", `POST /v1/x HTTP/1.1\r\n${HOST}Content-Length: abc\r\n\r\n`],
  ["a negative content length", `POST /v1/x HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`],
  ["two content lengths", `POST /v1/x HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
  [
    "length and chunks",
    `POST /v1/x HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ["a chunk size that is no number", `POST /v1/x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
  ["huge headers", `GET /health HTTP/1.1\r\n${HOST}X-Long: ${LONG}\r\n\r\n`],
  ["a huge path", `GET /v1/${LONG} HTTP/1.1\r\n${HOST}\r\n`],
  ["too many headers", `GET /health HTTP/1.1\r\n${HOST}${"A: b\r\n".repeat(20_000)}\r\n`],
])("malformed: %s", async (_name, bytes) => {
  const answer = await rawRequest(daemon.url, bytes);
  expect(answer.status).toBeWithin(400, 500);
  expect(upstream.calls).toEqual([]);
});

test.each([
  ["/health", "", 200],
  ["/health?u=http://x/v1/models", "", 200],
  ["/health", "Host: [::1\r\n", 200],
  ["/v1/models", "", 403],
])("HTTP/1.0, as health checks speak it: %s with %p", async (path, host, status) => {
  expect((await rawRequest(daemon.url, `GET ${path} HTTP/1.0\r\n${host}\r\n`)).status).toBe(status);
});

test.each(["TRACE", "CONNECT", "BREW", "get"])("method %s is refused or closed", async (method) => {
  const text = requestText(`${method} /v1/chat/completions`, ["Connection: close"]);
  const answer = await rawRequest(daemon.url, Buffer.from(text, "latin1"));
  if (answer.status !== 0) expect(answer.status).toBeWithin(400, 500);
  expect(upstream.calls).toEqual([]);
});

test.each([
  "/v1/../../../etc/passwd",
  "/v1/%2e%2e/%2e%2e/etc/passwd",
  "/v1/%2E%2e/x",
  "/v1/files/..%2f..%2f..%2fadmin",
  "/v1/files/%2e%2e%2fkeys",
  "/v1/files/..;/..;/x",
  "/v1/files/.%00./x",
  "/v1/files/a%00b",
  "/v1/files/..\\..\\x",
  "/v1/files/..%5c..%5cx",
  "/v1/files/a%0d%0aX-Injected:%20yes",
  "/v1//files",
  "//v1/files",
  "///evil.test/v1/files",
  "/\\evil.test/v1/files",
  "/main/../v1/files",
  "/main%2fv1/files",
  "/main%5cv1/files",
  "/main%00/v1/files",
  "/%6dain/v1/files",
  "/main/v1/../../x",
  "/v1@evil.test/files",
  "/v1/files#fragment",
  "/v1/files?a=../../x",
  "http://evil.test/v1/files",
  "http://127.0.0.1/v1/../x",
  "/v1/files/%",
  "/v1/files/%zz",
  "/v1/files/%ff%fe",
  "/v1",
  "/v1/",
  "/",
  "*",
  "v1/files",
  "/v1/files/\u00e9",
  "/?provider=main",
  "/v1/files?provider=../x",
])("path %s stays inside the provider or is refused", async (path) => {
  const text = requestText(`GET ${path}`, ["Connection: close"]);
  const answer = await rawRequest(daemon.url, Buffer.from(text, "latin1"));
  if (upstream.calls.length === 0) {
    expect(answer.status).toBeWithin(400, 500);
    return;
  }
  expect(answer.status).toBe(200);
  expect(upstream.calls).toHaveLength(1);
  const target = upstream.calls[0]?.target ?? "";
  const resolved = new URL(decodeOnce(target), "http://upstream.test");
  expect(target).toMatch(/^\/base\/v1(\/|$)/);
  expect(resolved.host).toBe("upstream.test");
  expect(resolved.pathname).toMatch(/^\/base\/v1(\/|$)/);
  expect(JSON.stringify(upstream.calls[0]?.headers)).not.toContain("X-Injected");
});

test.each([
  "/v1/files/file%20a%2Fb%2f%5C",
  "/v1/files/ft:gpt-4o:org::x/content",
  "/v1/files/%E2%82%AC~!$&'()*+=@;b=c,d",
  "/v1/files/%zz%ff%?x=%",
  "/v1/files?a=&b&=c&&d=%",
  "/v1/files?a[]=1&a[]=2&b[c]=d",
  "/v1/files?a=1?b=2&c=//",
  "/v1/files?a=b+c%20d%2B%2b%26",
  "/v1/organization/users/user%2D1/roles?after=%2E%2E",
])("%s arrives as it was sent", async (path) => {
  await rawRequest(daemon.url, requestText(`GET ${path}`, ["Connection: close"]));
  expect(upstream.calls.map(({ target }) => target)).toEqual([`/base${path}`]);
});

test.each([
  ["/v1/files/x/?a=%zz", "/v1/files/x?a=%zz"],
  ["/v1/files/?a=b+c", "/v1/files?a=b+c"],
  ["/v1//files/a%2F//content?b=//", "/v1/files/a%2F/content?b=//"],
  ["/v1/files?provider=main&a=%zz&&b", "/v1/files?a=%zz&&b"],
  ["/v1/files?a=1&%70rovider=main&provider=x&b", "/v1/files?a=1&b"],
])("%s arrives as %s", async (path, target) => {
  await rawRequest(daemon.url, requestText(`GET ${path}`, ["Connection: close"]));
  expect(upstream.calls.map((call) => call.target)).toEqual([`/base${target}`]);
});

test.each(["/main%2fv1/files", "/main%5cv1/files", "/main%00/v1/files"])(
  "an encoded slash, backslash or NUL in the prefix is named: %s",
  async (path) => {
    const answer = await rawRequest(daemon.url, requestText(`GET ${path}`, ["Connection: close"]));
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('"invalid_path"');
  },
);

test("a body above the limit is refused, announced or not", async () => {
  const big = "x".repeat(65 * 1024);
  const announced = await rawRequest(daemon.url, requestText("POST /v1/chat/completions", ["Connection: close"], big));
  expect(announced.status).toBe(413);
  const chunks = `${big.length.toString(16)}\r\n${big}\r\n0\r\n\r\n`;
  const head = requestText("POST /v1/chat/completions", ["Connection: close", "Transfer-Encoding: chunked"]);
  const chunked = await rawRequest(daemon.url, head + chunks);
  expect(chunked.status).toBe(413);
  expect(chunked.body).toContain('"request_too_large"');
  expect(upstream.calls).toEqual([]);
});

test("a body that does not come is answered 408, and others do not wait for it", async () => {
  using slow = await openConnection(daemon.url);
  slow.send(`POST /v1/chat/completions HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\n{"model":`);
  expect((await daemon.ask("/v1/files")).status).toBe(200);
  await slow.untilReceived("request_timeout");
  expect(slow.received()).toStartWith("HTTP/1.1 408");
  expect(upstream.calls).toHaveLength(1);
});

test("headers that come in pieces are a request when they are complete, and block nobody before", async () => {
  using slow = await openConnection(daemon.url);
  const body = JSON.stringify({ model: MODEL });
  const text = requestText("POST /v1/chat/completions", ["Content-Type: application/json"], body);
  for (const piece of [text.slice(0, 5), text.slice(5, 60), text.slice(60, 100)]) {
    slow.send(piece);
    expect((await daemon.ask("/v1/files")).status).toBe(200);
  }
  slow.send(text.slice(100));
  await slow.untilReceived('{"ok":true}');
});

test("200 connections that never finish their headers block nobody", async () => {
  const clients = await Promise.all(Array.from({ length: 200 }, () => openConnection(daemon.url)));
  for (const client of clients) client.send("GET /health HTTP/1.1\r\nHos");
  expect((await daemon.ask("/v1/files")).status).toBe(200);
  for (const client of clients) client[Symbol.dispose]();
});

test("a client that sends half a body and leaves costs nothing upstream", async () => {
  const client = await openConnection(daemon.url);
  client.send(`POST /v1/chat/completions HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\n{"model":`);
  client.socket.destroy();
  await client.closed;
  expect((await daemon.ask("/v1/files")).status).toBe(200);
  expect(upstream.calls.map((call) => call.method)).toEqual(["GET"]);
});

test("one connection serves one request after the other", async () => {
  using client = await openConnection(daemon.url);
  client.send(requestText("GET /v1/files/1"));
  await client.untilReceived('{"ok":true}');
  client.send(requestText("GET /v1/files/2"));
  await client.untilReceived("}HTTP/1.1 200 OK");
  expect(upstream.calls.map((call) => call.target)).toEqual(["/base/v1/files/1", "/base/v1/files/2"]);
});

/** What a careless upstream that decodes once before it resolves the path would see. */
function decodeOnce(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}
