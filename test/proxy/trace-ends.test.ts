// However a request ends, its record says truly what its client saw, who served it, when, and how much went by.
import { describe, expect, test } from "bun:test";
import type { Trace } from "../../src/proxy/trace.ts";
import { START } from "../balancer/fixtures.ts";
import {
  ASK,
  ASK_STREAM,
  type Asked,
  answers,
  CHAT,
  DONE,
  FAULT,
  fallbackWorld,
  inTurn,
  OK,
  ROLE,
  type Script,
  STOP,
  settle,
  WORD,
  type World,
  worldOf,
} from "./fixtures.ts";

const SENT = JSON.stringify(ASK).length;
const SENT_STREAM = JSON.stringify(ASK_STREAM).length;
const ANSWERED = JSON.stringify(OK).length;
const FAILED = JSON.stringify(FAULT).length;
const HTML: Script = (call) => call.head(502, { "content-type": "text/html" }).data("<html>").end();
const ONCE = { max_retries: 0 };

/** The record, once the client has read everything, or left. */
async function traceOf(world: World, asked: Asked): Promise<Trace> {
  await world.time.advance(0);
  const response = await asked.response;
  await response.text().catch(() => {});
  await settle();
  return world.trace;
}

describe("an answer", () => {
  test("that is whole", async () => {
    await using world = worldOf(1);
    const asked = world.ask(CHAT, ASK);
    await world.time.advance(40);
    world.call.json(200, OK);
    const trace = await traceOf(world, asked);
    const { keyId, keyName } = trace.attempts[0] ?? {};
    expect(trace).toMatchObject({
      ...{ operation: "chat/completions", route: "/v1/chat/completions", method: "POST", model: "m" },
      ...{ status: 200, end: "ok", errorCode: undefined, isStream: false },
      ...{ provider: "p", keyId, keyName, upstreamModel: "m" },
      ...{ receivedAt: START, committedAt: START + 40, endedAt: START + 40, waitedMs: 0 },
      ...{ bytesIn: SENT, bytesOut: ANSWERED },
      attempts: [{ outcome: "ok", status: 200, startedAt: START, endedAt: START + 40 }],
    });
    expect(keyId).toMatch(/^[0-9a-f]{12}$/);
  });

  test("that is a stream", async () => {
    await using world = worldOf(1);
    const asked = world.ask(CHAT, ASK_STREAM);
    await world.time.advance(30);
    world.call.stream(ROLE, WORD);
    const reading = asked.response.then((response) => response.text());
    await world.time.advance(70);
    world.call.data(STOP + DONE).end();
    await reading;
    await settle();
    expect(world.trace).toMatchObject({
      ...{ status: 200, end: "ok", isStream: true, committedAt: START + 30, endedAt: START + 100 },
      ...{ bytesIn: SENT_STREAM, bytesOut: (ROLE + WORD + STOP + DONE).length },
      attempts: [{ outcome: "ok", endedAt: START + 100 }],
    });
  });

  test("that is a stream nobody asked for by a field", async () => {
    await using world = worldOf(1);
    world.script = (call) => call.stream(DONE).end();
    expect(await traceOf(world, world.ask("/v1/something/new", {}))).toMatchObject({ isStream: true });
  });

  test("of another provider, under the name that it has there", async () => {
    await using world = fallbackWorld(ONCE);
    world.script = (call) => (call.provider === "p" ? call.json(500, FAULT) : call.json(200, OK));
    const trace = await traceOf(world, world.ask(CHAT, { ...ASK, model: "any" }));
    expect(trace).toMatchObject({ model: "any", provider: "q", upstreamModel: "m", status: 200, end: "ok" });
    expect(trace.attempts.map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ["p", "server_error"],
      ["q", "ok"],
    ]);
  });
});

describe("an error", () => {
  test.each<[string, Script, Partial<Trace>]>([
    ["of the provider", answers(500, FAULT), { status: 500, errorCode: undefined, bytesOut: FAILED }],
    ["of the client", answers(400, FAULT), { status: 400, errorCode: undefined, bytesOut: FAILED }],
    ["that is a page", HTML, { status: 502, errorCode: "upstream_invalid_response" }],
    ["without an answer", (call) => call.neverSent(), { status: 502, errorCode: "upstream_unreachable" }],
  ])("%s", async (_, script, fields) => {
    await using world = worldOf(1, ONCE);
    world.script = script;
    const asked = world.ask(CHAT, ASK);
    await world.time.advance(0);
    const response = await asked.response;
    const { length } = await response.text();
    expect(world.trace).toMatchObject({ end: "error", provider: "p", bytesIn: SENT, bytesOut: length, ...fields });
    expect(world.trace.committedAt).toBe(world.trace.endedAt);
  });

  test.each<[string, string, object | string | undefined, Partial<Trace>]>([
    ["no such path", "/nothing", undefined, { status: 404, errorCode: "not_found", operation: "unknown" }],
    ["no such provider", "/nobody/v1/models", undefined, { status: 404, errorCode: "provider_not_found" }],
    ["a body of two minds", CHAT, '{"model":"a","model":"b"}', { status: 400, errorCode: "ambiguous_body" }],
  ])("made here: %s", async (_, target, body, fields) => {
    await using world = worldOf(1);
    const response = await world.ask(target, body).response;
    const { length } = await response.text();
    expect(world.trace).toMatchObject({ end: "error", provider: undefined, attempts: [], bytesOut: length, ...fields });
    expect(world.trace.committedAt).toBe(START);
  });

  test("made here in the shape of another API is counted as it went out", async () => {
    await using world = worldOf(1);
    const response = await world.ask("/nothing", undefined, { headers: { "anthropic-version": "2023-06-01" } })
      .response;
    expect(world.trace.bytesOut).toBe((await response.text()).length);
  });

  test("to HEAD has no bytes", async () => {
    await using world = worldOf(1);
    await world.ask("HEAD /nothing").response;
    expect(world.trace).toMatchObject({ method: "HEAD", status: 404, bytesOut: 0 });
  });

  test("of our own", async () => {
    const world = worldOf(1);
    world.balancer.pick = () => {
      throw new Error("a bug");
    };
    expect(await traceOf(world, world.ask(CHAT, ASK))).toMatchObject({
      ...{ status: 500, end: "error", errorCode: "internal_error", bytesIn: SENT },
    });
    expect(world.bugs.length).toBe(1);
  });
});

