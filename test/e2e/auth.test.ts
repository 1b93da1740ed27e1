// Who is let in: client tokens in every header form, and the loopback rule without any token.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { fixed } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { rawRequest } from "../fixture/raw-client.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const TOKENS = [fakeSecret("auth_first"), fakeSecret("auth_second")];
const [TOKEN = "", OTHER = ""] = TOKENS;
const ADMIN = fakeSecret("auth_admin");
const upstream = startUpstream({ otherwise: fixed(200, "{}") });
const providers = [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("auth")] }];
const guarded = await startDaemon(JSON.stringify({ auth: { client_tokens: TOKENS, admin_token: ADMIN }, providers }));
const open = await startDaemon(JSON.stringify({ providers }));
afterAll(async () => {
  await guarded.stop();
  await open.stop();
  await upstream[Symbol.asyncDispose]();
});

describe("with client tokens", () => {
  test.each([
    { authorization: `Bearer ${TOKEN}` },
    { authorization: `bearer ${OTHER}` },
    { authorization: `BEARER ${TOKEN}` },
    { "x-api-key": TOKEN },
    { "api-key": OTHER },
    { "x-goog-api-key": TOKEN },
    { authorization: "Bearer wrong", "x-api-key": TOKEN },
  ])("let in: %j", async (headers) => {
    expect((await guarded.ask("/v1/chat/completions", { ...chat(), headers })).status).toBe(200);
  });

  test.each([
    [{}, "missing_api_key"],
    [{ authorization: "" }, "missing_api_key"],
    [{ authorization: "Bearer wrong" }, "invalid_api_key"],
    [{ authorization: `Bearer ${TOKEN}x` }, "invalid_api_key"],
    [{ authorization: `Bearer ${TOKEN.slice(0, -1)}` }, "invalid_api_key"],
    [{ "x-api-key": ADMIN }, "invalid_api_key"],
  ])("kept out: %j", async (headers, code) => {
    const before = upstream.count();
    const answer = await guarded.ask("/v1/chat/completions", { ...chat(), headers });
    expect(answer.status).toBe(401);
    expect(answer.json().error.code).toBe(code);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(upstream.count()).toBe(before);
  });

  test("a token in the query counts only where that is allowed", async () => {
    expect((await guarded.ask(`/v1/chat/completions?key=${TOKEN}`, chat())).status).toBe(401);
  });

  test("health needs no token, models do", async () => {
    expect((await guarded.ask("/health")).status).toBe(200);
    expect((await guarded.ask("/ready")).status).toBe(200);
    expect((await guarded.ask("/v1/models")).status).toBe(401);
  });

  test("a body is not waited for when the token is wrong", async () => {
    const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x.test\r\nAuthorization: Bearer wrong\r\n";
    const answer = await rawRequest(guarded.url, `${head}Content-Length: 1000000\r\n\r\n`);
    expect(answer.status).toBe(401);
  });
});

describe("without client tokens", () => {
  test.each(["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "localhost:8000", "127.0.0.1:1"])(
    "a loopback host is let in: %s",
    async (host) => {
      expect((await rawRequest(open.url, get(host))).status).toBe(200);
    },
  );

  test.each(["evil.test", "127.0.0.1.evil.test", "localhost.evil.test", "10.0.0.1", "0.0.0.0"])(
    "another host is kept out: %s",
    async (host) => {
      const answer = await rawRequest(open.url, get(host));
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('"forbidden"');
    },
  );

  test.each(["http://evil.test", "http://localhost:3000", "null"])("a page is kept out: origin %s", async (origin) => {
    const before = upstream.count();
    expect((await rawRequest(open.url, get("127.0.0.1", [`Origin: ${origin}`]))).status).toBe(403);
    expect(upstream.count()).toBe(before);
  });

  test("whatever credential a client sends is accepted and goes nowhere", async () => {
    const headers = { authorization: `Bearer ${OTHER}`, "content-type": "application/json" };
    expect((await open.ask("/v1/chat/completions", { ...chat(), headers })).status).toBe(200);
    expect(JSON.stringify([...(upstream.calls.at(-1)?.headers ?? [])])).not.toContain(OTHER);
  });

  test("the admin reads stay closed without an admin token", async () => {
    for (const path of ["/v1/providers", "/v1/keys/list"]) expect((await open.ask(path)).status).toBe(401);
  });

  test("it is said once at start", () => {
    expect(open.logs().match(/without a token/g)).toHaveLength(1);
  });
});

function get(host: string, headers: readonly string[] = []): string {
  return [`GET /v1/files HTTP/1.1`, `Host: ${host}`, "Connection: close", ...headers, "", ""].join("\r\n");
}

describe("behind a reverse proxy", () => {
  test("the log names the client that was turned away, as the trusted proxy saw it", async () => {
    await using daemon = await startDaemon(
      JSON.stringify({
        server: { trusted_proxies: ["127.0.0.1"] },
        auth: { client_tokens: [fakeSecret("proxied_token")] },
        providers,
      }),
    );
    const headers = { authorization: "Bearer wrong", "x-forwarded-for": "198.51.100.1, 203.0.113.7, 127.0.0.1" };
    expect((await daemon.ask("/v1/models", { headers })).status).toBe(401);
    await until("the record", () => daemon.logs().includes('"address":"203.0.113.7"'));
    expect(daemon.logs()).not.toContain("198.51.100.1");
  });

  test("nobody is let in without a token, and told why", async () => {
    const answer = await open.ask("/v1/models", { headers: { "x-forwarded-for": "203.0.113.7" } });
    expect(answer.status).toBe(403);
    expect(answer.json().error.message).toContain("set auth.client_tokens");
    await until("the record", () => open.logs().includes('"address":"127.0.0.1"'));
  });
});
