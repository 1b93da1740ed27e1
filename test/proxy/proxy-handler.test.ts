// The handler around the attempts: traces, bugs, draining, redirects of health to its own paths.
import { describe, expect, test } from "bun:test";
import {
  ASK,
  ASK_STREAM,
  answers,
  CHAT,
  DONE,
  FAULT,
  OK,
  ROLE,
  STOP,
  settle,
  VirtualTime,
  WORD,
  type World,
  worldOf,
} from "./fixtures.ts";

describe("a trace", () => {
  test("says what happened to one request", async () => {
    await using world = worldOf(2, {}, { auth: { client_tokens: [{ name: "me", token: "sk-fake-client-0001" }] } });
    let attempts = 0;
    world.script = (call) => {
      attempts += 1;
      if (attempts === 1) call.json(500, FAULT);
      else call.json(200, { ...OK, usage: { prompt_tokens: 1, completion_tokens: 2 } });
    };
    const headers = { authorization: "Bearer sk-fake-client-0001" };
    const asked = world.ask("/chat/completions", ASK, { headers });
    await world.time.advance(1_000);
    const response = await asked.response;
    expect(world.traces).toHaveLength(1);
    expect(world.trace).toMatchObject({
      method: "POST",
      route: "/v1/chat/completions",
      operation: "chat/completions",
      client: "me",
      model: "m",
      upstreamModel: "m",
      provider: "p",
      status: 200,
      end: "ok",
      errorCode: undefined,
      repaired: "/chat/completions -> /v1/chat/completions",
      bytesIn: JSON.stringify(ASK).length,
      usage: { promptTokens: 1, completionTokens: 2 },
      attempts: [
        { outcome: "server_error", status: 500 },
        { outcome: "ok", status: 200 },
      ],
    });
    expect(world.trace.bytesOut).toBe((await response.text()).length);
    expect(response.headers.get("x-openai-balance-repaired")).toBe("/chat/completions -> /v1/chat/completions");
    expect(response.headers.get("x-openai-balance-request-id")).toBe(world.trace.id);
    expect(world.trace.attempts[1]?.startedAt).toBe((world.trace.attempts[0]?.endedAt ?? 0) + 125);
  });

  test.each<[string, string, unknown, Record<string, string>, object]>([
    ["a wrong token", CHAT, ASK, { authorization: "Bearer no" }, { status: 401, errorCode: "invalid_api_key" }],
    ["no token", "/v1/models", undefined, {}, { status: 401, errorCode: "missing_api_key" }],
    ["an unknown provider", "/nobody/v1/files", undefined, {}, { status: 404, errorCode: "provider_not_found" }],
    ["no path of the API", "/nothing", undefined, {}, { status: 404, errorCode: "not_found" }],
  ])("is left by a request with %s", async (_name, path, body, headers, expected) => {
    await using world = worldOf(1, {}, { auth: { client_tokens: ["sk-fake-client-0001"] } });
    const answer = await world.read(path, body, { headers });
    expect(world.trace).toMatchObject({ ...expected, end: "error", attempts: [] });
    expect(answer.status).toBe(world.trace.status ?? 0);
  });

  test("is left by an ephemeral secret that nobody knows, also where no token is needed", async () => {
    await using world = worldOf(1);
    const headers = { authorization: "Bearer ek_fake-ephemeral-0001" };
    const answer = await world.read("/v1/realtime/calls", {}, { headers });
    expect([answer.status, answer.text]).toEqual([401, expect.stringContaining("make another one")]);
    expect(world.trace).toMatchObject({ errorCode: "invalid_api_key", attempts: [] });
    // Elsewhere it is like any other text that no token is asked for.
    world.script = (call) => call.json(200, OK);
    expect((await world.read(CHAT, ASK, { headers })).status).toBe(200);
  });

  test("is left by a body that says two things", async () => {
    await using world = worldOf(1);
    const answer = await world.read(CHAT, '{"model":"a","model":"b"}');
    expect(answer.status).toBe(400);
    expect(world.trace).toMatchObject({ status: 400, errorCode: "ambiguous_body", end: "error" });
  });

  test("names the numbers of a debug answer", async () => {
    await using world = worldOf(1, {}, { server: { debug_headers: true } });
    world.script = answers(200, OK);
    const { headers } = await world.read(CHAT, ASK);
    const keyId = world.trace.attempts[0]?.keyId ?? "";
    expect(["attempts", "provider", "key"].map((name) => headers.get(`x-openai-balance-${name}`))).toEqual([
      "1",
      "p",
      keyId,
    ]);
  });
});

