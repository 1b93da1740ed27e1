// What `explain` says of a client token is what a request with it meets.
import { describe, expect, test } from "bun:test";
import { explainRequest } from "../../src/daemon/explain-request.ts";
import { answers, OK, provider, World } from "../proxy/fixtures.ts";

const SECRET = "fake-client-token-of-ci";
const HEADERS = { authorization: `Bearer ${SECRET}` };

const RULES: readonly object[] = [
  {},
  { models: ["m", "both"] },
  { providers: ["q"] },
  { providers: ["off"] },
  { operations: ["chat/*", "models"] },
  { expires: "2020-01-01" },
  { budget: { amount: 100 } },
  { budget: { amount: 0.5 } },
  { tpm: 5 },
  { concurrency: 1 },
];

const QUESTIONS: readonly (readonly [request: string, model?: string | undefined, method?: string])[] = [
  ["/v1/chat/completions", "m"],
  ["/v1/chat/completions", "both"],
  ["/v1/chat/completions", "unpriced"],
  ["/v1/chat/completions", undefined],
  ["/q/v1/chat/completions", "m"],
  ["/p/v1/embeddings", "m"],
  ["/v1/models", undefined],
  ["/p/v1/models", undefined],
  ["/v1/files", undefined],
  ["/v1/batches", undefined, "POST"],
  ["/v1/files/file-1", undefined, "DELETE"],
];

function world(rules: object): World {
  const made = new World({
    providers: [provider("p"), provider("q"), provider("off", 1, { enabled: false })],
    rest: {
      auth: { client_tokens: [{ name: "ci", token: SECRET, ...rules }] },
      usage: { prices: [{ models: ["m", "n"], input: 1_000, output: 1_000 }] },
      models: { both: ["p/m", "q/n"] },
      queue: { max_wait: "0s" },
    },
  });
  made.script = answers(200, OK);
  return made;
}

describe.each(RULES.map((rules) => [JSON.stringify(rules), rules] as const))("with %s", (_text, rules) => {
  test.each(QUESTIONS.map((question) => [question] as const))(
    "%p is refused alike",
    async ([request, model, named]) => {
      await using lab = world(rules);
      const { handler, catalog, balancer, tokens, time } = lab;
      const token = tokens.find(SECRET);
      const deps = { handler, catalog, balancer, admission: tokens.admission, now: time.now() };
      const told = explainRequest({ request, model, method: named, token }, deps);
      const body = told.method === "POST" ? { ...(model !== undefined && { model }), messages: [] } : undefined;
      const { status, text } = await lab.read(`${told.method} ${request}`, body, { headers: HEADERS });
      if (status < 400) expect(told.refusal).toBeUndefined();
      else {
        const { code, message } = JSON.parse(text).error;
        expect(told.refusal).toMatchObject({ status, code });
        expect(message).toStartWith(told.refusal?.message ?? "nothing");
      }
    },
  );
});

test("explaining takes nothing of a limit", async () => {
  await using lab = world({ rpm: 1, concurrency: 1 });
  const { handler, catalog, balancer, tokens, time } = lab;
  const deps = { handler, catalog, balancer, admission: tokens.admission, now: time.now() };
  for (let i = 0; i < 3; i += 1) {
    expect(explainRequest({ request: "m", token: tokens.find(SECRET) }, deps).refusal).toBeUndefined();
  }
  expect((await lab.read("/v1/chat/completions", { model: "m", messages: [] }, { headers: HEADERS })).status).toBe(200);
  const told = explainRequest({ request: "m", token: tokens.find(SECRET) }, deps);
  expect(told.refusal).toMatchObject({ status: 429, code: "rate_limit_exceeded", retryAfterS: 61 });
});
