// A page in a browser, as the daemon sees it: it asks first, then calls, and reads answers, streams and errors.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { chat } from "../fixture/client.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const PAGE = "https://app.example";
const TOKEN = fakeSecret("cors_token");
const upstream = startUpstream({ otherwise: openai });
const lab = await startBalanced({
  server: { cors: { origins: [PAGE] } },
  auth: { client_tokens: [TOKEN] },
  metrics: { public: true },
  providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("cors")] }],
});
const { daemon } = lab;
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const readers = ({ headers }: { readonly headers: Headers }) => headers.get("access-control-allow-origin");

test("a page asks whether it may, without a token, and no provider hears of it", async () => {
  // What the OpenAI SDK sends from a browser.
  const names = "authorization,content-type,x-stainless-arch,x-stainless-retry-count";
  const headers = {
    origin: PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": names,
  };
  const answer = await daemon.ask("/v1/chat/completions", { method: "OPTIONS", headers });
  expect([answer.status, readers(answer), answer.text]).toEqual([204, PAGE, ""]);
  expect(answer.headers.get("access-control-allow-headers")).toBe(names);
  expect(upstream.calls.length).toBe(0);
});

test("it reads answers, streams and errors", async () => {
  const asking = (more: object, token = TOKEN) => {
    const init = chat(more as Record<string, unknown>);
    return { ...init, headers: { ...(init.headers as Record<string, string>), origin: PAGE, "api-key": token } };
  };
  const whole = await daemon.ask("/v1/chat/completions", asking({}));
  expect([whole.status, readers(whole)]).toEqual([200, PAGE]);
  const stream = await daemon.ask("/v1/chat/completions", asking({ stream: true }));
  expect([stream.text, readers(stream)]).toEqual([chatEvents().join(""), PAGE]);
  const refused = await daemon.ask("/v1/chat/completions", asking({}, "wrong"));
  expect([refused.status, readers(refused)]).toEqual([401, PAGE]);
  const missing = await daemon.ask("/nowhere/v1/models", { headers: { origin: PAGE } });
  expect([missing.status, readers(missing)]).toEqual([404, PAGE]);
});

test("of a page's call there is one record and one in every count, and in the log what it asked before, too", async () => {
  const path = "/v1/embeddings";
  const asking = { origin: PAGE, "access-control-request-method": "POST", "access-control-request-headers": "api-key" };
  expect((await daemon.ask(path, { method: "OPTIONS", headers: asking })).status).toBe(204);
  const headers = { origin: PAGE, "api-key": TOKEN, "content-type": "application/json" };
  await daemon.ask(path, { method: "POST", headers, body: JSON.stringify({ model: "m", input: "hi" }) });
  const control = lab.home.control();
  const records = await until("the record", async () => {
    const all = (await control.call("logs.list", {})).records;
    return all.some(({ operation }) => operation === "embeddings") && all;
  });
  expect(records.filter(({ method }) => method === "OPTIONS")).toEqual([]);
  expect((await control.call("stats", { period: "1h" })).total.requests).toBe(records.length);
  expect((await daemon.ask("/metrics")).text).not.toMatch(
    /_request_duration_seconds_count\{[^}]*provider="none"[^}]*2xx/,
  );
  const asked: string[] = [];
  for await (const { line } of control.stream("daemon.log", {})) asked.push(line);
  expect(asked.filter((line) => line.includes('"OPTIONS"')).length).toBe(2);
});

test("a page of another origin is told nothing", async () => {
  const headers = { origin: "https://other.example", "access-control-request-method": "POST" };
  const answer = await daemon.ask("/v1/chat/completions", { method: "OPTIONS", headers });
  expect([answer.status, readers(answer)]).toEqual([401, null]);
});
