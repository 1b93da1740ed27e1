// The small parts of a request: its URL, the count of those in flight, its pauses, times and bodies.
import { describe, expect, test } from "bun:test";
import { timeoutsOf } from "../../src/proxy/attempt/timeouts-of.ts";
import { ModelBody } from "../../src/proxy/body/model-body.ts";
import { peekBody } from "../../src/proxy/body/peek-body.ts";
import { InFlight } from "../../src/proxy/in-flight.ts";
import { splitUrl } from "../../src/proxy/paths/split-url.ts";
import { pause } from "../../src/proxy/waiting/pause.ts";
import { settle, VirtualTime, worldOf } from "./fixtures.ts";

test.each([
  ["http://h/v1/a?b=c?d", "/v1/a", "?b=c?d"],
  ["http://h:1/v1/%2F%zz//x", "/v1/%2F%zz//x", ""],
  ["http://h/?", "/", "?"],
  ["http://h", "/", ""],
  ["/v1/a", "/v1/a", ""],
  ["/v1/a?u=http://h/health", "/v1/a", "?u=http://h/health"],
  ["//v1/a", "//v1/a", ""],
])("splitUrl leaves the bytes of %s as they are", (url, path, query) => {
  expect(splitUrl(url)).toEqual({ path, query });
});

describe("InFlight", () => {
  test("drains when the last one has left, for all who wait", async () => {
    const inFlight = new InFlight();
    const generations = [inFlight.enter(), inFlight.enter()] as const;
    const waiting = [inFlight.drain(), inFlight.drain()];
    inFlight.leave(generations[0]);
    await settle();
    expect(waiting.map((promise) => Bun.peek.status(promise))).toEqual(["pending", "pending"]);
    inFlight.leave(generations[1]);
    await Promise.all(waiting);
    expect([inFlight.count, inFlight.isDraining]).toEqual([0, true]);
  });

  test("is not draining before it was asked to", () => {
    const inFlight = new InFlight();
    inFlight.leave(inFlight.enter());
    expect(inFlight.isDraining).toBe(false);
  });

  test("a turn is over when every request from before it has left, also those from before an earlier turn", async () => {
    const inFlight = new InFlight();
    await inFlight.turn();
    const first = inFlight.enter();
    const turns = [inFlight.turn()];
    const second = inFlight.enter();
    turns.push(inFlight.turn());
    inFlight.enter();
    inFlight.leave(second);
    await settle();
    expect(turns.map((promise) => Bun.peek.status(promise))).toEqual(["pending", "pending"]);
    inFlight.leave(first);
    await Promise.all(turns);
    expect(inFlight.count).toBe(1);
  });
});

describe("pause", () => {
  test.each(["time", "abort"])("ends by %s and leaves no timer", async (by) => {
    const time = new VirtualTime();
    const client = new AbortController();
    let isOver = false;
    const waiting = pause(100, client.signal, time.schedule).then(() => {
      isOver = true;
    });
    await time.advance(99);
    expect(isOver).toBe(false);
    if (by === "time") await time.advance(1);
    else client.abort();
    await waiting;
    expect(time.pending).toBe(0);
  });

  test("does not begin for a client that has left", async () => {
    const time = new VirtualTime();
    await pause(100, AbortSignal.abort(), time.schedule);
    expect(time.pending).toBe(0);
  });
});

describe("timeoutsOf", () => {
  const models = { "o1-*": { response: "20m" }, "o1-mini": { response: "1m" } };
  const [slow] = worldOf(1, { timeouts: { response: "30s", models } }).setup.providers.values();

  test.each([
    [undefined, 30_000],
    ["gpt", 30_000],
    ["o1-mini", 1_200_000],
  ])("of %p takes the first pattern that matches", (model, responseMs) => {
    if (slow === undefined) throw new Error("No provider");
    const times = timeoutsOf(slow, model);
    expect([times.responseMs, times.commitMs]).toEqual([responseMs, 600_000]);
    expect(timeoutsOf(slow, model)).toBe(times);
  });
});

describe("ModelBody", () => {
  const bytes = new TextEncoder().encode('{"model":"a"}');
  const body = new ModelBody({ body: bytes, facts: peekBody(bytes, "application/json"), native: false });

  test("gives the bytes themselves where nothing changes", () => {
    expect([body.under("a"), body.under(undefined)]).toEqual([bytes, bytes]);
    expect(body.under("a")).toBe(bytes);
    expect(new ModelBody({ body: null, facts: peekBody(null, null), native: false }).under("b")).toBeNull();
  });

  test("leaves the body of a native path alone, whatever model its path names", () => {
    const native = new ModelBody({ body: bytes, facts: peekBody(bytes, "application/json"), native: true });
    expect(native.under("my-deployment")).toBe(bytes);
  });

  test("copies once for each name in a row", () => {
    const first = body.under("b");
    expect(body.under("b")).toBe(first as Uint8Array);
    expect(new TextDecoder().decode(body.under("c") ?? undefined)).toBe('{"model":"c"}');
    expect(body.under("b")).toEqual(first);
  });
});
