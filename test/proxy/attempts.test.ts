// The attempts of one request: what is tried again, where, how often and after which wait.
import { describe, expect, test } from "bun:test";
import { SETTINGS } from "../balancer/fixtures.ts";
import {
  ASK,
  ASK_STREAM,
  answers,
  CHAT,
  DEAD_KEY,
  FAULT,
  fallbackWorld,
  inTurn,
  LIMITED,
  NO_CREDIT,
  OK,
  provider,
  type Script,
  settle,
  World,
  worldOf,
} from "./fixtures.ts";

const BATCH = { input_file_id: "f", endpoint: "/v1/chat/completions", completion_window: "24h" };
const TOO_BIG = {
  error: { message: "Request too large: Limit 30000, Requested 36278", type: "tokens", code: "rate_limit_exceeded" },
};
const ok = answers(200, OK);
const neverSent: Script = (call) => call.neverSent();
const cut: Script = (call) => call.cut();

/** Keys that only the balancer has yet: what it does not have any more, requests of before keep. */
function reload(world: World, { fresh, keepsOld }: { readonly fresh: number; readonly keepsOld: boolean }): void {
  const known = { weight: 1, serves: () => true };
  const old = [...world.setup.providers.values()].flatMap(({ config }) => config.keys);
  const keys = [
    ...Array.from({ length: fresh }, (_, i) => ({ ...known, id: `fresh${i}`, name: "fresh", priority: -1 })),
    ...(keepsOld ? old.map(({ id, name }) => ({ ...known, id, name, priority: 0 })) : []),
  ];
  const spec = {
    provider: "p",
    keys,
    maxFailures: 3,
    strategy: "balanced",
    affinity: "off",
    names: () => true,
  } as const;
  world.balancer.replacePools([spec], SETTINGS, world.time.now());
}

describe("what may have run", () => {
  const MAYBE: readonly (readonly [string, Script])[] = [
    ["a reset", cut],
    ["a 500", answers(500, FAULT)],
    ["a 408", answers(408, FAULT)],
    ["a cut body", (call) => call.head(200, { "content-type": "application/json" }).data('{"a":').cut()],
    ["a body that ends early with its connection", answers(200, '{"id":"x","choices":[')],
    ["an empty answer", answers(200, "")],
    ["blanks alone", answers(200, "\n\n")],
    ["an error inside a 200", answers(200, { error: { message: "x", code: "server_error" } })],
    ["a page", (call) => call.head(200, { "content-type": "text/html" }).data("<html>").end()],
    ["a page without a type, in small chunks", (call) => call.head(200).data("<!doc").data("type html><p>").end()],
  ];

  test.each([...MAYBE])("%s is tried again for what only computes", async (_name, script) => {
    await using world = worldOf(3);
    world.script = inTurn(script, ok);
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(1_000);
    expect((await response).status).toBe(200);
    expect(world.calls.map(({ key }) => key)).toHaveLength(2);
    expect(new Set(world.calls.map(({ key }) => key)).size).toBe(2);
  });

  test.each(MAYBE.filter(([name]) => !/page|early|empty|blanks|inside/.test(name)))(
    "%s ends what changes something",
    async (_name, script) => {
      await using world = worldOf(3);
      world.script = inTurn(script, ok);
      const { response } = world.ask("/v1/batches", BATCH);
      await world.time.advance(60_000);
      expect((await response).status).toBeGreaterThanOrEqual(408);
      expect(world.calls).toHaveLength(1);
    },
  );

  test("a stored answer that carries an error or is a page is no failed attempt", async () => {
    await using world = worldOf(3);
    world.script = answers(200, { id: "batch_1", error: { message: "its own" } });
    expect((await world.read("/v1/batches/batch_1")).text).toContain("its own");
    world.script = (call) => call.head(200, { "content-type": "text/html" }).data("<html>").end();
    expect((await world.read("/v1/files/f/content")).text).toBe("<html>");
    expect(world.calls).toHaveLength(2);
  });
});

