// One call with one key: what is sent, and what is made of the answer.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  answers,
  chatEvent,
  DEAD_KEY,
  DONE,
  FAULT,
  inTurn,
  OK,
  ROLE,
  type Script,
  STOP,
  settle,
  WORD,
} from "../fixtures.ts";
import { ANSWERS, MODELS, Probed, type Run, SCOPES } from "../probed.ts";

const TOKENS_FIELD = {
  error: {
    message: "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
    type: "invalid_request_error",
    param: "max_tokens",
    code: "unsupported_parameter",
  },
};

describe("the free call", () => {
  test("is a GET of the provider's probe path, with its credential and without a body", async () => {
    await using probed = new Probed({ custom_headers: { "x-team": "a" } }, answers(200, MODELS));
    const end = await probed.run();
    const { method, origin, path, body, headers } = probed.world.call.call;
    expect([method, origin, path, body]).toEqual(["GET", "https://p.example", "/v1/models", null]);
    expect(probed.world.call.key).toBe("sk-fake-p-0");
    expect(headers).toContain("x-team");
    expect(end).toMatchObject({ isOk: true, verdict: { outcome: "ok", status: 200 }, firstTokenMs: undefined });
  });

  test.each([
    ["/key", "/v1/key"],
    ["/models?limit=1&x=%20", "/v1/models?limit=1&x=%20"],
  ])("goes to %s", async (probe_path, path) => {
    await using probed = new Probed({ probe_path }, answers(200, {}));
    await probed.run();
    expect(probed.world.call.call.path).toBe(path);
  });

  test("is not made where its path would leave the provider, and that is nobody's fault", async () => {
    await using probed = new Probed({ probe_path: "/../admin" }, answers(200, {}));
    for (let i = 0; i < 10; i++) {
      expect(await probed.run()).toMatchObject({ isOk: false, verdict: { reason: "invalid_path" } });
    }
    expect([probed.world.calls.length, probed.state]).toEqual([0, "ready"]);
  });

  test("proves a key that it tells which scope is missing, in a chat it does not", async () => {
    await using probed = new Probed({}, answers(403, SCOPES));
    expect(await probed.run()).toMatchObject({ isOk: true, verdict: { outcome: "forbidden", status: 403 } });
    expect(probed.state).toBe("ready, models blocked");
    expect(await probed.chat()).toMatchObject({ isOk: false, verdict: { outcome: "forbidden" } });
  });

  test.each<[string, Script]>([
    ["a page", (call) => call.head(200, { "content-type": "text/html" }).data("<!doctype html><p>Sign in").end()],
    ["a page without a type", (call) => call.head(200, {}).data("<html>").end()],
    ["an error in a success", answers(200, DEAD_KEY)],
    ["a redirect", (call) => call.head(302, { location: "https://login.example/" }).end()],
  ])("proves nothing by %s", async (_what, script) => {
    await using probed = new Probed({}, script);
    probed.meet({ kind: "key-invalid" });
    expect((await probed.run()).isOk).toBe(false);
    expect(probed.state).toBe("invalid");
  });
});

describe("a chat", () => {
  test("is short, and a stream", async () => {
    await using probed = new Probed({}, (call) => call.stream(ROLE, WORD, STOP, DONE).end());
    const end = await probed.chat();
    const { method, path } = probed.world.call.call;
    expect([method, path]).toEqual(["POST", "/v1/chat/completions"]);
    expect(JSON.parse(probed.world.call.body)).toEqual({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      max_tokens: 16,
      stream: true,
    });
    expect(end).toMatchObject({ isOk: true, verdict: { outcome: "ok" } });
  });

  test("is a message of Anthropic's API at whoever speaks that", async () => {
    const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    await using probed = new Probed({ dialect: "anthropic" }, (call) => call.stream(stop).end());
    const end = await probed.chat();
    const { method, path, headers } = probed.world.call.call;
    expect([method, path]).toEqual(["POST", "/v1/messages"]);
    expect(headers).toContain("x-api-key");
    expect(JSON.parse(probed.world.call.body)).toMatchObject({ model: "m", max_tokens: 16, stream: true });
    expect(end).toMatchObject({ isOk: true, verdict: { outcome: "ok" } });
  });

  test("tells how long the first token took, and all of it", async () => {
    await using probed = new Probed();
    const running = probed.chat();
    await probed.world.time.advance(100);
    probed.world.call.stream(ROLE);
    await probed.world.time.advance(20);
    probed.world.call.data(WORD);
    await probed.world.time.advance(30);
    probed.world.call.data(STOP + DONE).end();
    expect(await running).toMatchObject({ firstTokenMs: 120, latencyMs: 150 });
  });

  test("takes an answer that is no stream", async () => {
    await using probed = new Probed({}, answers(200, OK));
    expect(await probed.chat()).toMatchObject({ isOk: true, firstTokenMs: 0 });
  });

  test.each<[string, Script, string, string]>([
    ["breaks off", (call) => call.stream(ROLE, WORD).cut(), "cut", "CONNECTION_RESET"],
    ["ends without its end", (call) => call.stream(ROLE, WORD).end(), "cut", "no_terminator"],
    [
      "brings an error in place of its output",
      (call) => call.stream(`data: ${JSON.stringify(FAULT)}\n\n`).end(),
      "server_error",
      "server_error",
    ],
    ["never begins", (call) => call.neverSent(), "connect_error", "ECONNREFUSED"],
    ["is a page", (call) => call.head(200, { "content-type": "text/html" }).data("<html>").end(), "bad_answer", "html"],
  ])("that %s failed", async (_what, script, outcome, reason) => {
    await using probed = new Probed({}, script);
    expect(await probed.chat()).toMatchObject({ isOk: false, verdict: { outcome, reason } });
  });

  test("that brings no byte fails by its time", async () => {
    await using probed = new Probed({ timeouts: { first_byte: "5s" } });
    const running = probed.chat();
    await probed.world.time.advance(5_000);
    expect(await running).toMatchObject({ isOk: false, verdict: { outcome: "timeout" }, latencyMs: 5_000 });
    expect(probed.world.call.isAborted).toBe(true);
  });

  test("that stands still fails by its time", async () => {
    await using probed = new Probed({ timeouts: { stream_idle: "7s" } }, (call) => void call.stream(ROLE, WORD));
    const running = probed.chat();
    await probed.world.time.advance(7_000);
    expect(await running).toMatchObject({ isOk: false, verdict: { outcome: "cut" } });
    expect(probed.world.call.isAborted).toBe(true);
  });

  test("that never ends is ended", async () => {
    await using probed = new Probed({ timeouts: { response: "30s" } }, (call) => void call.stream(ROLE, WORD));
    const running = probed.chat();
    for (let i = 0; i < 31; i++) {
      await probed.world.time.advance(1_000);
      probed.world.calls[0]?.data(WORD);
    }
    expect(await running).toMatchObject({ isOk: false, verdict: { outcome: "timeout", reason: "response_timeout" } });
    expect(probed.world.call.isAborted).toBe(true);
  });

  test.each(["before its answer", "within its answer"])("that is aborted %s ends", async (when) => {
    await using probed = new Probed();
    const stop = new AbortController();
    const running = probed.chat({ signal: stop.signal });
    await settle();
    if (when === "within its answer") probed.world.call.stream(ROLE, WORD);
    await settle();
    stop.abort();
    expect(await running).toMatchObject({ isOk: false, verdict: { outcome: "client_gone" } });
    expect([probed.world.call.isAborted, probed.state]).toEqual([true, "ready"]);
  });
});

