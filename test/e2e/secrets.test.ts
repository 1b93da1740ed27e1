// No key and no token in any log, error or answer, however hard the upstream quotes it.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { errorJson, events } from "../fixture/behaviours.ts";
import { chat, post } from "../fixture/client.ts";
import { runProgram, startDaemon } from "../fixture/daemon.ts";
import { rawRequest, requestText } from "../fixture/raw-client.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Behaviour, type Call, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const TOKEN = fakeSecret("leak_client");
const ADMIN = fakeSecret("leak_admin");
const WRONG = fakeSecret("leak_stranger", true);

const text = (call: Call) => `Incorrect API key provided: ${call.key}. Find yours at https://example.test/${call.key}`;
const status =
  (code: number, name: string): Behaviour =>
  (call) =>
    errorJson(code, name, text(call), {
      "x-quoted": `the key is ${call.key}`,
      "www-authenticate": `Bearer ${call.key}`,
    });

/** How upstreams quote the credential; a provider for each, so that each begins with fresh health. */
const QUOTES: Readonly<Record<string, Behaviour>> = {
  "bad-request": status(400, "odd"),
  unauthorized: status(401, "invalid_api_key"),
  forbidden: status(403, "access_denied"),
  missing: status(404, "not_found"),
  limited: status(429, "rate_limit_exceeded"),
  "no-credit": status(429, "insufficient_quota"),
  failed: status(500, "server_error"),
  overloaded: status(503, "overloaded"),
  html: (call) =>
    new Response(`<html><body>${text(call)}</body></html>`, { status: 403, headers: { "content-type": "text/html" } }),
  plain: (call) => new Response(text(call), { status: 400, headers: { "content-type": "text/plain" } }),
  inside: (call) => Response.json({ error: { message: text(call), code: "server_error", param: call.key } }),
  event: (call) => events([`data: ${JSON.stringify({ error: { message: text(call), code: "server_error" } })}\n\n`]),
  redirect: (call) => new Response(null, { status: 302, headers: { location: `https://x.test/?key=${call.key}` } }),
};

const upstream = startUpstream({
  listing: () => Response.json({ object: "list", data: [] }),
  otherwise: (call) => {
    const name = /^\/v1\/of\/([a-z-]+)\//.exec(call.path)?.[1] ?? "";
    return QUOTES[name]?.(call) ?? Response.json({ object: "list", data: [] });
  },
});
const daemon = await startDaemon(
  JSON.stringify({
    auth: { client_tokens: [{ name: "ci", token: TOKEN }], admin_token: ADMIN, allow_query_key: true },
    providers: Object.keys(QUOTES).map((name, index) => ({
      name,
      base_url: `${upstream.url}/of/${name}`,
      api_keys: [fakeSecret(`leak_${name}`, index % 2 === 0)],
      max_retries: 1,
    })),
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, "content-type": "application/json" });

test.each(Object.keys(QUOTES))("an upstream that quotes the key: %s", async (name) => {
  for (const stream of [false, true]) {
    const init = { ...chat({ stream }), headers: bearer(TOKEN) };
    const answer = await daemon.ask(`/${name}/v1/chat/completions`, init);
    expect(answer.status >= 400 || answer.text.includes('"error"')).toBe(true);
  }
  const key = fakeSecret(`leak_${name}`, Object.keys(QUOTES).indexOf(name) % 2 === 0);
  expect(upstream.count(key)).toBeGreaterThan(0);
});

test("a 400 that quotes the key keeps the rest of its text", async () => {
  const answer = await daemon.ask("/bad-request/v1/chat/completions", { ...chat(), headers: bearer(TOKEN) });
  expect(answer.status).toBe(400);
  expect(answer.json().error.message).toMatch(/^Incorrect API key provided: \S+\. Find yours at https:\/\/example/);
});

test.each([
  ["a wrong token", { authorization: `Bearer ${WRONG}` }],
  ["a wrong x-api-key", { "x-api-key": WRONG }],
  ["a token in the wrong scheme", { authorization: `Basic ${TOKEN}` }],
  ["the admin token as client", { authorization: `Bearer ${ADMIN}` }],
])("%s", async (_name, headers) => {
  expect((await daemon.ask("/v1/chat/completions", { ...chat(), headers })).status).toBe(401);
});

test("secrets in paths, queries, bodies and broken requests", async () => {
  await daemon.ask(`/v1/chat/completions?key=${TOKEN}`, chat());
  await daemon.ask(`/v1/chat/completions?key=${WRONG}`, chat());
  await daemon.ask(`/${TOKEN}/v1/models`, { headers: bearer(TOKEN) }).catch(onlyEcho);
  await daemon.ask("/v1/chat/completions", { ...post(`{"model":"${TOKEN}"`), headers: bearer(TOKEN) });
  await rawRequest(daemon.url, requestText(`GET /%2f/${TOKEN}`, [`Authorization: Bearer ${TOKEN}`])).catch(onlyEcho);
});

test.each(["/v1/providers", "/v1/providers/status", "/v1/keys/list", "/health", "/ready", "/v1/models"])(
  "the admin's and everyone's reads: %s",
  async (path) => {
    const answer = await daemon.ask(path, { headers: bearer(path.startsWith("/v1/models") ? TOKEN : ADMIN) });
    expect(answer.status).toBe(200);
  },
);

test("every log line so far is free of secrets, and the upstreams' texts are there", async () => {
  await until("the log of a refused key", () => daemon.logs().includes("Incorrect API key provided"));
  expect(leakIn(daemon.logs())).toBeUndefined();
});

test("a config that is wrong is described without its values", async () => {
  const secret = fakeSecret("leak_config", true);
  const configs = [
    `providers: [{ name: a, base_url: "${secret}", api_keys: ["${secret}"] }]`,
    `auth: { client_tokens: { a: "${secret}" } }\nadmin: ${secret}`,
    `providers:\n  - name: a\n    base_url: http://x.test/v1\n    api_keys: ["${secret}\n`,
    `"${secret}": 1`,
    `providers: [{ name: a, base_url: "http://user:${secret}@x.test/v1/chat/completions", api_keys: [{ kee: "${secret}" }] }]`,
  ];
  const commands = [
    ["serve", "--port", "0"],
    ["config", "check"],
    ["config", "show"],
  ];
  const runs = configs.flatMap((config) =>
    commands.map((args) => runProgram([...args, "--config", "{config}"], { config })),
  );
  for (const run of await Promise.all(runs)) {
    expect(run.exitCode).toBe(2);
    expect(leakIn(run.stdout + run.stderr)).toBeUndefined();
  }
});

test("config show masks what it shows", async () => {
  const secret = fakeSecret("leak_show");
  const config = JSON.stringify({
    auth: { client_tokens: [secret], admin_token: `${secret}0` },
    providers: [{ name: "a", base_url: "http://127.0.0.1:9/v1", api_keys: [secret], headers: { "X-Private": secret } }],
  });
  const run = await runProgram(["config", "show", "--origin", "--config", "{config}"], { config });
  expect(run).toMatchObject({ exitCode: 0 });
  expect(run.stdout).toContain("base_url");
  expect(leakIn(run.stdout + run.stderr)).toBeUndefined();
});

/** An answer may quote the path that the client itself sent; the logs may not. */
function onlyEcho(error: unknown): void {
  if (!(error instanceof Error) || !error.message.includes("holds a secret")) throw error;
}