describe("what never ran", () => {
  test.each([
    ["a connection that failed", neverSent],
    ["503", answers(503, FAULT)],
    ["529", answers(529, FAULT)],
    ["501", answers(501, FAULT)],
    ["a rate limit", answers(429, LIMITED)],
    ["a dead key", answers(401, DEAD_KEY)],
  ])("%s goes to the next provider, whatever the operation", async (_name, script) => {
    await using world = fallbackWorld();
    world.script = inTurn(script, ok);
    const { response } = world.ask("/v1/tomorrow", { model: "any" });
    await world.time.advance(1_000);
    expect((await response).status).toBe(200);
    expect(world.calls.map(({ provider: name }) => name)).toEqual(["p", "q"]);
  });

  test("an operation that changes something goes back to a provider only if it was not sent there", async () => {
    await using world = worldOf(1);
    world.script = inTurn(neverSent, ok);
    const first = world.ask("/v1/batches", BATCH);
    await world.time.advance(1_000);
    expect((await first.response).status).toBe(200);
    world.script = answers(503, FAULT);
    expect((await world.read("/v1/batches", BATCH)).status).toBe(503);
    expect(world.calls).toHaveLength(3);
  });
});

describe("rotation", () => {
  test("goes through refused keys at once, and stops after max_rotations", async () => {
    await using world = worldOf(5, {}, { retry: { max_rotations: 3 } });
    world.script = answers(429, LIMITED, { "retry-after": "7" });
    const answer = await world.read(CHAT, ASK);
    expect(world.calls).toHaveLength(4);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(answer.text).toContain("rate_limit_exceeded");
  });

  test("ends at a client's own fault after one call, unchanged", async () => {
    await using world = worldOf(5);
    world.script = answers(400, { error: { message: "bad", param: "n", code: "x" } });
    const answer = await world.read(CHAT, ASK);
    expect([answer.status, world.calls.length]).toEqual([400, 1]);
    expect(JSON.parse(answer.text)).toEqual({ error: { message: "bad", param: "n", code: "x" } });
  });

  test("asks two more candidates about an unclear error, then passes it on", async () => {
    await using world = worldOf(9);
    world.script = answers(200, { error: { message: "?", type: "invalid_request_error", code: "odd" } });
    const answer = await world.read(CHAT, ASK);
    expect([answer.status, world.calls.length]).toEqual([200, 3]);
    expect(answer.text).toContain('"odd"');
  });

  test("asks three keys about a request that is too big, then passes that on", async () => {
    await using world = worldOf(9);
    world.script = answers(429, TOO_BIG);
    const answer = await world.read(CHAT, ASK);
    expect([answer.status, world.calls.length]).toEqual([429, 3]);
    expect(JSON.parse(answer.text)).toEqual(TOO_BIG);
  });

  test("takes a request that is too big for one provider to the next of the route", async () => {
    await using world = fallbackWorld({}, 5);
    const tooBig = answers(429, TOO_BIG);
    world.script = inTurn(tooBig, tooBig, tooBig, ok);
    expect((await world.read(CHAT, { ...ASK, model: "any" })).status).toBe(200);
    expect(world.calls.map(({ provider: name }) => name)).toEqual(["p", "p", "p", "q"]);
  });

  test("blames the keys of unclear errors once another key answers", async () => {
    await using world = worldOf(2);
    world.script = inTurn(answers(200, { error: { message: "?", type: "invalid_request_error", code: "odd" } }), ok);
    expect((await world.read(CHAT, ASK)).status).toBe(200);
    const [pool] = world.balancer.report(world.time.now());
    expect(pool?.keys.reduce((sum, { failures }) => sum + failures, 0)).toBe(1);
  });

  test("passes over keys that came with a reload, however many", async () => {
    await using world = worldOf(1);
    world.script = ok;
    reload(world, { fresh: 100, keepsOld: true });
    expect((await world.read(CHAT, ASK)).status).toBe(200);
    reload(world, { fresh: 100, keepsOld: false });
    expect((await world.read(CHAT, ASK)).text).toContain("no_usable_key");
  });

  test("waits on for its own keys when others come with a reload", async () => {
    await using world = worldOf(1);
    world.script = inTurn(answers(429, LIMITED, { "retry-after": "5" }), ok);
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(1_000);
    reload(world, { fresh: 1, keepsOld: true });
    world.handler.wake();
    await world.time.advance(5_000);
    expect((await response).status).toBe(200);
    expect(world.calls).toHaveLength(2);
  });
});

