// What the client gets when every candidate has failed: our table, never an upstream's 401.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  errorJson,
  fixed,
  forbidden,
  htmlForbidden,
  noCredit,
  overloaded,
  rateLimited,
  serverError,
  silent,
  unauthorized,
} from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const HTML = fixed(500, "<!DOCTYPE html><html><body>Internal</body></html>", { "content-type": "text/html" });
const REDIRECT: Behaviour = () =>
  new Response(null, { status: 302, headers: { location: "https://elsewhere.test/a" } });

interface Case {
  readonly behaviour: Behaviour;
  readonly status: number;
  readonly code: string | null;
  readonly headers?: Readonly<Record<string, RegExp>>;
}

const CASES: Readonly<Record<string, Case>> = {
  limited: {
    behaviour: rateLimited(60),
    status: 429,
    code: "rate_limit_exceeded",
    headers: { "retry-after": /^(5\d|6\d)$/ },
  },
  "no-credit": {
    behaviour: noCredit,
    status: 429,
    code: "insufficient_quota",
    headers: { "x-should-retry": /^false$/ },
  },
  invalid: { behaviour: unauthorized, status: 503, code: "no_usable_key" },
  forbidden: { behaviour: forbidden, status: 403, code: null },
  "html-forbidden": { behaviour: htmlForbidden, status: 403, code: "upstream_invalid_response" },
  failed: { behaviour: serverError, status: 500, code: null },
  overloaded: { behaviour: overloaded, status: 503, code: null },
  html: { behaviour: HTML, status: 500, code: "upstream_invalid_response" },
  redirect: { behaviour: REDIRECT, status: 502, code: "upstream_redirect" },
  silent: { behaviour: silent, status: 504, code: "upstream_timeout" },
};

const upstream = startUpstream({
  otherwise: (call) => {
    const name = /^\/v1\/of\/([a-z-]+)\//.exec(call.path)?.[1] ?? "";
    return CASES[name]?.behaviour(call) ?? new Response(null, { status: 204 });
  },
});
const timeouts = { first_byte: "100ms", response: "100ms" };
const daemon = await startDaemon(
  JSON.stringify({
    providers: [
      ...Object.keys(CASES).map((name) => ({
        name,
        base_url: `${upstream.url}/of/${name}`,
        api_keys: [fakeSecret(`left_${name}_a`), fakeSecret(`left_${name}_b`)],
        timeouts,
        max_retries: 1,
      })),
      { name: "refused", base_url: "http://127.0.0.1:9/v1", api_keys: [fakeSecret("left_refused")], max_retries: 1 },
    ],
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

test.each(Object.entries(CASES))("%s", async (name, { status, code, headers }) => {
  for (const stream of [false, true]) {
    const answer = await daemon.ask(`/${name}/v1/chat/completions`, chat({ stream }));
    expect({ status: answer.status, code: answer.json().error.code }).toEqual({ status, code });
    for (const [header, pattern] of Object.entries(headers ?? {})) expect(answer.headers.get(header)).toMatch(pattern);
    expect(answer.headers.get("content-type")).toStartWith("application/json");
    const ownId = answer.headers.get("x-openai-balance-request-id") ?? "";
    if (code !== null) expect(answer.json().error.message).toContain(ownId);
  }
});

test("a limited key is asked again when its rest is over, and not before", async () => {
  const headers = { "retry-after": "2" };
  let isLimited = true;
  await using own = startUpstream({
    listing: fixed(200, '{"object":"list","data":[]}'),
    otherwise: (call) => (isLimited ? errorJson(429, "rate_limit_exceeded", "Slow down", headers) : openai(call)),
  });
  const provider = { name: "main", base_url: own.url, api_keys: [fakeSecret("left_rest")] };
  // Nobody waits, so that each request says what its moment was like.
  await using other = await startDaemon(JSON.stringify({ queue: { max_wait: "0s" }, providers: [provider] }));
  for (let index = 0; index < 3; index += 1) {
    expect((await other.ask("/v1/chat/completions", chat())).status).toBe(429);
  }
  expect(own.count()).toBe(1);
  isLimited = false;
  await until("an answer", async () => (await other.ask("/v1/chat/completions", chat())).status === 200);
  expect(own.count()).toBe(2);
});

test("a redirect names the host it points to, and is not followed", async () => {
  const answer = await daemon.ask("/redirect/v1/chat/completions", chat());
  expect(answer.json().error.message).toContain("elsewhere.test");
});

test("refused connections", async () => {
  const answer = await daemon.ask("/refused/v1/chat/completions", chat());
  expect(answer.status).toBe(502);
  expect(answer.json().error).toMatchObject({ code: "upstream_unreachable", param: null });
});

test("a request waits for a limited key, and is served when its rest is over", async () => {
  let calls = 0;
  await using own = startUpstream({
    listing: fixed(200, '{"object":"list","data":[]}'),
    otherwise: (call) => {
      calls += 1;
      return calls === 1 ? errorJson(429, "rate_limit_exceeded", "Slow down", { "retry-after": "1" }) : openai(call);
    },
  });
  const provider = { name: "main", base_url: own.url, api_keys: [fakeSecret("left_wait")] };
  await using other = await startDaemon(JSON.stringify({ providers: [provider] }));
  const answers = await Promise.all([1, 2, 3].map(() => other.ask("/v1/chat/completions", chat())));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(own.count()).toBeLessThanOrEqual(6);
});
