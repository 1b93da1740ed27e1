// What `explain` says of waiting, of tiers and of keys on trial is what a request then meets.
import { describe, expect, test } from "bun:test";
import type { Strategy } from "../../src/balancer/contract.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { explainRequest } from "../../src/daemon/explain-request.ts";
import { MINUTE, SECOND, verdictOf } from "../balancer/fixtures.ts";
import { answers, OK, provider, World } from "../proxy/fixtures.ts";

const CHAT = { messages: [], model: "p/m" };

function open(maxWait = "10s", fields: object = {}): World {
  const world = new World({
    providers: [provider("p", 1, fields), provider("q", 1, { strategy: "fill_first" })],
    rest: {
      queue: { max_wait: maxWait },
      strategy: "random",
      models: { own: ["q/m", "p/m"], both: [["p/m", "q/m"]], one: ["p/m"] },
    },
  });
  world.script = answers(200, OK);
  return world;
}

function explain({ handler, catalog, balancer, tokens: { admission }, time }: World, request: string) {
  return explainRequest({ request }, { handler, catalog, balancer, admission, now: time.now() });
}

function meet({ balancer, time }: World, effect: Effect, { times = 1, model = "m" } = {}): void {
  for (let i = 0; i < times; i++) {
    const need = { route: [[{ provider: "p", model }]], operation: "chat/completions", client: `c${i}` };
    const [key] = balancer.report(time.now())[0]?.keys ?? [];
    const attempt = balancer.begin({ provider: "p", keyId: key?.id ?? "", model }, need, time.now());
    balancer.judge(attempt, verdictOf(effect), time.now());
    balancer.end(attempt, time.now());
  }
}

describe("a request that nothing can serve now", () => {
  test("waits where something is back in time, and is served then", async () => {
    await using world = open();
    meet(world, { kind: "rate-limited", retryAfterMs: 4 * SECOND });
    const { wait, refusal, keys } = explain(world, "p/m");
    const until = wait?.until ?? 0;
    expect([wait, refusal]).toEqual([{ until, atMostMs: 10 * SECOND, waiting: 0 }, undefined]);
    expect(Array.from(keys, ({ obstacles }) => obstacles[0]?.until)).toEqual([until]);
    const asked = world.ask("/v1/chat/completions", CHAT);
    await world.time.advance(until - world.time.now() - 1);
    expect(world.calls).toEqual([]);
    await world.time.advance(SECOND);
    expect((await asked.response).status).toBe(200);
  });

  test("is refused at once where nothing is, with the Retry-After that it gets", async () => {
    await using world = open();
    meet(world, { kind: "rate-limited", retryAfterMs: 40 * SECOND });
    const { wait, refusal } = explain(world, "p/m");
    expect([wait, refusal?.code]).toEqual([undefined, "rate_limit_exceeded"]);
    const { status, headers } = await world.read("/v1/chat/completions", CHAT);
    expect([status, Number(headers.get("retry-after"))]).toEqual([429, refusal?.retryAfterS ?? 0]);
  });

  test("waits for the end of another one, and behind those that wait for the same", async () => {
    await using world = open("10s", { limits: { concurrency: 1 } });
    const slow = Promise.withResolvers<void>();
    world.script = (call, index) => void slow.promise.then(() => answers(200, OK)(call, index));
    const asked = [0, 1, 2].map(() => world.ask("/v1/chat/completions", CHAT).response);
    await world.time.advance(1);
    const { wait } = explain(world, "p/m");
    expect(wait).toEqual({ until: undefined, atMostMs: 10 * SECOND, waiting: 2 });
    slow.resolve();
    for (const response of asked) expect(await (await response).text()).not.toBe("");
    expect(explain(world, "p/m").wait).toBeUndefined();
  });
});

describe("the route", () => {
  test.each<[string, readonly Strategy[]]>([
    ["own", ["fill_first", "random"]],
    ["both", ["random"]],
    ["one", ["random"]],
  ])("%s is chosen among by %j", async (request, strategies) => {
    await using world = open();
    expect(explain(world, request).route.map(({ strategy }) => strategy)).toEqual([...strategies]);
  });

  test.each<[string, readonly boolean[]]>([
    ["one", [true]],
    // Only one provider's keys have a common ring.
    ["both", [false]],
    ["/v1/embeddings", [false]],
    ["/v1/files", [false]],
  ])("%s is chosen by affinity: %j", async (request, affinities) => {
    await using world = open("10s", { affinity: "auto" });
    expect(explain(world, request).route.map(({ isAffine }) => isAffine)).toEqual([...affinities]);
  });

  test("tells of breakers that are open, and of what is on trial", async () => {
    await using world = open();
    meet(world, { kind: "server-error" }, { times: 5 });
    const target = () => explain(world, "one").route[0]?.targets[0];
    expect(target()).toMatchObject({ provider: "p", model: "m", state: "up", openModel: { state: "open" } });
    meet(world, { kind: "unreachable" }, { times: 5 });
    expect(target()).toMatchObject({ state: "open", until: expect.any(Number) });
    await world.time.advance(MINUTE);
    expect(target()).toMatchObject({ state: "half_open", until: undefined, openModel: { state: "half_open" } });
  });
});

test("a key whose rest is over is on trial until it has answered", async () => {
  await using world = open();
  meet(world, { kind: "key-invalid" });
  expect(explain(world, "p/m").isTrial).toBe(false);
  await world.time.advance(11 * MINUTE);
  expect(explain(world, "p/m")).toMatchObject({ isTrial: true, picked: { isPicked: true } });
  await world.read("/v1/chat/completions", CHAT);
  expect(explain(world, "p/m").isTrial).toBe(false);
});