describe("own paths", () => {
  test.each(["/health", "/ready"])("%s leaves no trace and takes GET and HEAD only", async (path) => {
    const world = worldOf(1);
    expect((await world.ask(path).response).status).toBe(200);
    const refused = await world.ask(`POST ${path}`, {}).response;
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect(world.traces).toEqual([]);
  });

  test("admin reads want the admin token", async () => {
    const world = worldOf(1, {}, { auth: { admin_token: "sk-fake-admin-token-1" } });
    expect((await world.ask("/v1/keys/list").response).status).toBe(401);
    const headers = { authorization: "Bearer sk-fake-admin-token-1" };
    expect((await world.ask("/v1/keys/list", undefined, { headers }).response).status).toBe(200);
  });

  test.each([
    ["without a token", {}],
    ["with a client token", { authorization: "Bearer sk-fake-client-0001" }],
    ["with another token", { authorization: "Bearer sk-fake-admin-token-2" }],
    ["with the token in the wrong place", { "x-api-key": "sk-fake-admin-token-1" }],
  ])("the control API is closed %s", async (_how, headers) => {
    const auth = { admin_token: "sk-fake-admin-token-1", client_tokens: ["sk-fake-client-0001"] };
    const world = worldOf(1, {}, { auth });
    for (const name of ["status", "keys.export", "nothing", ""]) {
      const refused = await world.read(`POST /admin/api/${name}`, {}, { headers });
      expect([refused.status, JSON.parse(refused.text).error.code]).toEqual([401, "invalid_api_key"]);
    }
  });

  test("the control API is closed to everybody where no admin token is configured", async () => {
    const world = worldOf(1);
    for (const authorization of ["", "Bearer ", "Bearer undefined"]) {
      expect((await world.read("POST /admin/api/status", {}, { headers: { authorization } })).status).toBe(401);
    }
  });

  test("the control API is asked by name, leaves no trace, and stands beside a drain", async () => {
    await using world = worldOf(1, {}, { auth: { admin_token: "sk-fake-admin-token-1" } });
    const { handler } = world;
    const drained = handler.drain();
    const headers = { authorization: "bearer sk-fake-admin-token-1" };
    const request = new Request("http://localhost/admin/api/keys.list?x=1", { headers });
    const calls: string[] = [];
    const peer = {
      address: "127.0.0.1",
      liftIdleTimeout: () => void calls.push("lift"),
      restoreIdleTimeout: () => void calls.push("restore"),
    };
    expect(await (await handler.handle(request, peer)).json()).toEqual({ name: "keys.list" });
    expect([calls, world.traces]).toEqual([["lift", "restore"], []]);
    await drained;
  });

  test("the items of a control operation may be far apart: its connection has no idle timeout", async () => {
    await using world = worldOf(1, {}, { auth: { admin_token: "sk-fake-admin-token-1" } });
    world.adminAnswer = () => new Response("{}\n", { headers: { "content-type": "application/x-ndjson" } });
    const headers = { authorization: "Bearer sk-fake-admin-token-1" };
    const calls: string[] = [];
    const peer = {
      address: "127.0.0.1",
      liftIdleTimeout: () => void calls.push("lift"),
      restoreIdleTimeout: () => void calls.push("restore"),
    };
    await world.handler.handle(new Request("http://localhost/admin/api/logs", { headers }), peer);
    expect(calls).toEqual(["lift"]);
  });

  test("TRACE is never relayed", async () => {
    const world = worldOf(1);
    const request = new Request("http://localhost/v1/files");
    Object.defineProperty(request, "method", { value: "TRACE" });
    const peer = { address: "", liftIdleTimeout: () => {}, restoreIdleTimeout: () => {} };
    expect((await world.handler.handle(request, peer)).status).toBe(405);
    expect(world.calls).toEqual([]);
  });
});

