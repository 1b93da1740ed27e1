// A client's own mistakes: one upstream call, the upstream's own answer, and nothing changes for anybody else.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { errorJson, fixed, modelMissing } from "../fixture/behaviours.ts";
import { chat, MODEL, post } from "../fixture/client.ts";
import { type Daemon, startDaemon } from "../fixture/daemon.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ADMIN = fakeSecret("faults_admin");
const KEYS = ["a", "b", "c"].map((name) => fakeSecret(`faults_${name}`));
const upstream = startUpstream({ otherwise: openai, listing: openai });
const strict = startUpstream({ otherwise: () => errorJson(400, "invalid_json", "We could not parse the JSON body") });
const daemon = await startDaemon(
  JSON.stringify({
    auth: { admin_token: ADMIN },
    providers: [
      { name: "main", base_url: upstream.url, api_keys: KEYS },
      { name: "strict", base_url: strict.url, api_keys: KEYS },
    ],
  }),
);
afterAll(async () => {
  await daemon.stop();
  await strict[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const BODY =
  '{\n  "error": {"message":"Scripted \\u00e9","type":"invalid_request_error","param":"x","code":"odd","n":1.0}}';

test.each([
  [400, BODY],
  [400, ""],
  [400, "no JSON at all"],
  [404, '{"error":{"message":"No such assistant","type":"invalid_request_error","param":null,"code":null}}'],
  [404, '{"detail":"Not Found"}'],
  [409, BODY],
  [413, BODY],
  [415, BODY],
  [422, BODY],
  [451, BODY],
])("an upstream %d goes to the client unchanged after one call (body %j)", async (status, body) => {
  for (const path of ["/v1/chat/completions", "/v1/assistants"]) {
    const before = upstream.count();
    upstream.byModel("faulty", fixed(status, body, { "x-upstream": "kept" }));
    const answer = await daemon.ask(path, chat({ model: "faulty" }));
    expect({ status: answer.status, body: answer.text }).toEqual({ status, body });
    expect(answer.headers.get("x-upstream")).toBe("kept");
    expect(upstream.count()).toBe(before + 1);
    await expectAllReady(daemon);
  }
});

test.each(['{"model": "m", "messages": [', "{model:1}", "[]", "", "null", '"text"', "\u0000", '{"model":5}'])(
  "a body that is no request (%j) reaches the upstream as it is, once, and its answer comes back",
  async (body) => {
    strict.calls.length = 0;
    const answer = await daemon.ask("/strict/v1/chat/completions", post(body));
    expect(answer.status).toBe(400);
    expect(answer.json().error.code).toBe("invalid_json");
    expect(strict.calls.map((call) => new TextDecoder().decode(call.body))).toEqual([body]);
  },
);

test("a duplicate of a field that decides is refused here", async () => {
  const before = upstream.count();
  const answer = await daemon.ask("/v1/chat/completions", post('{"model":"a","mod\\u0065l":"b"}'));
  expect(answer.status).toBe(400);
  expect(answer.json().error.code).toBe("ambiguous_body");
  expect(upstream.count()).toBe(before);
});

test("a misspelt model costs at most two calls and blocks no key", async () => {
  upstream.byModel("gpt-4o-minni", modelMissing);
  for (const stream of [false, true]) {
    const before = upstream.count();
    const answer = await daemon.ask("/v1/chat/completions", chat({ model: "gpt-4o-minni", stream }));
    expect(answer.status).toBe(404);
    expect(answer.json().error.code).toBe("model_not_found");
    expect(upstream.count() - before).toBeWithin(1, 3);
  }
  await expectAllReady(daemon);
});

test("40 bad requests leave the next 100 good ones untouched", async () => {
  upstream.byModel("bad", fixed(400, BODY));
  upstream.byModel("typo", modelMissing);
  for (let index = 0; index < 40; index += 1) {
    const answer = await daemon.ask("/v1/chat/completions", chat({ model: index % 2 === 0 ? "bad" : "typo" }));
    expect(answer.status).toBe(index % 2 === 0 ? 400 : 404);
  }
  const before = KEYS.map((key) => upstream.count(key));
  for (let index = 0; index < 100; index += 1) {
    expect((await daemon.ask("/v1/chat/completions", chat({ model: MODEL }))).status).toBe(200);
  }
  const shares = KEYS.map((key, index) => upstream.count(key) - (before[index] ?? 0));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBe(100);
  for (const share of shares) expect(share).toBeWithin(33, 35);
  await expectAllReady(daemon);
});

async function expectAllReady(asked: Daemon): Promise<void> {
  const answer = await asked.ask("/v1/keys/list", { headers: { authorization: `Bearer ${ADMIN}` } });
  expect(answer.status).toBe(200);
  const { data } = answer.json<{ data: { valid_keys: Record<string, number>; invalid_keys: object } }>();
  expect(Object.values(data.valid_keys)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(data.invalid_keys).toEqual({});
}
