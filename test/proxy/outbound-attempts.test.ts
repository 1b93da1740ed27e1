// Attempts whose outbound proxies carry nothing: who is asked next, who is blamed, what the client gets.
import { describe, expect, test } from "bun:test";
import type { OutboundConfig } from "../../src/config/outbound-proxy.ts";
import { PROXY_FAULTS, TARGET_UNREACHABLE } from "../../src/outbound/outbound-fault.ts";
import type { Transport } from "../../src/upstream/transport.ts";
import {
  ASK,
  answers,
  CHAT,
  type FakeCall,
  fallbackWorld,
  OK,
  provider,
  type Script,
  World,
  worldOf,
} from "./fixtures.ts";

const ok = answers(200, OK);
const LIMITED = '{"error":{"message":"Slow down","type":"requests","code":"rate_limit_exceeded"}}';
const TOP = { proxies: { urls: ["http://top.example:3128"] } };

/** Keys `p-0`, `p-1`, … each behind a proxy of its own, the last one directly. */
function ownProxies(keys: number): World {
  const api_keys = Array.from({ length: keys }, (_, index) => ({
    key: `sk-fake-p-${index}`,
    proxies: index === keys - 1 ? "direct" : [`http://own-${index}.example:3128`],
  }));
  return new World({ providers: [provider("p", 0, { api_keys, max_retries: 0 })] });
}

const isProxied = ({ call }: FakeCall) => call.outbound !== undefined;

/** What goes through a proxy is never sent; what goes out directly is served. */
const onlyDirect =
  (cause = "PROXY_REFUSED"): Script =>
  (call, index) =>
    isProxied(call) ? call.neverSent(cause) : ok(call, index);

/** Lets a provider's transport say which proxies are out. */
function cutOff(world: World, name: string, isCutOff: (outbound: OutboundConfig) => boolean): void {
  const { transport } = world.setup.providers.get(name) ?? {};
  Object.assign(transport as Transport, { isCutOff });
}

test.each(PROXY_FAULTS)("%s blames no key and no provider, and says so to the client", async (cause) => {
  await using world = worldOf(2, { max_retries: 0 }, TOP);
  world.script = (call) => call.neverSent(cause);
  for (let time = 0; time < 12; time++) {
    const { status, text } = await world.read(CHAT, ASK);
    expect(status).toBe(502);
    const { error } = JSON.parse(text);
    expect(error.code).toBe("upstream_unreachable");
    expect(error.message).toStartWith(
      `Cannot reach the provider (no outbound proxy of this daemon carries the call (${cause}))`,
    );
  }
  expect(world.changes).toEqual([]);
  const [report] = world.balancer.report(world.time.now());
  expect(report?.state).toBe("up");
  expect(report?.keys.map(({ state, failed }) => [state, failed])).toEqual([
    ["ready", 0],
    ["ready", 0],
  ]);
  expect(world.trace.attempts.map(({ outcome, reason }) => `${outcome} ${reason}`)).toEqual([`connect_error ${cause}`]);
});

test("a proxy that works and says that it cannot reach the provider is a vote against the provider", async () => {
  await using world = worldOf(1, { max_retries: 0 }, TOP);
  world.script = (call) => call.neverSent(TARGET_UNREACHABLE);
  const asked = Array.from({ length: 5 }, () => world.ask(CHAT, ASK));
  await world.time.advance(10 * 60_000);
  for (const { response } of asked) expect((await response).status).toBeGreaterThanOrEqual(502);
  expect(world.changes.map(({ level, to }) => `${level} ${to}`)).toEqual(["provider open"]);
});

test("the only way is tried again after a pause, as long as retries are left", async () => {
  await using world = worldOf(1, {}, TOP);
  let failures = 2;
  world.script = (call, index) => (failures-- > 0 ? call.neverSent("PROXY_REFUSED") : ok(call, index));
  const asked = world.ask(CHAT, ASK);
  await world.time.advance(10_000);
  expect((await asked.response).status).toBe(200);
  expect(world.calls).toHaveLength(3);
});

test("proxies that stay silent are not waited for again in the same request", async () => {
  await using world = worldOf(2, { timeouts: { connect: "10s" } }, TOP);
  world.script = (call) => void world.time.schedule(10_000, () => call.neverSent("PROXY_TIMEOUT"));
  const asked = world.ask(CHAT, ASK);
  await world.time.advance(10_000);
  expect((await asked.response).status).toBe(502);
  expect(world.calls).toHaveLength(1);
});

