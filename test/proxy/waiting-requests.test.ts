// Requests that wait for a key: until when, in which order, and what they are told when none came.
import { describe, expect, test } from "bun:test";
import type { NoneReason, Pick, Tried } from "../../src/balancer/contract.ts";
import {
  ASK,
  ASK_STREAM,
  answers,
  CHAT,
  DONE,
  FAULT,
  type FakeCall,
  fallbackWorld,
  inTurn,
  LIMITED,
  OK,
  ROLE,
  STOP,
  settle,
  WORD,
  type World,
  worldOf,
} from "./fixtures.ts";

type Gate = (now: number, tried: readonly Tried[]) => Pick | undefined;

/** Lets the balancer say something else than it would. */
function gate(world: World, said: Gate): void {
  const pick = world.balancer.pick.bind(world.balancer);
  world.balancer.pick = (need, tried, now) => said(now, tried) ?? pick(need, tried, now);
}

function waitUntil(until: number, code: "limited" | "open" | "exhausted" = "limited"): Pick {
  return { kind: "wait", until, reason: { code, retryAt: until } };
}

/** Nothing before `until`, a time from the beginning of the test. */
function closeUntil(world: World, ms: number): void {
  const until = world.time.now() + ms;
  gate(world, (now) => (now < until ? waitUntil(until) : undefined));
}

/** One attempt at a time; how long it takes nobody knows. */
function oneSlot(world: World): void {
  gate(world, (now) => {
    if (world.slots === 0) return undefined;
    const reason: NoneReason = { code: "limited", retryAt: now + 1_000 };
    return { kind: "wait", until: Number.POSITIVE_INFINITY, reason };
  });
}

const bodies = (world: World) => world.calls.map(({ body }) => (JSON.parse(body) as { user?: string }).user);
const asked = (user: string) => ({ ...ASK, user });

