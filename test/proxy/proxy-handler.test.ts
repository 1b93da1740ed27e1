// The handler of one connection's requests: what it asks of the connection.
import { describe, expect, test } from "bun:test";
import { Balancer } from "../../src/balancer/balancer.ts";
import { ModelCatalog } from "../../src/proxy/model-catalog.ts";
import { ProxyHandler } from "../../src/proxy/proxy-handler.ts";
import { buildSetup } from "../../src/proxy/setup.ts";
import { buildProvider } from "../../src/upstream/build-provider.ts";
import type { Transport } from "../../src/upstream/transport.ts";
import { loadValid, oneProvider } from "../config/load.ts";

const STREAM = 'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\ndata: [DONE]\n\n';

function start(contentType: string, body: string) {
  const calls: string[] = [];
  const transport: Transport = {
    start(call, events) {
      calls.push(call.method);
      queueMicrotask(() => {
        events.onHead(200, [["content-type", contentType]]);
        events.onData(Buffer.from(body));
        events.onEnd({ kind: "complete" });
      });
      return { pause: () => {}, resume: () => {}, abort: () => {} };
    },
    close: async () => {},
  };
  const { config } = loadValid({ yaml: oneProvider() });
  const timing = { now: () => 0, random: () => 0, schedule: () => () => {} };
  const pools = config.providers.map(({ name, keys, maxFailures, strategy }) => ({
    provider: name,
    keys: keys.map((key) => ({ ...key, serves: () => true })),
    maxFailures,
    strategy,
    names: () => true,
  }));
  const settings = { maxCooldownMs: 1000, retryBudget: 0.2, retryBudgetMin: 10 };
  const providers = config.providers.map((provider) => buildProvider(provider, transport));
  const catalog = new ModelCatalog();
  const unused = () => new Response();
  const handler = new ProxyHandler(buildSetup(config, providers, catalog), {
    balancer: new Balancer(pools, settings, timing.random),
    catalog,
    timing,
    redact: (text) => text,
    onChanges: () => {},
    onTrace: () => {},
    onBug: (error) => {
      throw error;
    },
    ownPaths: { health: unused, ready: unused, adminRead: unused },
  });
  const peerCalls: string[] = [];
  const peer = {
    address: "127.0.0.1",
    liftIdleTimeout: () => void peerCalls.push("lift"),
    restoreIdleTimeout: () => void peerCalls.push("restore"),
  };
  const ask = (init: RequestInit & { method: string }) =>
    handler.handle(
      new Request("http://localhost/v1/chat/completions", { headers: { host: "localhost" }, ...init }),
      peer,
    );
  return { ask, calls, peerCalls };
}

describe("the idle timeout of a connection is off while a request runs, and back for the next one", () => {
  test.each([
    ["a whole answer", "application/json", '{"choices":[]}'],
    ["a stream", "text/event-stream", STREAM],
    ["a download", "application/octet-stream", "bytes"],
  ])("%s", async (_name, contentType, body) => {
    const { ask, peerCalls } = start(contentType, body);
    const response = await ask({ method: "POST", body: '{"model":"m"}' });
    expect(await response.text()).toBe(body);
    expect(peerCalls).toEqual(["lift", "restore"]);
  });

  test("an answer of our own", async () => {
    const { ask, peerCalls } = start("application/json", "{}");
    expect((await ask({ method: "POST", body: '{"model":"a","model":"b"}' })).status).toBe(400);
    expect(peerCalls).toEqual(["lift", "restore"]);
  });
});