describe("retry", () => {
  test("is at most max_retries, each after a jittered back-off that doubles", async () => {
    await using world = worldOf(9);
    world.script = answers(500, FAULT);
    const { response } = world.ask(CHAT, ASK);
    const startedAt = world.time.now();
    await world.time.advance(60_000);
    expect((await response).status).toBe(500);
    const starts = world.trace.attempts.map((attempt) => attempt.startedAt - startedAt);
    expect(starts).toEqual([0, 125, 125 + 250, 125 + 250 + 500]);
    expect(world.trace.backoffMs).toBe(125 + 250 + 500);
  });

  test("with max_retries 0 is none, yet another provider takes over", async () => {
    await using world = fallbackWorld({ max_retries: 0 }, 3);
    world.script = answers(500, FAULT);
    expect((await world.read(CHAT, { model: "any" })).status).toBe(500);
    expect(world.calls.map(({ provider: name }) => name)).toEqual(["p", "q"]);
  });

  test("is not counted where a provider takes over that was not tried", async () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    await using world = new World({
      providers: names.map((name) => provider(name)),
      rest: { models: { any: names.map((name) => `${name}/m`) } },
    });
    world.script = (call) => (call.provider === "f" ? call.json(200, OK) : call.neverSent());
    expect((await world.read(CHAT, { model: "any" })).status).toBe(200);
    expect(world.calls.map(({ provider: name }) => name)).toEqual(names);
  });

  test("goes to a lone key again after a transient fault", async () => {
    await using world = worldOf(1);
    world.script = inTurn(cut, neverSent, ok);
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(60_000);
    expect([(await response).status, world.calls.length]).toEqual([200, 3]);
  });

  test("rotates refused keys without a further wait", async () => {
    await using world = worldOf(4);
    world.script = inTurn(answers(500, FAULT), answers(401, DEAD_KEY), answers(401, DEAD_KEY), ok);
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(125);
    expect([(await response).status, world.calls.length]).toEqual([200, 4]);
  });

  test("is refused by a budget that is used up", async () => {
    await using world = worldOf(1, {}, {});
    world.script = answers(500, FAULT);
    for (let i = 0; i < 4; i++) {
      const { response } = world.ask(CHAT, ASK);
      await world.time.advance(8_000);
      await response;
    }
    // 4 first attempts allow the minimum of 10 retries in 60 s: 3, 3, 3 and 1.
    expect(world.calls).toHaveLength(14);
  });

  test("does not begin a wait that the commit deadline would cut short", async () => {
    await using world = worldOf(2, { timeouts: { commit: "100ms" } });
    world.script = answers(500, FAULT);
    const answer = await world.read(CHAT, ASK);
    expect([answer.status, world.calls.length]).toEqual([500, 1]);
  });

  test("is given up by a client that leaves during the wait", async () => {
    await using world = worldOf(2);
    world.script = answers(500, FAULT);
    const asked = world.ask(CHAT, ASK);
    await settle();
    expect(world.time.pending).toBe(1);
    asked.leave();
    await settle();
    expect((await asked.response).status).toBe(499);
    expect([world.calls.length, world.time.pending, world.trace.end]).toEqual([1, 0, "client_gone"]);
    expect([world.trace.status, world.trace.committedAt]).toEqual([undefined, undefined]);
  });
});