describe("an answer that breaks off", () => {
  test("is interrupted", async () => {
    await using world = worldOf(1);
    world.script = (call) => call.stream(WORD).cut();
    expect(await traceOf(world, world.ask(CHAT, ASK_STREAM))).toMatchObject({
      ...{ status: 200, end: "interrupted", usage: undefined, provider: "p" },
      attempts: [{ outcome: "cut", reason: "CONNECTION_RESET" }],
    });
  });
});

describe("a client that leaves", () => {
  test("before anybody was asked", async () => {
    await using world = worldOf(1);
    const asked = world.ask(CHAT, ASK);
    asked.leave();
    expect(await traceOf(world, asked)).toMatchObject({
      ...{ end: "client_gone", status: undefined, committedAt: undefined, errorCode: undefined, bytesOut: 0 },
    });
  });

  test("while it waits for a key", async () => {
    await using world = worldOf(1, { limits: { concurrency: 1 } });
    const first = world.ask(CHAT, ASK);
    await settle();
    const second = world.ask(CHAT, ASK);
    await world.time.advance(25);
    second.leave();
    expect(await traceOf(world, second)).toMatchObject({
      ...{ end: "client_gone", status: undefined, waitedMs: 25, provider: undefined, attempts: [] },
    });
    world.call.json(200, OK);
    await first.response;
  });

  test("before the commit", async () => {
    await using world = worldOf(1);
    const asked = world.ask(CHAT, ASK);
    await world.time.advance(15);
    asked.leave();
    expect(await traceOf(world, asked)).toMatchObject({
      ...{ end: "client_gone", status: undefined, committedAt: undefined, provider: "p", endedAt: START + 15 },
      attempts: [{ outcome: "client_gone" }],
    });
  });

  test("in the middle of a stream", async () => {
    await using world = worldOf(1);
    world.script = (call) => void call.stream(WORD);
    const asked = world.ask(CHAT, ASK_STREAM);
    const reader = (await asked.response).body?.getReader();
    await reader?.read();
    asked.leave();
    await reader?.read().catch(() => {});
    await settle();
    expect(world.trace).toMatchObject({
      ...{ end: "client_gone", status: 200, committedAt: START, bytesOut: WORD.length, usage: undefined },
      attempts: [{ outcome: "client_gone" }],
    });
  });

  test("is cut off when the daemon ends", async () => {
    await using world = worldOf(1);
    world.script = (call) => void call.stream(WORD);
    const asked = world.ask(CHAT, ASK_STREAM);
    const reader = (await asked.response).body?.getReader();
    await reader?.read();
    await world.handler.closeSessions();
    asked.leave();
    await reader?.read().catch(() => {});
    await settle();
    expect(world.trace).toMatchObject({ end: "interrupted", errorCode: "shutting_down", status: 200 });
  });
});

describe("a fault of who takes the record", () => {
  test.each<[string, object, Script, string]>([
    ["an answer", ASK, answers(200, OK), JSON.stringify(OK)],
    ["a stream", ASK_STREAM, (call) => call.stream(ROLE, WORD, STOP, DONE).end(), ROLE + WORD + STOP + DONE],
  ])("does %s no harm, and is told", async (_, body, script, text) => {
    const world = worldOf(1);
    world.traces.push = () => {
      throw new Error("a bug");
    };
    world.script = script;
    expect(await world.read(CHAT, body)).toMatchObject({ status: 200, text });
    await settle();
    expect([world.bugs.length, world.handler.inFlight]).toEqual([1, 0]);
  });
});

describe("names of a client's making", () => {
  test("are told up to 256 characters, and sent on as they are", async () => {
    await using world = worldOf(1);
    world.script = inTurn(answers(200, OK));
    const model = "m".repeat(500);
    expect(await traceOf(world, world.ask(CHAT, { ...ASK, model }))).toMatchObject({
      ...{ model: "m".repeat(256), upstreamModel: "m".repeat(256) },
      attempts: [{ model: "m".repeat(256) }],
    });
    expect(world.call.body).toContain(model);
  });

  test("never stand in route or operation", async () => {
    await using world = worldOf(1);
    world.script = answers(200, {});
    for (const path of ["/v1/files/file-made-up", "/v1/made/up?made=up", "/p/v1/threads/made-up/runs/made-up"]) {
      const { route, operation } = await traceOf(world, world.ask(path));
      expect(`${route} ${operation}`).not.toMatch(/made|up/);
    }
  });
});