describe("with proxies of their own", () => {
  test("a key is asked again after the others have refused, as its proxy may have failed but once", async () => {
    const api_keys = [
      { key: "sk-fake-p-0", proxies: ["http://own-0.example:3128"] },
      { key: "sk-fake-p-1", priority: 1 },
    ];
    await using world = new World({ providers: [provider("p", 0, { api_keys, max_retries: 1 })] });
    let failures = 1;
    world.script = (call, index) => {
      if (!isProxied(call)) return call.json(429, LIMITED, { "retry-after": "3600" });
      return failures-- > 0 ? call.neverSent("PROXY_REFUSED") : ok(call, index);
    };
    const asked = world.ask(CHAT, ASK);
    await world.time.advance(10_000);
    expect((await asked.response).status).toBe(200);
    expect(world.calls.map(isProxied)).toEqual([true, false, true]);
  });

  test("keys whose proxies are out are asked before a request fails for the silence of others", async () => {
    await using world = ownProxies(3);
    const isOut = ({ proxies }: OutboundConfig) => proxies[0]?.hostname === "own-1.example";
    cutOff(world, "p", isOut);
    world.script = (call, index) => {
      if (call.call.outbound === undefined) return call.json(401, LIMITED);
      if (isOut(call.call.outbound.config)) return ok(call, index);
      world.time.schedule(10_000, () => call.neverSent("PROXY_TIMEOUT"));
    };
    for (let time = 0; time < 3; time++) {
      const asked = world.ask(CHAT, ASK);
      await world.time.advance(30_000);
      expect((await asked.response).status).toBe(200);
    }
  });

  test("every key is asked at once until one is reached, though there is no retry left", async () => {
    await using world = ownProxies(5);
    world.script = onlyDirect();
    for (let time = 0; time < 5; time++) expect((await world.read(CHAT, ASK)).status).toBe(200);
    expect(world.changes).toEqual([]);
  });

  test("keys that share the proxies that failed are not tried one after the other", async () => {
    const api_keys = Array.from({ length: 20 }, (_, index) => ({
      key: `sk-fake-p-${index}`,
      proxies: index === 19 ? "direct" : ["http://shared.example:3128"],
      priority: index === 19 ? 1 : 0,
    }));
    await using world = new World({ providers: [provider("p", 0, { api_keys, max_retries: 0 })] });
    world.script = onlyDirect();
    expect((await world.read(CHAT, ASK)).status).toBe(200);
    expect(world.calls).toHaveLength(2);
  });

  test("a key whose proxies are out is left aside while another may serve", async () => {
    await using world = ownProxies(4);
    cutOff(world, "p", () => true);
    world.script = onlyDirect();
    for (let time = 0; time < 8; time++) expect((await world.read(CHAT, ASK)).status).toBe(200);
    expect(world.calls.filter(isProxied)).toEqual([]);
  });

  test("nothing is kept from a client because its proxies are out, as long as they carry the call", async () => {
    await using world = worldOf(2, {}, TOP);
    cutOff(world, "p", () => true);
    world.script = ok;
    expect((await world.read(CHAT, ASK)).status).toBe(200);
    expect(world.calls.map(isProxied)).toEqual([true]);
  });
});

test("another provider is asked first while all proxies of one are out, and at once where they fail", async () => {
  await using world = fallbackWorld({ max_retries: 0 });
  for (const { outbound } of [...world.setup.providers.values()].flatMap(({ keys }) => [...keys.values()])) {
    expect(outbound).toBeUndefined();
  }
  await using proxied = new World({
    providers: [provider("p", 2, { max_retries: 0, proxies: ["http://p.example:3128"] }), provider("q", 1)],
    rest: { models: { any: ["p/m", "q/m"] } },
  });
  proxied.script = onlyDirect();
  expect((await proxied.read(CHAT, { ...ASK, model: "any" })).status).toBe(200);
  expect(proxied.calls.map((call) => call.provider)).toEqual(["p", "q"]);
  cutOff(proxied, "p", () => true);
  expect((await proxied.read(CHAT, { ...ASK, model: "any" })).status).toBe(200);
  expect(proxied.calls.map((call) => call.provider)).toEqual(["p", "q", "q"]);
});