describe("a request waits", () => {
  test("until the time that the balancer says, and is served", async () => {
    await using world = worldOf(1);
    world.script = answers(200, OK);
    closeUntil(world, 5_000);
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(4_999);
    expect(world.calls).toHaveLength(0);
    await world.time.advance(1);
    expect((await response).status).toBe(200);
    expect(world.trace).toMatchObject({ waitedMs: 5_000, attempts: [{ outcome: "ok", waitedMs: 5_000 }] });
    expect(world.trace.attempts[0]?.startedAt).toBe(world.trace.receivedAt + 5_000);
  });

  test("on the keys' time, not on that of this program", async () => {
    await using world = worldOf(1, {}, { server: { debug_headers: true } });
    world.script = answers(200, OK);
    closeUntil(world, 5_000);
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(5_000);
    expect((await response).headers.get("x-openai-balance-overhead-ms")).toBe("0");
  });

  test("for the end of another attempt, one slot for one of them", async () => {
    await using world = worldOf(1);
    oneSlot(world);
    const responses = ["a", "b", "c"].map((user) => world.ask(CHAT, asked(user)).response);
    for (let ended = 0; ended < 3; ended++) {
      await settle();
      expect(world.calls).toHaveLength(ended + 1);
      world.call.json(200, OK);
    }
    expect((await Promise.all(responses)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(bodies(world)).toEqual(["a", "b", "c"]);
  });

  test("also for less than the second after which a busy key is looked at again", async () => {
    await using world = worldOf(1, { limits: { concurrency: 1 } }, { queue: { max_wait: "900ms" } });
    const responses = ["a", "b", "c"].map((user) => world.ask(CHAT, asked(user)).response);
    for (let ended = 0; ended < 3; ended++) {
      await settle();
      expect(world.calls).toHaveLength(ended + 1);
      await world.time.advance(300);
      world.call.json(200, OK);
    }
    expect((await Promise.all(responses)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test("no longer than until a stream begins, where that shows that there is room for two", async () => {
    await using world = worldOf(1);
    world.script = inTurn(answers(429, LIMITED, { "retry-after": "5" }), (call) => void call.stream(ROLE, WORD));
    const first = world.ask(CHAT, ASK_STREAM);
    await settle();
    const asked = [first, world.ask(CHAT, ASK_STREAM), world.ask(CHAT, ASK_STREAM)];
    await world.time.advance(5_500);
    expect(world.calls.filter(({ isOver }) => !isOver)).toHaveLength(3);
    for (const { leave } of asked) leave();
    await settle();
  });

  test("for the end of a stream, not of its beginning", async () => {
    await using world = worldOf(1);
    oneSlot(world);
    world.script = inTurn((call) => void call.stream(ROLE, WORD), answers(200, OK));
    const stream = await world.ask(CHAT, ASK_STREAM).response;
    const text = stream.text();
    const { response } = world.ask(CHAT, ASK);
    await settle();
    expect(world.calls).toHaveLength(1);
    world.call.data(STOP).data(DONE).end();
    expect([(await response).status, await text]).toEqual([200, ROLE + WORD + STOP + DONE]);
  });

  test("behind those that wait already, though a key is free", async () => {
    await using world = worldOf(1);
    world.script = answers(200, OK);
    let isClosed = true;
    gate(world, () => (isClosed ? waitUntil(Number.POSITIVE_INFINITY) : undefined));
    const first = world.ask(CHAT, asked("a")).response;
    await settle();
    isClosed = false;
    const second = world.ask(CHAT, asked("b")).response;
    await world.time.advance(0);
    expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200]);
    expect(bodies(world)).toEqual(["a", "b"]);
  });

  test("again after a failure, with what it tried, for max_wait in all", async () => {
    await using world = worldOf(2);
    world.script = inTurn(answers(429, LIMITED), answers(200, OK));
    const start = world.time.now();
    const tried: number[] = [];
    gate(world, (now, known) => {
      tried.push(known.length);
      if (known.length === 0) return now < start + 20_000 ? waitUntil(start + 20_000) : undefined;
      return waitUntil(Number.POSITIVE_INFINITY);
    });
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(29_999);
    expect(world.calls).toHaveLength(1);
    await world.time.advance(1);
    expect((await response).status).toBe(429);
    expect(world.trace.waitedMs).toBe(30_000);
    expect(new Set(tried)).toEqual(new Set([0, 1]));
  });

  test("for the real balancer's rate-limited key", async () => {
    await using world = worldOf(1);
    world.script = inTurn(answers(429, LIMITED, { "retry-after": "5" }), answers(200, OK));
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(10_000);
    expect((await response).status).toBe(200);
    expect(world.trace.waitedMs).toBeGreaterThanOrEqual(5_000);
  });
});

test("keys of few slots serve fifty requests, never more at a time than they have", async () => {
  const api_keys = [1, 2].map((concurrency) => ({ key: `sk-fake-p-${concurrency}`, limits: { concurrency } }));
  await using world = worldOf(0, { api_keys });
  const responses = Array.from({ length: 50 }, () => world.ask(CHAT, ASK).response);
  for (let left = 50; left > 0; left--) {
    await settle();
    const running = world.calls.filter(({ isOver }) => !isOver);
    expect(running).toHaveLength(Math.min(3, left));
    running[0]?.json(200, OK);
  }
  expect((await Promise.all(responses)).every(({ status }) => status === 200)).toBe(true);
  expect(world.handler.queue.figures(world.time.now()).ended.taken.count).toBe(47);
});

describe("a request that waits is woken", () => {
  test.each<[string, (world: World) => void]>([
    ["an operator", (world) => world.handler.wake()],
    ["a new configuration", (world) => void world.handler.use(world.setup)],
    ["a change of health", (world) => world.handler.loop.onChanges([CHANGE])],
  ])("by %s", async (_name, wake) => {
    await using world = worldOf(1);
    world.script = answers(200, OK);
    let isClosed = true;
    gate(world, () => (isClosed ? waitUntil(Number.POSITIVE_INFINITY) : undefined));
    const { response } = world.ask(CHAT, ASK);
    await settle();
    isClosed = false;
    wake(world);
    expect((await response).status).toBe(200);
    world.changes.length = 0;
  });
});

describe("a request that may not try again where it failed", () => {
  const script = (call: FakeCall) =>
    call.provider === "q" ? call.json(500, FAULT) : call.json(429, LIMITED, { "retry-after": "5" });

  test("waits for a provider that was limited", async () => {
    await using world = fallbackWorld();
    world.script = (call, index) => (index === 0 || call.provider === "q" ? script(call) : call.json(200, OK));
    const { response } = world.ask(CHAT, { ...ASK, model: "any" });
    await world.time.advance(6_000);
    expect((await response).status).toBe(200);
    expect(world.calls.map(({ provider }) => provider)).toEqual(["p", "q", "q", "q", "q", "p"]);
  });

  test("is answered with how it failed where no other is left", async () => {
    await using world = fallbackWorld();
    world.script = answers(500, FAULT);
    const { response } = world.ask(CHAT, { ...ASK, model: "any" });
    await world.time.advance(20_000);
    expect((await response).status).toBe(500);
  });
});

describe("a request is answered", () => {
  test.each<[Parameters<typeof waitUntil>[1], number, object]>([
    ["limited", 30_001, { status: 429, code: "rate_limit_exceeded", after: "31", retry: "true" }],
    ["limited", 60_000, { status: 429, code: "rate_limit_exceeded", after: "60", retry: "true" }],
    ["limited", 60_001, { status: 429, code: "rate_limit_exceeded", after: "61", retry: "false" }],
    ["open", 45_500, { status: 503, code: "provider_unavailable", after: "46", retry: null }],
    ["exhausted", 3_600_000, { status: 429, code: "insufficient_quota", after: null, retry: "false" }],
  ])("at once where what is %s is back in %d ms only", async (code, ms, expected) => {
    await using world = worldOf(1);
    const until = world.time.now() + ms;
    gate(world, () => waitUntil(until, code));
    const { status, headers, text } = await world.read(CHAT, ASK);
    const told = { after: headers.get("retry-after"), retry: headers.get("x-should-retry") };
    expect({ status, code: codeOf(text), ...told }).toEqual(expected as never);
    expect(world.trace).toMatchObject({ waitedMs: 0, attempts: [] });
  });

  test("when max_wait is over, with what is true then", async () => {
    await using world = worldOf(1);
    gate(
      world,
      (now) => ({ ...waitUntil(Number.POSITIVE_INFINITY), reason: { code: "limited", retryAt: now + 7_000 } }) as Pick,
    );
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(30_000);
    const { status, headers } = await response;
    expect([status, headers.get("retry-after"), headers.get("x-should-retry")]).toEqual([429, "7", "true"]);
    expect(world.trace.waitedMs).toBe(30_000);
  });

  test("when the commit deadline is over", async () => {
    await using world = worldOf(1, { timeouts: { commit: "10s" } });
    gate(world, () => waitUntil(Number.POSITIVE_INFINITY));
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(10_000);
    expect((await response).status).toBe(429);
  });

  test("at once without max_wait", async () => {
    await using world = worldOf(1, {}, { queue: { max_wait: "0s" } });
    closeUntil(world, 1_000);
    expect((await world.read(CHAT, ASK)).status).toBe(429);
  });

  test("with queue_full where too many wait", async () => {
    await using world = worldOf(1, {}, { queue: { max_size: 1 } });
    world.script = answers(200, OK);
    closeUntil(world, 2_500);
    const { response } = world.ask(CHAT, ASK);
    await settle();
    const { status, headers, text } = await world.read(CHAT, ASK);
    expect([status, codeOf(text), headers.get("retry-after"), headers.get("x-should-retry")]).toEqual([
      503,
      "queue_full",
      "3",
      "true",
    ]);
    await world.time.advance(2_500);
    expect((await response).status).toBe(200);
  });

  test("with queue_full to make room for a client that waits less", async () => {
    const tokens = ["greedy", "small"].map((name) => ({ name, token: `fake-token-of-${name}-0123456789` }));
    await using world = worldOf(1, {}, { queue: { max_size: 2 }, auth: { client_tokens: tokens } });
    world.script = answers(200, OK);
    closeUntil(world, 1_000);
    const as = (name: string) => ({ headers: { authorization: `Bearer fake-token-of-${name}-0123456789` } });
    const responses = ["greedy", "greedy", "small"].map((name) => world.ask(CHAT, ASK, as(name)).response);
    await world.time.advance(1_000);
    expect((await Promise.all(responses)).map(({ status }) => status)).toEqual([200, 503, 200]);
  });

  test("when nothing will serve it any more", async () => {
    await using world = worldOf(1);
    let reason: NoneReason | undefined;
    gate(world, () => (reason ? { kind: "none", reason } : waitUntil(Number.POSITIVE_INFINITY)));
    const { response } = world.ask(CHAT, ASK);
    await settle();
    reason = { code: "no-key" };
    world.handler.wake();
    expect((await response).status).toBe(503);
  });

  test("alone by a bug of ours that its turn meets", async () => {
    await using world = worldOf(1);
    world.script = answers(200, OK);
    let turns = 0;
    gate(world, () => {
      turns += 1;
      if (turns <= 2) return waitUntil(Number.POSITIVE_INFINITY);
      if (turns === 3) throw new Error("bug");
      return undefined;
    });
    const responses = [world.ask(CHAT, ASK).response, world.ask(CHAT, ASK).response];
    await settle();
    world.handler.wake();
    expect((await Promise.all(responses)).map(({ status }) => status)).toEqual([500, 200]);
    expect(world.bugs.splice(0)).toHaveLength(1);
  });
});

test("a client that leaves is served no more, and nobody waits for it", async () => {
  await using world = worldOf(1);
  world.script = answers(200, OK);
  closeUntil(world, 5_000);
  const gone = world.ask(CHAT, asked("a"));
  const stays = world.ask(CHAT, asked("b")).response;
  await settle();
  gone.leave();
  await world.time.advance(5_000);
  expect((await gone.response).status).toBe(499);
  expect((await stays).status).toBe(200);
  expect(bodies(world)).toEqual(["b"]);
  expect(world.traces[0]).toMatchObject({ end: "client_gone", attempts: [] });
});

test("a drain waits for those that wait, and lets nobody join them", async () => {
  await using world = worldOf(1);
  world.script = answers(200, OK);
  closeUntil(world, 5_000);
  const { response } = world.ask(CHAT, ASK);
  await settle();
  let isDrained = false;
  const drained = world.handler.drain().then(() => {
    isDrained = true;
  });
  expect((await world.read(CHAT, ASK)).status).toBe(503);
  expect(isDrained).toBe(false);
  await world.time.advance(5_000);
  expect((await response).status).toBe(200);
  await drained;
});

describe("an attempt is settled", () => {
  const USAGE = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
  const COUNTED = { promptTokens: 5, completionTokens: 7 };

  function watched(world: World) {
    const settled: unknown[] = [];
    const { balancer } = world;
    const [begun, ended] = [balancer.settle.bind(balancer), balancer.end.bind(balancer)];
    balancer.settle = (attempt, usage, isSent, now) => {
      settled.push({ usage, isSent });
      begun(attempt, usage, isSent, now);
    };
    balancer.end = (attempt, now) => {
      settled.push("end");
      ended(attempt, now);
    };
    return settled;
  }

  test("with what a whole answer says", async () => {
    await using world = worldOf(1);
    const settled = watched(world);
    world.script = answers(200, { ...OK, usage: USAGE });
    await world.read(CHAT, ASK);
    expect(settled).toEqual([{ usage: expect.objectContaining(COUNTED), isSent: true }, "end"]);
  });

  test("with what a stream says at its end", async () => {
    await using world = worldOf(1);
    const settled = watched(world);
    const usage = `data: ${JSON.stringify({ id: "c", choices: [], usage: USAGE })}\n\n`;
    world.script = (call) => call.stream(ROLE, WORD, STOP, usage, DONE).end();
    await world.read(CHAT, ASK_STREAM);
    expect(settled).toEqual([{ usage: expect.objectContaining(COUNTED), isSent: true }, "end"]);
  });

  test("as no tokens where it was turned away, so that a bad request uses up no day", async () => {
    await using world = worldOf(1, { limits: { tpd: 1_000_000 } });
    world.script = (call, index) => (index === 0 ? call.json(400, { error: { message: "no" } }) : call.json(200, OK));
    expect((await world.read(CHAT, { ...ASK, max_tokens: 900_000 })).status).toBe(400);
    expect((await world.read(CHAT, { ...ASK, max_tokens: 900_000 })).status).toBe(200);
  });

  test("as never sent where the provider was not reached, and as sent where it refused", async () => {
    await using world = worldOf(2);
    const settled = watched(world);
    world.script = inTurn((call) => call.neverSent(), answers(429, LIMITED));
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(60_000);
    await response;
    const [first, , second] = settled;
    expect([first, second]).toEqual([
      { usage: undefined, isSent: false },
      { usage: { promptTokens: 0 }, isSent: true },
    ]);
  });
});

const CHANGE = {
  at: 0,
  level: "key",
  provider: "p",
  from: "cooling",
  to: "ready",
  reason: "answers_again",
  alert: false,
} as const;

function codeOf(text: string): string {
  return (JSON.parse(text) as { error: { code: string } }).error.code;
}