describe("a bug of our own", () => {
  const BUG = new Error("sk-fake-secret text of the exception");
  const breakages: readonly (readonly [string, (world: World) => void])[] = [
    ["in the choice", (world) => void Object.assign(world.balancer, { pick: thrower })],
    ["in a verdict", (world) => void Object.assign(world.balancer, { judge: thrower })],
    ["in routing", (world) => void Object.assign(world.setup.routing, { aliases: { get: thrower } })],
    ["in the start of a call", (world) => breakTransport(world)],
  ];
  function thrower(): never {
    throw BUG;
  }
  function breakTransport(world: World): void {
    for (const { transport } of world.setup.providers.values()) Object.assign(transport, { start: thrower });
  }

  test.each([...breakages])("%s is a 500 with an id, and leaves nothing behind", async (_name, breakIt) => {
    await using world = worldOf(2);
    world.script = answers(200, OK);
    breakIt(world);
    const answer = await world.read(CHAT, ASK);
    expect(world.bugs.splice(0)).toEqual([BUG]);
    expect(answer.status).toBe(500);
    expect(answer.text).toContain(world.trace.id);
    expect(answer.text).not.toContain(BUG.message);
    expect(world.trace).toMatchObject({ status: 500, errorCode: "internal_error", end: "error" });
  });

  test("in the response to a stream ends its call", async () => {
    await using world = worldOf(1);
    world.script = (call) => void call.stream(ROLE, WORD);
    for (const { keys } of world.setup.providers.values()) {
      for (const key of keys.values()) Object.assign(key, { mask: { mask: thrower } });
    }
    const answer = await world.read(CHAT, ASK_STREAM);
    expect([answer.status, world.call.isAborted, world.bugs.splice(0)]).toEqual([500, true, [BUG]]);
  });

  test("at the end of a stream does not reach the transport", async () => {
    await using world = worldOf(1);
    world.script = (call) => void call.stream(ROLE, WORD);
    const { response } = world.ask(CHAT, ASK_STREAM);
    const text = (await response).text();
    Object.assign(world.balancer, { judge: thrower });
    world.call.data(STOP + DONE).end();
    expect(await text).toBe(ROLE + WORD + STOP + DONE);
    expect(world.bugs.splice(0)).toEqual([BUG]);
  });
});

describe("drain", () => {
  test("refuses what is new and waits for what runs, live answers included", async () => {
    await using world = worldOf(1);
    world.script = (call) => void call.stream(ROLE, WORD);
    const text = (await world.ask(CHAT, ASK_STREAM).response).text();
    const drained = [world.handler.drain(), world.handler.drain()];
    await settle();
    expect([world.handler.isDraining, Bun.peek.status(drained[0] as Promise<void>)]).toEqual([true, "pending"]);
    const refused = await world.read(CHAT, ASK);
    expect([refused.status, JSON.parse(refused.text).error.code]).toEqual([503, "shutting_down"]);
    expect(Bun.peek.status(drained[1] as Promise<void>)).toBe("pending");
    world.call.data(STOP).end();
    await Promise.all([...drained, text]);
    expect(world.handler.inFlight).toBe(0);
  });

  test("with nothing in flight is over at once", async () => {
    await worldOf(1).handler.drain();
  });
});

test("VirtualTime runs timers in order and stops where it was told", async () => {
  const time = new VirtualTime();
  const ran: number[] = [];
  time.schedule(20, () => ran.push(2));
  time.schedule(10, () => time.schedule(5, () => ran.push(1)));
  time.schedule(30, () => ran.push(3))();
  await time.advance(25);
  expect([ran, time.pending]).toEqual([[1, 2], 0]);
});

test("World fails a test that leaves a slot behind", async () => {
  const world = worldOf(1);
  void world.ask(CHAT, ASK);
  await settle();
  const left = await world[Symbol.asyncDispose]().then(String, String);
  expect(left).toContain('"slots":1');
});