describe("what the client gets when nothing is left", () => {
  test.each<[string, Script, number, string]>([
    ["dead keys", answers(401, DEAD_KEY), 503, "no_usable_key"],
    ["no credit", answers(429, NO_CREDIT), 429, "insufficient_quota"],
    ["rate limits", answers(429, LIMITED), 429, "rate_limit_exceeded"],
    ["connections that fail", neverSent, 502, "upstream_unreachable"],
    [
      "a redirect",
      (call) => void call.head(302, { location: "https://elsewhere.example/x" }),
      502,
      "elsewhere.example",
    ],
    ["a page", (call) => call.head(200, { "content-type": "text/html" }).data("<html>").end(), 502, "invalid_response"],
    ["a status beyond HTTP", answers(999, "{}"), 502, "upstream_invalid_response"],
    ["a page with 403", (call) => call.head(403).data("<html>").end(), 403, "a page with status 403"],
    ["any other 403", answers(403, { error: { message: "not you", code: null } }), 403, "not you"],
    ["a page with 500", (call) => call.head(500).data("<html>").end(), 500, "upstream_invalid_response"],
    ["a body without an end", (call) => void call.head(500).data(new Uint8Array(9 << 20)), 502, "invalid_response"],
  ])("%s", async (_name, script, status, code) => {
    await using world = worldOf(2);
    world.script = script;
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(60_000);
    const answer = await response;
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(code)]);
    expect(world.trace).toMatchObject({ status, end: "error", provider: "p" });
  });

  test("a provider that redirects is called once", async () => {
    const redirect: Script = (call) => void call.head(302, { location: "https://elsewhere.example/x" });
    await using world = worldOf(2);
    world.script = redirect;
    expect((await world.read(CHAT, ASK)).status).toBe(502);
    expect(world.calls).toHaveLength(1);
  });

  test("an error body that is too large still counts by its status", async () => {
    await using world = worldOf(2);
    world.script = inTurn((call) => void call.head(401).data(new Uint8Array(9 << 20)), ok);
    expect((await world.read(CHAT, ASK)).status).toBe(200);
    expect(world.calls[0]?.isAborted).toBe(true);
    expect(
      world.balancer
        .report(world.time.now())[0]
        ?.keys.map(({ state }) => state)
        .sort(),
    ).toEqual(["invalid", "ready"]);
  });

  test("a request that names no usable provider", async () => {
    await using world = worldOf(1, { models: { exclude: ["m"] } });
    expect((await world.read(CHAT, ASK)).text).toContain("model_not_found");
    expect((await world.read(`${CHAT}?provider=none`, ASK)).text).toContain("provider_not_found");
    expect(world.calls).toHaveLength(0);
  });
});

describe("timeouts", () => {
  const times = (timeouts: object) => ({ timeouts });

  test("a whole answer has response_retry while another key is left, and is tried again once", async () => {
    await using world = worldOf(3, times({ response_retry: "10s", response: "40s", commit: "60s" }));
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(9_999);
    expect(world.calls).toHaveLength(1);
    await world.time.advance(1_000);
    expect([world.calls.length, world.calls[0]?.isAborted]).toEqual([2, true]);
    // The second timeout would be the last, so that it has the whole time.
    await world.time.advance(39_000);
    expect(world.calls[1]?.isAborted).toBe(false);
    await world.time.advance(10_000);
    expect([(await response).status, world.calls.length]).toEqual([504, 2]);
  });

  test.each([
    ["a lone key", 1, {}, CHAT],
    ["no retry allowed", 3, { max_retries: 0 }, CHAT],
    ["an operation that changes something", 3, {}, "/v1/batches"],
  ])("a whole answer has all of response with %s", async (_name, keys, fields, path) => {
    await using world = worldOf(keys, { ...times({ response_retry: "10s", response: "40s" }), ...fields });
    const { response } = world.ask(path, ASK);
    await world.time.advance(39_999);
    world.call.json(200, OK);
    expect((await response).status).toBe(200);
  });

  test("a shorter response counts from the head on, although a stream was asked for", async () => {
    await using world = worldOf(1, { ...times({ first_byte: "30s", response: "5s" }), max_retries: 0 });
    world.script = (call) => void call.head(200, { "content-type": "application/json" });
    const { response } = world.ask(CHAT, ASK_STREAM);
    await world.time.advance(5_000);
    expect((await response).status).toBe(504);
    expect(world.trace.attempts[0]?.reason).toBe("response_timeout");
  });

  test("a stream's first output has first_byte, comments or not", async () => {
    await using world = worldOf(1, { ...times({ first_byte: "5s", response: "30s" }), max_retries: 0 });
    world.script = (call) => void call.stream().data(": wait\n\n");
    const { response } = world.ask(CHAT, ASK_STREAM);
    await world.time.advance(5_000);
    expect((await response).status).toBe(504);
    expect(world.trace.attempts[0]?.reason).toBe("first_byte_timeout");
  });

  test("the commit deadline bounds everything", async () => {
    await using world = worldOf(9, times({ commit: "7s", first_byte: "5s" }));
    const { response } = world.ask(CHAT, ASK_STREAM);
    await world.time.advance(7_000);
    expect([(await response).status, world.calls.length]).toEqual([504, 1]);
  });

  test("times of single models count", async () => {
    await using world = worldOf(1, { timeouts: { models: { "slow-*": { response: "1s" } } }, max_retries: 0 });
    const slow = world.ask(CHAT, { ...ASK, model: "slow-one" });
    const other = world.ask(CHAT, ASK);
    await world.time.advance(1_000);
    expect((await slow.response).status).toBe(504);
    world.call.json(200, OK);
    expect((await other.response).status).toBe(200);
  });
});

