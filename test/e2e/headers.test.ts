// The header policy, line by line, on the wire of both sides.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { type RawAnswer, rawRequest, requestText } from "../fixture/raw-client.ts";
import { type RawCall, startRawUpstream } from "../fixture/raw-upstream.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEY = fakeSecret("headers");
const TOKEN = fakeSecret("headers_client");
const BODY = JSON.stringify({ model: MODEL, messages: [] });
const answerHeaders: string[] = [];
const upstream = await startRawUpstream((call) => {
  const head = ["HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 2", ...answerHeaders];
  call.socket.write(`${head.join("\r\n")}\r\n\r\n{}`);
});
const daemon = await startDaemon(
  JSON.stringify({
    auth: { client_tokens: [TOKEN], allow_query_key: true },
    providers: [
      { name: "plain", base_url: upstream.url, api_keys: [KEY] },
      { name: "two-keys", base_url: upstream.url, api_keys: [fakeSecret("headers_a"), fakeSecret("headers_b")] },
      { name: "passes-org", base_url: upstream.url, api_keys: [KEY], pass_organization: true },
      { name: "claude", base_url: upstream.url, api_keys: [KEY], dialect: "anthropic" },
      { name: "google", base_url: upstream.url, api_keys: [KEY], dialect: "gemini" },
      { name: "cloud", base_url: upstream.url, api_keys: [KEY], dialect: "azure" },
      {
        name: "own-headers",
        base_url: upstream.url,
        api_keys: [{ key: KEY, headers: { "X-Team": "of the key" } }],
        headers: { "X-Team": "of the provider", "X-Site": "here", "User-Agent": "configured" },
      },
      { name: "own-credential", base_url: upstream.url, api_keys: [KEY], auth_header: "X-Secret", auth_prefix: "Key " },
    ],
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

test.each([
  ["a cookie", "Cookie: session=1"],
  ["the client's x-api-key", `X-Api-Key: ${TOKEN}`],
  ["the client's api-key", `Api-Key: ${TOKEN}`],
  ["the client's x-goog-api-key", `X-Goog-Api-Key: ${TOKEN}`],
  ["keep-alive", "Keep-Alive: timeout=5"],
  ["proxy-authorization", "Proxy-Authorization: Basic eDp5"],
  ["proxy-connection", "Proxy-Connection: kept-open"],
  ["te", "TE: trailers"],
  ["trailer", "Trailer: X-End"],
  ["upgrade", "Upgrade: h2c"],
  ["what Connection lists", "X-Hop: hop-value"],
  ["expect", "Expect: 100-continue"],
  ["origin", "Origin: https://page.example"],
  ["x-forwarded-for", "X-Forwarded-For: 10.0.0.1"],
  ["x-forwarded-proto", "X-Forwarded-Proto: https"],
  ["x-forwarded-anything", "X-Forwarded-Anything: forwarded-value"],
  ["forwarded", "Forwarded: for=10.0.0.1"],
  ["via", "Via: 1.1 proxy"],
  ["the organisation", "OpenAI-Organization: org-1"],
  ["the project", "OpenAI-Project: proj-1"],
])("never upstream: %s", async (_name, line) => {
  const call = await send("/v1/chat/completions", ["Connection: X-Hop, keep-alive", line]);
  const [name = "", value = ""] = line.split(": ");
  expect(namesOf(call)).not.toContain(name.toLowerCase());
  expect(JSON.stringify(call.headers)).not.toContain(value);
});

test("never upstream: the client's own host, accept-encoding and credential", async () => {
  const call = await send("/v1/chat/completions", ["Accept-Encoding: gzip, br"]);
  expect(call.header("host")).toBe(new URL(upstream.url).host);
  expect(call.header("accept-encoding")).toBe("identity");
  expect(call.header("authorization")).toBe(`Bearer ${KEY}`);
  expect(namesOf(call).filter((name) => name === "authorization")).toHaveLength(1);
  expect(call.header("content-length")).toBe(String(BODY.length));
});

test.each([
  ["OpenAI-Beta", "assistants=v2"],
  ["Idempotency-Key", "idem-1"],
  ["User-Agent", "client/1.0"],
  ["Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
  ["X-Stainless-Lang", "js"],
  ["X-Request-Id", "req-of-client"],
  ["X-Unknown", 'caf\u00e9, "quoted"'],
  ["Accept", "application/json"],
  ["Content-Type", "application/json; charset=utf-8"],
])("upstream as sent: %s", async (name, value) => {
  const call = await send("/v1/chat/completions", [`${name}: ${value}`]);
  expect(call.header(name.toLowerCase())).toBe(value);
});

test("upstream adds nothing that names the client or this program", async () => {
  const names = namesOf(await send("/v1/chat/completions", ["User-Agent: client/1.0", "Accept: */*"]));
  expect(names.sort()).toEqual([
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "user-agent",
  ]);
});

test("organisation and project pass where the provider says so", async () => {
  const call = await send("/passes-org/v1/chat/completions", ["OpenAI-Organization: org-1", "OpenAI-Project: proj-1"]);
  expect(call.header("openai-organization")).toBe("org-1");
  expect(call.header("openai-project")).toBe("proj-1");
});

test("headers of provider and key are set last, the key's over the provider's", async () => {
  const call = await send("/own-headers/v1/chat/completions", ["X-Site: client", "X-Team: client", "User-Agent: c/1"]);
  expect(call.header("x-team")).toBe("of the key");
  expect(call.header("x-site")).toBe("here");
  expect(call.header("user-agent")).toBe("configured");
  expect(namesOf(call).filter((name) => name === "x-site")).toHaveLength(1);
});

test("the credential goes where the provider wants it and nowhere else", async () => {
  const call = await send("/own-credential/v1/chat/completions", ["X-Secret: from the client"]);
  expect(call.header("x-secret")).toBe(`Key ${KEY}`);
  expect(call.header("authorization")).toBeUndefined();
});

test.each([
  ["claude", "/claude/v1/messages", "x-api-key", "anthropic-version"],
  ["google", "/google/v1beta/models/m:generateContent", "x-goog-api-key", ""],
  ["cloud", "/cloud/v1/chat/completions", "api-key", ""],
])("the credential follows the dialect of %s", async (_name, path, header, added) => {
  const call = await send(path, ["Anthropic-Beta: tools"]);
  expect(call.header(header)).toBe(KEY);
  expect(call.header("authorization")).toBeUndefined();
  expect(call.header("anthropic-beta")).toBe("tools");
  if (added !== "") expect(call.header(added)).toBe("2023-06-01");
});

test("a key in the query is a credential, and never goes upstream", async () => {
  const path = `/v1/chat/completions?a=1&key=${TOKEN}&b=2`;
  await rawRequest(
    daemon.url,
    requestText(`POST ${path}`, ["Content-Type: application/json", "Connection: close"], BODY),
  );
  expect(upstream.calls.at(-1)?.target).toBe("/base/v1/chat/completions?a=1&b=2");
});

test.each([
  ["set-cookie", "Set-Cookie: a=1"],
  ["keep-alive", "Keep-Alive: timeout=99"],
  ["proxy-authenticate", "Proxy-Authenticate: Basic"],
  ["what Connection lists", "X-Hop: hop-value"],
  ["access-control-allow-origin", "Access-Control-Allow-Origin: *"],
  ["openai-organization", "OpenAI-Organization: org-of-key"],
  ["openai-project", "OpenAI-Project: proj-of-key"],
])("never back: %s", async (_name, line) => {
  const answer = await back("/v1/chat/completions", ["Connection: X-Hop", line]);
  const [name = "", value = ""] = line.split(": ");
  expect(answer.head.toLowerCase()).not.toContain(`${name.toLowerCase()}:`);
  expect(answer.head).not.toContain(`: ${value}\r\n`);
});

test.each([
  ["x-request-id", "req_upstream"],
  ["openai-processing-ms", "12"],
  ["openai-version", "2020-10-01"],
  ["retry-after-ms", "5"],
  ["x-unknown", "some value"],
])("back as sent: %s", async (name, value) => {
  const answer = await back("/v1/chat/completions", [`${name}: ${value}`]);
  expect(answer.head.toLowerCase()).toContain(`\r\n${name}: ${value}`);
});

test("rate limit headers come back from a pool of one key only", async () => {
  const line = "X-RateLimit-Remaining-Requests: 59";
  expect((await back("/v1/chat/completions", [line])).head.toLowerCase()).toContain(line.toLowerCase());
  expect((await back("/two-keys/v1/chat/completions", [line])).head.toLowerCase()).not.toContain("x-ratelimit");
});

test("every answer has an id of ours, and a request id where the upstream gave none", async () => {
  const first = await daemon.ask("/v1/chat/completions", authorized());
  const second = await daemon.ask("/v1/chat/completions", authorized());
  const ids = [first, second].map((answer) => answer.headers.get("x-openai-balance-request-id"));
  expect(ids[0]).toMatch(/^req_[0-9a-f]{24}$/);
  expect(ids[0]).not.toBe(ids[1]);
  expect(first.headers.get("x-request-id")).toBe(ids[0] ?? "");
});

test("what a browser shows cannot act as the page of this origin, and programs get it as it came", async () => {
  const policyOf = async (accept: string) => {
    const { headers } = await daemon.ask("/v1/models/x", { headers: { authorization: `Bearer ${TOKEN}`, accept } });
    return headers.get("content-security-policy");
  };
  expect(await policyOf("text/html,*/*;q=0.8")).toBe("sandbox; default-src 'none'");
  expect(await policyOf("*/*")).toBeNull();
});

function authorized(): RequestInit {
  return {
    method: "POST",
    body: BODY,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
  };
}

async function send(path: string, headers: readonly string[]): Promise<RawCall> {
  const before = upstream.calls.length;
  await exchange(path, headers);
  const call = upstream.calls[before];
  if (call === undefined) throw new Error(`The request for ${path} did not reach the upstream`);
  return call;
}

async function back(path: string, headers: readonly string[]): Promise<RawAnswer> {
  answerHeaders.splice(0, answerHeaders.length, ...headers);
  try {
    return await exchange(path, []);
  } finally {
    answerHeaders.length = 0;
  }
}

async function exchange(path: string, headers: readonly string[]): Promise<RawAnswer> {
  const given = headers.map((line) => line.split(":")[0]?.toLowerCase());
  const type = given.includes("content-type") ? [] : ["Content-Type: application/json"];
  const all = [`Authorization: Bearer ${TOKEN}`, ...type, ...headers];
  const answer = await rawRequest(daemon.url, Buffer.from(requestText(`POST ${path}`, all, BODY), "latin1"));
  expect(answer.status).toBe(200);
  return answer;
}

function namesOf(call: RawCall): string[] {
  return call.headers.map(([name]) => name.toLowerCase());
}
