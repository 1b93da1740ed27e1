// What client tokens may do through the whole proxy, and how their requests are settled.
import { describe, expect, test } from "bun:test";
import type { LimitUse } from "../../src/tokens/token-account.ts";
import { isStreamed } from "../../src/upstream/transport.ts";
import {
  ASK,
  ASK_STREAM,
  answers,
  CHAT,
  DONE,
  FAULT,
  NO_CREDIT,
  OK,
  provider,
  ROLE,
  type Script,
  STOP,
  settle,
  WORD,
  World,
} from "./fixtures.ts";

const SECRET = "fake-client-token-of-ci";
const AUTH = { headers: { authorization: `Bearer ${SECRET}` } };
const USAGE = { prompt_tokens: 10, completion_tokens: 5 };
const OK_USAGE = { ...OK, usage: USAGE };
const PRICES = { prices: [{ models: ["m", "n"], input: 1_000, output: 1_000 }] };

/** Providers `p`, the default one, and `q`; one token with these rules. */
function world(rules: object, rest: object = {}): World {
  const made = new World({
    providers: [provider("p"), provider("q")],
    rest: { auth: { client_tokens: [{ name: "ci", token: SECRET, ...rules }] }, usage: PRICES, ...rest },
  });
  made.script = answers(200, OK_USAGE);
  return made;
}

function used(made: World, name: LimitUse["name"]): number | undefined {
  const uses = made.tokens.find(SECRET)?.account.uses(made.time.now()) ?? [];
  return uses.find((use) => use.name === name)?.used;
}

async function codeOf(made: World, target: string, body?: unknown, init: object = AUTH): Promise<string> {
  const { status, text } = await made.read(target, body, init);
  const code = status < 400 ? "ok" : JSON.parse(text).error.code;
  return `${status} ${code}`;
}

const fill = (made: World) => {
  const list = (...ids: readonly string[]) => Buffer.from(JSON.stringify({ data: ids.map((id) => ({ id })) }));
  made.catalog.take("p", list("m", "n"));
  made.catalog.take("q", list("q-only"));
};