describe("a client that leaves", () => {
  test("before the commit ends the call at once, blames nobody and frees the slot", async () => {
    await using world = worldOf(2);
    const asked = world.ask(CHAT, ASK);
    await world.time.advance(1_000);
    expect(world.slots).toBe(1);
    asked.leave();
    await settle();
    expect([world.call.isAborted, world.slots, world.changes.length]).toEqual([true, 0, 0]);
    expect(world.trace.attempts.map(({ outcome }) => outcome)).toEqual(["client_gone"]);
    expect((await asked.response).status).toBe(499);
  });

  test("before anything was sent makes no call", async () => {
    await using world = worldOf(2);
    const asked = world.ask(CHAT, ASK);
    asked.leave();
    await asked.response;
    expect(world.calls).toHaveLength(0);
  });
});

test("an alias is rewritten once for all attempts under one name", async () => {
  await using world = new World({
    providers: [provider("p", 3), provider("q")],
    rest: { models: { any: ["p/first", "q/second"] } },
  });
  world.script = inTurn(answers(401, DEAD_KEY), answers(401, DEAD_KEY), answers(401, DEAD_KEY), ok);
  await world.read(CHAT, '{"model": "any", "n":12345678901234567890}');
  const [first, second, , last] = world.calls;
  expect(first?.body).toBe('{"model": "first", "n":12345678901234567890}');
  expect(last?.body).toBe('{"model": "second", "n":12345678901234567890}');
  expect(first?.call.body).toBe(second?.call.body as Uint8Array);
});

test("a read is no use of its key, and says nothing of what else it may do", async () => {
  await using world = worldOf(2);
  const forbidden = answers(403, { error: { message: "no", code: null } });
  for (const { script, target, body, expected } of [
    { script: inTurn(forbidden, ok), target: CHAT, body: ASK, expected: [1, 2] },
    { script: answers(200, { data: [] }), target: "/v1/files", body: undefined, expected: [1, 2] },
    { script: ok, target: CHAT, body: ASK, expected: [0, 3] },
  ]) {
    world.script = script;
    await world.read(target, body);
    const keys = world.balancer.report(world.time.now())[0]?.keys ?? [];
    const sumOf = (field: "failures" | "used") => keys.reduce((sum, key) => sum + key[field], 0);
    expect([sumOf("failures"), sumOf("used")]).toEqual(expected);
  }
});

describe("a 403 that says nothing of its key", () => {
  const page: Script = (call) => call.head(403).data("<html>").end();
  const statesOf = (world: World) => world.balancer.report(world.time.now())[0]?.keys.map(({ state }) => state);

  test.each([1, 2, 3, 6])("rests none of %d keys however often a client's request is refused", async (count) => {
    await using world = worldOf(count);
    world.script = page;
    for (let index = 0; index < 20; index += 1) expect((await world.read(CHAT, ASK)).status).toBe(403);
    expect(statesOf(world)).toEqual(Array.from({ length: count }, () => "ready"));
    world.script = ok;
    expect((await world.read(CHAT, ASK)).status).toBe(200);
  });

  test("rests the key that gives it where another serves the same request, and still where that rest is over", async () => {
    await using world = worldOf(2);
    let bad: string | undefined;
    world.script = (call, index) => {
      bad ??= call.key;
      return call.key === bad ? page(call, index) : ok(call, index);
    };
    const ask = async () => expect((await world.read(CHAT, ASK)).status).toBe(200);
    while (statesOf(world)?.includes("cooling") !== true) await ask();
    const failed = () => world.calls.filter(({ key }) => key === bad).length;
    expect(failed()).toBe(3);
    await world.time.advance(5 * 60_000 + 1);
    for (let index = 0; index < 10; index += 1) await ask();
    expect(failed()).toBe(4);
    expect(statesOf(world)?.toSorted()).toEqual(["cooling", "ready"]);
  });
});