describe("the other name of the limit", () => {
  const LIMIT = /"(max_\w+)":16/;

  test("is tried where the provider asks for it, and that counts", async () => {
    await using probed = new Probed(
      {},
      inTurn(answers(400, TOKENS_FIELD), (call) => call.stream(ROLE, WORD, STOP, DONE).end()),
    );
    expect(await probed.chat()).toMatchObject({ isOk: true, verdict: { status: 200 } });
    expect(probed.world.calls.map(({ body }) => LIMIT.exec(body)?.[1])).toEqual([
      "max_tokens",
      "max_completion_tokens",
    ]);
    expect([probed.state, probed.report.key.failures]).toEqual(["ready", 0]);
  });

  test("is tried once", async () => {
    await using probed = new Probed({}, answers(400, TOKENS_FIELD));
    expect(await probed.chat()).toMatchObject({ isOk: false, verdict: { outcome: "client_error", status: 400 } });
    expect(probed.world.calls).toHaveLength(2);
  });

  test.each<[string, Script, Run]>([
    ["another mistake", answers(400, { error: { message: "No such model", code: null } }), { model: "m" }],
    ["another status", answers(422, TOKENS_FIELD), { model: "m" }],
    ["a free call", answers(400, TOKENS_FIELD), {}],
  ])("is not tried for %s", async (_what, script, run) => {
    await using probed = new Probed({}, script);
    await probed.run(run);
    expect(probed.world.calls).toHaveLength(1);
  });

  test("is not tried once nobody waits any more", async () => {
    const stop = new AbortController();
    await using probed = new Probed({}, (call) => {
      call.json(400, TOKENS_FIELD);
      stop.abort();
    });
    expect(await probed.chat({ signal: stop.signal })).toMatchObject({ verdict: { outcome: "client_gone" } });
    expect(probed.world.calls).toHaveLength(1);
  });
});

describe("the slot of the key", () => {
  test("is held while the call runs", async () => {
    await using probed = new Probed();
    const running = probed.chat();
    await settle();
    expect(probed.world.slots).toBe(1);
    probed.world.call.stream(ROLE, WORD);
    await settle();
    expect(probed.world.slots).toBe(1);
    probed.world.call.data(STOP + DONE).end();
    await running;
    expect(probed.world.slots).toBe(0);
  });

  test("is given back however the call ends", async () => {
    const events = [ROLE, WORD, chatEvent({ content: "x" }), STOP, DONE, `data: ${JSON.stringify(FAULT)}\n\n`];
    const script = fc.oneof(
      fc.constantFrom(...Object.values(ANSWERS)),
      fc.constant<Script>((call) => call.neverSent()),
      fc.tuple(fc.subarray(events), fc.boolean()).map<Script>(([sent, isCut]) => (call) => {
        call.stream(...sent);
        if (isCut) call.cut();
        else call.end();
      }),
    );
    await fc.assert(
      fc.asyncProperty(script, fc.constantFrom("m", undefined), async (given, model) => {
        await using probed = new Probed({}, given);
        await probed.run({ model });
        expect([probed.world.slots, probed.world.time.pending]).toEqual([0, 0]);
      }),
    );
  });

  test.each(["start", "judge"])("is given back after a bug of ours in %s, and no call goes on", async (where) => {
    await using probed = new Probed({}, (call) => void call.stream(ROLE, WORD));
    const thrower = () => {
      throw new TypeError("a bug");
    };
    const transport = probed.world.setup.providers.get("p")?.transport ?? {};
    if (where === "start") Object.assign(transport, { start: thrower });
    else Object.assign(probed.world.balancer, { judge: thrower });
    await expect(probed.chat()).rejects.toThrow("a bug");
    await settle();
    expect([probed.world.slots, probed.world.calls.every(({ isOver }) => isOver)]).toEqual([0, true]);
  });
});