describe("entry", () => {
  test("a token that has expired is refused, with the time", async () => {
    await using lab = world({ expires: "2020-01-01" });
    const { status, headers, text } = await lab.read(CHAT, ASK, AUTH);
    expect([status, headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(JSON.parse(text).error).toMatchObject({ code: "invalid_api_key", type: "invalid_request_error" });
    expect(text).toContain("The client token expired at 2020-01-01T00:00:00.000Z. Request id");
    expect(lab.trace).toMatchObject({ client: "ci", errorCode: "invalid_api_key", status: 401 });
    expect(lab.calls).toHaveLength(0);
  });

  test.each([
    ["127.0.0.0/8", "200 ok"],
    ["10.0.0.0/8", "403 forbidden"],
  ])("one that counts in %s gets %s here", async (cidr, expected) => {
    await using lab = world({ cidrs: [cidr] });
    expect(await codeOf(lab, CHAT, ASK)).toBe(expected);
  });

  test("behind a trusted proxy the client's address counts", async () => {
    await using lab = world({ cidrs: ["10.0.0.0/8"] }, { server: { trusted_proxies: ["127.0.0.1"] } });
    const from = (address: string) => ({ headers: { ...AUTH.headers, "x-forwarded-for": address } });
    expect(await codeOf(lab, CHAT, ASK, from("10.1.2.3"))).toBe("200 ok");
    expect(await codeOf(lab, CHAT, ASK, from("11.1.2.3"))).toBe("403 forbidden");
  });
});

describe("operations", () => {
  const rules = { operations: ["chat/*", "models"] };

  test.each([
    ["POST /v1/chat/completions", ASK, "200 ok"],
    ["GET /v1/models", undefined, "200 ok"],
    ["GET /v1/models/m", undefined, "403 forbidden"],
    ["POST /v1/embeddings", { model: "m", input: "x" }, "403 forbidden"],
    ["POST /p/v1/embeddings", { model: "m", input: "x" }, "403 forbidden"],
    ["GET /v1/files", undefined, "403 forbidden"],
    ["POST /v1/nobody-knows", {}, "403 forbidden"],
  ])("%s", async (target, body, expected) => {
    await using lab = world(rules);
    fill(lab);
    expect(await codeOf(lab, target, body)).toBe(expected);
  });
});

describe("models", () => {
  const rules = { models: ["m", "fast", "q/*"] };
  const rest = { models: { fast: ["q/deep"], slow: ["p/m"] } };

  test.each([
    ["POST /v1/chat/completions", ASK, "200 ok"],
    ["POST /v1/chat/completions", { ...ASK, model: "fast" }, "200 ok"],
    ["POST /v1/chat/completions", { ...ASK, model: "q/any" }, "200 ok"],
    ["POST /v1/chat/completions", { ...ASK, model: "slow" }, "403 forbidden"],
    ["POST /v1/chat/completions", { ...ASK, model: "n" }, "403 forbidden"],
    ["POST /v1/chat/completions", { ...ASK, model: "p/m" }, "403 forbidden"],
    ["POST /v1/chat/completions", { messages: [] }, "403 forbidden"],
    ["POST /q/v1/chat/completions", { ...ASK, model: "n" }, "403 forbidden"],
    ["POST /v1/chat/completions", "no json", "403 forbidden"],
    ["POST /v1/chat/completions", '{"model":"m","model":"n"}', "400 ambiguous_body"],
    ["POST /v1/moderations", { input: "x" }, "403 forbidden"],
    // OpenRouter asks these where the first one fails.
    ["POST /v1/chat/completions", { ...ASK, models: ["n"] }, "403 forbidden"],
    ["POST /v1/chat/completions", { ...ASK, models: null }, "200 ok"],
    ["POST /v1/chat/completions", '{"model":"m","models":["n"],"models":null}', "403 forbidden"],
    // Providers built with Go take these for the same member.
    ["POST /v1/chat/completions", '{"model":"m","Model":"n"}', "403 forbidden"],
    ["POST /v1/chat/completions", '{"MODEL":"n","model":"m"}', "403 forbidden"],
    ["POST /v1/chat/completions", '{"Model":"m"}', "403 forbidden"],
    ["POST /v1/chat/completions", '{"model":"m","Models":["n"]}', "403 forbidden"],
    ["POST /v1/chat/completions", '{"model":"m","models":null,"modelS":["n"]}', "403 forbidden"],
    ["POST /v1/chat/completions", '{"model":"m","modem":"n","remodel":1}', "200 ok"],
    ["POST /v1/chat/completions", '{"model":"m","\\u004dodel":"n"}', "403 forbidden"],
    ["POST /v1/chat/completions", '{"model":"m","metadata":{"Model":"n"}}', "200 ok"],
    // A field `model` says nothing of what these do.
    ["POST /v1/batches", { model: "m", input_file_id: "file-1" }, "403 forbidden"],
    ["POST /v1/fine_tuning/alpha/graders/run", { model: "m" }, "403 forbidden"],
    ["POST /v1/nobody-knows", { model: "m" }, "403 forbidden"],
    ["GET /v1/files", undefined, "403 forbidden"],
    ["GET /v1/responses/resp_1", undefined, "403 forbidden"],
    ["DELETE /v1/models/m", undefined, "403 forbidden"],
  ])("%s %j gets %s", async (target, body, expected) => {
    await using lab = world(rules, rest);
    expect(await codeOf(lab, target, body)).toBe(expected);
    expect(lab.calls.length).toBe(expected === "200 ok" ? 1 : 0);
  });

  test.each([
    ["", "200 ok"],
    ['--XX\nContent-Disposition: form-data; name="model"\n\nn\n', "403 forbidden"],
    // Some readers take a part that has no end.
    ['--XX\r\nContent-Disposition: form-data; name="model"\r\n\r\nn', "403 forbidden"],
  ])("a form of one model and %j gets %s", async (odd, expected) => {
    await using lab = world(rules, rest);
    const file = '--XX\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nx\r\n';
    const form = `--XX\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n${file}${odd}--XX--\r\n`;
    const headers = { ...AUTH.headers, "content-type": "multipart/form-data; boundary=XX" };
    expect(await codeOf(lab, "POST /v1/audio/transcriptions", form, { headers })).toBe(expected);
  });

  test.each([
    ["/az/openai/deployments/m/chat/completions?api-version=1", { messages: [] }, "200 ok"],
    ["/az/openai/deployments/m/chat/completions?api-version=1", { ...ASK, model: "m" }, "200 ok"],
    ["/az/openai/deployments/m/chat/completions?api-version=1", { ...ASK, model: "n" }, "403 forbidden"],
    ["/az/openai/deployments/n/chat/completions?api-version=1", { ...ASK, model: "m" }, "403 forbidden"],
    ["/az/openai/v1/chat/completions", { ...ASK, model: "n" }, "403 forbidden"],
    ["/g/v1beta/models/m:embedContent", { model: "models/m" }, "200 ok"],
    ["/g/v1beta/models/m:generateContent", { contents: [], model: "models/n" }, "403 403"],
    ["/g/v1beta/models/n:generateContent", { contents: [], model: "models/m" }, "403 403"],
    ["/g/v1beta/models/m%2f..%2fn:generateContent", { contents: [] }, "403 403"],
  ])("of the path %s and the body %j", async (path, body, expected) => {
    await using lab = new World({
      providers: [provider("az", 1, { dialect: "azure" }), provider("g", 1, { dialect: "gemini" })],
      rest: { auth: { client_tokens: [{ name: "ci", token: SECRET, ...rules }] } },
    });
    lab.script = answers(200, OK_USAGE);
    expect(await codeOf(lab, `POST ${path}`, body)).toBe(expected);
  });

  test("its list has what it may use only", async () => {
    await using lab = world(rules, rest);
    fill(lab);
    const { text } = await lab.read("/v1/models", undefined, AUTH);
    expect(JSON.parse(text).data.map(({ id }: { id: string }) => id)).toEqual(["m", "fast"]);
    expect(await codeOf(lab, "/v1/models/m")).toBe("200 ok");
    expect(await codeOf(lab, "/v1/models/fast")).toBe("200 ok");
    expect(await codeOf(lab, "/v1/models/n")).toBe("404 model_not_found");
    expect(await codeOf(lab, "/v1/models/slow")).toBe("404 model_not_found");
  });

  test("it is told why a request may name another one", async () => {
    await using lab = world(rules, rest);
    const { text } = await lab.read(CHAT, '{"model":"m","Model":"n"}', AUTH);
    expect(JSON.parse(text).error.message).toContain("this request may name a further one: write `model` once");
  });

  test("what it is told names no model, provider or pattern", async () => {
    await using lab = world(rules, rest);
    const { text } = await lab.read(CHAT, { ...ASK, model: "slow" }, AUTH);
    expect(JSON.parse(text).error.message).toStartWith("The client token may not use this model; GET /v1/models lists");
  });
});

describe("providers", () => {
  const rules = { providers: ["q"] };
  const rest = { models: { both: ["p/m", "q/n"], other: ["p/m"] } };

  test.each([
    ["POST /v1/chat/completions", { ...ASK, model: "both" }, "q"],
    ["POST /v1/chat/completions", { ...ASK, model: "q/n" }, "q"],
    // The default provider is none of its own: the first of those takes its place.
    ["POST /v1/chat/completions", ASK, "q"],
    ["POST /q/v1/chat/completions", ASK, "q"],
    ["POST /v1/chat/completions?provider=q", ASK, "q"],
    ["GET /v1/files", undefined, "q"],
    ["POST /p/v1/chat/completions", ASK, undefined],
    ["POST /v1/chat/completions?provider=p", ASK, undefined],
    ["POST /v1/chat/completions", { ...ASK, model: "other" }, undefined],
    ["GET /p/v1/files", undefined, undefined],
  ])("%s %j goes to %s", async (target, body, expected) => {
    await using lab = world(rules, rest);
    fill(lab);
    expect(await codeOf(lab, target, body)).toBe(expected === undefined ? "403 forbidden" : "200 ok");
    expect(lab.calls.map((call) => call.provider)).toEqual(expected === undefined ? [] : [expected]);
  });

  test("it fails over within its own only", async () => {
    await using lab = world(rules, rest);
    lab.script = answers(429, NO_CREDIT);
    expect(await codeOf(lab, CHAT, { ...ASK, model: "both" })).toBe("429 insufficient_quota");
    expect(lab.calls.map((call) => call.provider)).toEqual(["q"]);
  });

  test("an object of another provider leads it nowhere", async () => {
    const free = "fake-client-token-of-team";
    const client_tokens = [
      { name: "team", token: free },
      { name: "ci", token: SECRET, ...rules },
    ];
    await using lab = world({}, { ...rest, auth: { client_tokens } });
    lab.script = answers(200, { id: "resp_1", object: "response", status: "completed", output: [] });
    const team = { headers: { authorization: `Bearer ${free}` } };
    expect(await codeOf(lab, "/v1/responses", { model: "m", input: "x" }, team)).toBe("200 ok");
    expect(lab.call.provider).toBe("p");
    const next = { model: "m", input: "x", previous_response_id: "resp_1" };
    // Its own provider says what it knows of the object.
    await codeOf(lab, "/v1/responses", next);
    await codeOf(lab, "GET /v1/responses/resp_1");
    expect(lab.calls.slice(1).filter(({ provider }) => provider !== "q")).toEqual([]);
    await codeOf(lab, "/v1/responses", next, team);
    expect(lab.call.provider).toBe("p");
  });

  test("an object of any of its providers is found", async () => {
    const providers = [provider("p"), provider("q"), provider("r")];
    const client_tokens = [{ name: "ci", token: SECRET, providers: ["q", "r"] }];
    await using lab = new World({ providers, rest: { auth: { client_tokens } } });
    const keyId = lab.setup.providers.get("r")?.config.keys[0]?.id ?? "";
    lab.owners.remember("file-1", { provider: "r", keyId, account: undefined });
    lab.script = answers(200, {});
    expect(await codeOf(lab, "GET /v1/files/file-1")).toBe("200 ok");
    expect(lab.call.provider).toBe("r");
  });

  test("its list has theirs only", async () => {
    await using lab = world(rules, rest);
    fill(lab);
    const { text } = await lab.read("/v1/models", undefined, AUTH);
    expect(JSON.parse(text).data.map(({ id }: { id: string }) => id)).toEqual(["q-only", "both"]);
    expect(await codeOf(lab, "/p/v1/models")).toBe("403 forbidden");
  });

  test("where none of them is enabled nothing is served", async () => {
    await using lab = new World({
      providers: [provider("p"), provider("q", 1, { enabled: false })],
      rest: { auth: { client_tokens: [{ token: SECRET, providers: ["q"] }] } },
    });
    expect(await codeOf(lab, CHAT, ASK)).toBe("403 forbidden");
  });
});

describe("limits", () => {
  test("a refusal says what it is and when to come again", async () => {
    await using lab = world({ rpm: 1 });
    expect(await codeOf(lab, CHAT, ASK)).toBe("200 ok");
    const { status, headers, text } = await lab.read(CHAT, ASK, AUTH);
    expect([status, headers.get("retry-after"), headers.get("x-should-retry")]).toEqual([429, "61", "false"]);
    expect(JSON.parse(text).error).toMatchObject({ code: "rate_limit_exceeded", type: "requests", param: null });
    expect(JSON.parse(text).error.message).toStartWith("The client token has made all the requests");
    expect(lab.calls).toHaveLength(1);
    await lab.time.advance(61_000);
    expect(await codeOf(lab, CHAT, ASK)).toBe("200 ok");
  });

  test("tokens of a day and money come from what the answer says", async () => {
    await using lab = world({ tpd: 1_000_000, budget: { amount: 100 } });
    await lab.read(CHAT, ASK, AUTH);
    expect([used(lab, "tpd"), used(lab, "budget")]).toEqual([15, 15_000_000]);
  });

  test("answers side by side are reserved each", async () => {
    await using lab = world({ tpd: 300 });
    expect(await codeOf(lab, CHAT, { ...ASK, max_tokens: 50 })).toBe("200 ok");
    expect(await codeOf(lab, CHAT, { ...ASK, max_tokens: 50, n: 8 })).toBe("429 token_limit_exceeded");
    expect(await codeOf(lab, CHAT, { ...ASK, max_tokens: 50, n: 2 })).toBe("200 ok");
  });

  test("a budget that is spent is no matter of another try", async () => {
    await using lab = world({ budget: { amount: 1.1 } });
    lab.script = answers(200, { ...OK, usage: { prompt_tokens: 10, completion_tokens: 990 } });
    expect(await codeOf(lab, CHAT, ASK)).toBe("200 ok");
    const { status, headers } = await lab.read(CHAT, ASK, AUTH);
    expect([status, headers.get("x-should-retry")]).toEqual([429, "false"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(60);
  });

  test.each([
    ["a model without a price", "POST /v1/chat/completions", { ...ASK, model: "other" }, "403 forbidden"],
    ["further models of unknown price", "POST /v1/chat/completions", { ...ASK, models: ["n"] }, "403 forbidden"],
    ["a batch", "POST /v1/batches", { input_file_id: "file-1" }, "403 forbidden"],
    ["a file", "GET /v1/files", undefined, "200 ok"],
    ["a deletion", "DELETE /v1/files/file-1", undefined, "200 ok"],
    ["the end of a response", "POST /v1/responses/resp_1/cancel", undefined, "200 ok"],
    ["the end of a batch", "POST /v1/batches/batch_1/cancel", {}, "200 ok"],
    ["a count", "POST /v1/responses/input_tokens", { model: "other", input: "x" }, "200 ok"],
  ])("under a budget %s", async (_name, target, body, expected) => {
    await using lab = world({ budget: { amount: 100 } });
    expect(await codeOf(lab, target, body)).toBe(expected);
    expect(used(lab, "budget")).toBe(0);
  });

  const ends: readonly (readonly [name: string, script: Script, tokens: number])[] = [
    ["an error of the client", answers(400, { error: { message: "no", type: "invalid_request_error" } }), 0],
    ["an error of the provider", answers(500, FAULT), 0],
    ["keys without credit", answers(429, NO_CREDIT), 0],
    ["a provider that nobody reaches", (call) => call.neverSent(), 0],
    [
      "an answer that breaks off",
      (call) => call.head(200, { "content-type": "application/json" }).data("{").cut(),
      105,
    ],
  ];

  test.each(ends)(
    "%s: nothing is held, and tokens count as far as they may have been used",
    async (_name, script, tokens) => {
      await using lab = world({ tpd: 1_000_000, concurrency: 1 }, { max_retries: 0 });
      lab.script = script;
      const { status } = await lab.read(CHAT, { ...ASK, max_tokens: 90, user: "x".repeat(5) }, AUTH);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(used(lab, "concurrency")).toBe(0);
      expect(used(lab, "tpd")).toBeGreaterThanOrEqual(tokens === 0 ? 0 : 90);
      expect(used(lab, "tpd")).toBeLessThanOrEqual(tokens);
    },
  );

  test.each([
    ["before it was whole", "", 0],
    ["once it was whole", "\r\n--XX--\r\n", 1],
  ])("an upload whose client leaves %s costs what may have been computed", async (_name, end, least) => {
    await using lab = world({ tpd: 1_000_000 }, { server: { max_body: "256KiB" } });
    lab.script = () => {};
    const part = (name: string) => `--XX\r\nContent-Disposition: form-data; name=${name}\r\n\r\n`;
    const form = `${part("model")}m\r\n${part("file; filename=f")}${"x".repeat(300 * 1024)}${end}`;
    const headers = { ...AUTH.headers, "content-type": "multipart/form-data; boundary=XX" };
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from(form));
        if (end !== "") controller.close();
      },
    });
    const asked = lab.ask("/v1/audio/transcriptions", stream, { headers });
    await settle();
    const { body } = lab.call.call;
    if (!isStreamed(body)) throw new Error("Expected an upload");
    for (let size = 0; size < form.length; ) size += (await body.read())?.length ?? 0;
    body.read().catch(() => {});
    await settle();
    asked.leave();
    await asked.response;
    expect(Math.min(1, used(lab, "tpd") ?? 0)).toBe(least);
  });

  test("what reached nobody is no request", async () => {
    await using lab = world({ rpm: 1 }, { max_retries: 0 });
    lab.script = (call) => call.neverSent();
    expect(await codeOf(lab, CHAT, ASK)).toBe("502 upstream_unreachable");
    expect(used(lab, "rpm")).toBe(0);
  });

  test("a stream holds its slot until its end, and is settled by its usage", async () => {
    await using lab = world({ concurrency: 1, tpd: 1_000_000 });
    lab.script = (call) => void call.stream(ROLE, WORD);
    const asked = lab.ask(CHAT, ASK_STREAM, AUTH);
    const text = (await asked.response).text();
    await settle();
    expect(await codeOf(lab, CHAT, ASK)).toBe("429 rate_limit_exceeded");
    const usage = `data: ${JSON.stringify({ choices: [], usage: USAGE })}\n\n`;
    lab.call.data(STOP + usage + DONE).end();
    await text;
    expect([used(lab, "concurrency"), used(lab, "tpd")]).toEqual([0, 15]);
  });

  test("a client that leaves pays for what was reserved, and frees its slot", async () => {
    await using lab = world({ concurrency: 1, tpd: 1_000_000 });
    lab.script = (call) => void call.stream(ROLE, WORD);
    const asked = lab.ask(CHAT, { ...ASK_STREAM, max_tokens: 50 }, AUTH);
    const reader = (await asked.response).body?.getReader();
    await reader?.read();
    asked.leave();
    await reader?.cancel().catch(() => {});
    await settle();
    expect(used(lab, "concurrency")).toBe(0);
    expect(used(lab, "tpd")).toBeGreaterThan(50);
  });

  test("one that leaves before an answer does so too", async () => {
    await using lab = world({ concurrency: 1, tpd: 1_000_000 });
    lab.script = () => {};
    const asked = lab.ask(CHAT, { ...ASK, max_tokens: 50 }, AUTH);
    await settle();
    asked.leave();
    await asked.response;
    expect(used(lab, "concurrency")).toBe(0);
    expect(used(lab, "tpd")).toBeGreaterThan(50);
  });

  test("200 at once: a budget is never overdrawn by more than one request's estimate", async () => {
    await using lab = world({ budget: { amount: 2 } });
    lab.script = answers(200, { ...OK, usage: { prompt_tokens: 10, completion_tokens: 80 } });
    const codes = await Promise.all(Array.from({ length: 200 }, () => codeOf(lab, CHAT, { ...ASK, max_tokens: 80 })));
    const served = codes.filter((code) => code === "200 ok").length;
    expect(served).toBeGreaterThan(15);
    expect(served).toBeLessThanOrEqual(22);
    expect(new Set(codes)).toEqual(new Set(["200 ok", "429 token_limit_exceeded"]));
    expect(used(lab, "budget")).toBe(served * 90_000_000);
    expect(used(lab, "budget")).toBeLessThanOrEqual(2_000_000_000);
  });
});

test("a token without rules takes nothing and is used all the same", async () => {
  await using lab = world({});
  expect(await codeOf(lab, CHAT, ASK)).toBe("200 ok");
  const token = lab.tokens.find(SECRET);
  expect(token?.scope).toBeUndefined();
  expect(token?.account).toMatchObject({ requests: 1, lastUsed: lab.time.now(), inFlight: 0, limits: undefined });
  expect(lab.tokens.revision).toEqual({ lasting: 0, passing: 0, tallies: 1 });
});
