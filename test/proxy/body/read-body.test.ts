// Bodies are read whole, within a size, a time and a common pool, and what they took is given back once.
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { BufferPool } from "../../../src/proxy/body/buffer-pool.ts";
import { type BodyRead, readBody } from "../../../src/proxy/body/read-body.ts";
import { openConnection, rawRequest, requestText } from "../../fixture/raw-client.ts";

const MIB = 1024 * 1024;
const MAX = 4 * MIB;
const POOL = 6 * MIB;
const LIMITS = { maxUploadBytes: 0, bodyTimeoutMs: 1 };

let pool = new BufferPool(POOL);
let expire: (() => void) | undefined;
let stopped = 0;
let reads: Promise<BodyRead>[] = [];
let hasBegun = Promise.withResolvers<void>();

beforeEach(() => {
  pool = new BufferPool(POOL);
  expire = undefined;
  stopped = 0;
  reads = [];
  hasBegun = Promise.withResolvers();
});

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const read = readBody(request, {
      maxBodyBytes: MAX,
      bodyTimeoutMs: 60_000,
      pool,
      maxUploadBytes: 0,
      timing: {
        now: () => 0,
        schedule: (delayMs, run) => {
          expect(delayMs).toBe(60_000);
          expire = run;
          return () => {
            stopped += 1;
          };
        },
      },
    });
    reads.push(read);
    hasBegun.resolve();
    const body = await read;
    return body.ok
      ? new Response(body.bytes === null ? null : new Uint8Array(body.bytes))
      : new Response(body.code, { status: 400 });
  },
});
afterAll(() => server.stop(true));

const url = server.url.href;

function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).map((_, index) => index * 31 + (index >> 8));
}

function chunked(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function firstRead(): Promise<BodyRead> {
  await hasBegun.promise;
  const [read] = reads;
  if (read === undefined) throw new Error("No request has begun");
  return read;
}

describe("readBody", () => {
  test.each([1, 1000, MIB, MIB + 1, MAX])("reads a body of %d bytes with its length declared", async (size) => {
    const bytes = bytesOf(size);
    const answer = await fetch(url, { method: "POST", body: bytes });
    expect(Buffer.compare(await answer.bytes(), bytes)).toBe(0);
    expect(pool.usedBytes).toBe(size);
    expect(stopped).toBe(1);
  });

  test.each([
    [1, 1],
    [3000, 7],
    [200_000, 1000],
    [MAX, 100_000],
  ])("reads a chunked body of %d bytes in pieces of %d", async (size, piece) => {
    const bytes = bytesOf(size);
    const answer = await fetch(url, { method: "POST", body: chunked(bytes, piece) });
    expect(Buffer.compare(await answer.bytes(), bytes)).toBe(0);
    expect(pool.usedBytes).toBe(size);
    expect(stopped).toBe(1);
  });

  test("gives the memory back once", async () => {
    for (const body of [bytesOf(5000), bytesOf(2 * MIB), chunked(bytesOf(5000), 100)])
      await fetch(url, { method: "POST", body });
    expect(pool.usedBytes).toBe(10_000 + 2 * MIB);
    for (const read of reads) {
      const body = await read;
      if (!body.ok) throw new Error(body.code);
      body.release();
      body.release();
    }
    expect(pool.usedBytes).toBe(0);
  });

  test.each([
    ["GET without a body", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["POST without a body", "POST / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["POST with length 0", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"],
    ["POST with no chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ])("has no bytes for a %s", async (_, text) => {
    expect((await rawRequest(url, text)).status).toBe(200);
    expect(await firstRead()).toMatchObject({ ok: true, bytes: null });
    expect(pool.usedBytes).toBe(0);
  });

  test("reads the body of a DELETE", async () => {
    const answer = await fetch(url, { method: "DELETE", body: "abc" });
    expect(await answer.text()).toBe("abc");
  });

  test("refuses a declared length above the limit before the body comes", async () => {
    const answer = await rawRequest(url, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${MAX + 1}\r\n\r\n`);
    expect(answer.body).toBe("request_too_large");
    expect(pool.usedBytes).toBe(0);
  });

  test("refuses a chunked body once it is above the limit", async () => {
    const answer = await fetch(url, { method: "POST", body: chunked(bytesOf(MAX + 1), 500_000) });
    expect(await answer.text()).toBe("request_too_large");
    expect(pool.usedBytes).toBe(0);
    expect(stopped).toBe(1);
  });

  test.each([
    ["a small body", bytesOf(1000)],
    ["a large body", bytesOf(2 * MIB)],
    ["a chunked body", chunked(bytesOf(1000), 100)],
  ])("refuses %s that does not fit into the pool beside others", async (_, body) => {
    expect(pool.tryReserve(POOL - 500)).toBe(true);
    const answer = await fetch(url, { method: "POST", body });
    expect(await answer.text()).toBe("overloaded");
    expect(pool.usedBytes).toBe(POOL - 500);
  });

  test("reserves of a large body only what has arrived", async () => {
    using connection = await openConnection(url);
    connection.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 * MIB}\r\n\r\nabc`);
    await hasBegun.promise;
    expect(pool.usedBytes).toBeLessThanOrEqual(3);
    connection.socket.destroy();
    expect(await firstRead()).toMatchObject({ ok: false, code: "client_gone" });
  });

  test.each([
    ["a declared body", "Content-Length: 10\r\n\r\nabc"],
    ["a large body", `Content-Length: ${2 * MIB}\r\n\r\nabc`],
    ["a chunked body", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
  ])("gives up on %s that stalls", async (_, rest) => {
    using connection = await openConnection(url);
    connection.send(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`);
    await hasBegun.promise;
    expire?.();
    expect(await firstRead()).toMatchObject({ ok: false, code: "request_timeout" });
    expect(await connection.untilReceived("request_timeout")).toStartWith("HTTP/1.1 400");
    expect(pool.usedBytes).toBe(0);
  });

  test.each([
    ["a declared body", "Content-Length: 10\r\n\r\nabc"],
    ["a large body", `Content-Length: ${2 * MIB}\r\n\r\nabc`],
    ["a chunked body", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ["a broken chunked body", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"],
  ])("notices that the client of %s is gone", async (_, rest) => {
    using connection = await openConnection(url);
    connection.send(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`);
    await hasBegun.promise;
    connection.socket.destroy();
    expect(await firstRead()).toMatchObject({ ok: false, code: "client_gone" });
    expect(pool.usedBytes).toBe(0);
    expect(stopped).toBe(1);
  });

  test.each([
    ["comes", (body: ReadableStreamDefaultController) => body.close()],
    ["breaks", (body: ReadableStreamDefaultController) => body.error(new Error("broken"))],
  ])("has nothing left to give back when a body %s that it gave up on", async (_, finish) => {
    let body: ReadableStreamDefaultController | undefined;
    const stream = new ReadableStream({
      start(controller) {
        body = controller;
      },
    });
    const headers = { "content-length": "3" };
    const request = new Request("http://localhost/", { method: "POST", body: stream, headers });
    const whole = Promise.withResolvers<void>();
    const bytes = request.arrayBuffer();
    void bytes.finally(() => whole.resolve()).catch(() => {});
    Object.assign(request, { arrayBuffer: () => bytes });
    const schedule = (_delayMs: number, run: () => void) => {
      expire = run;
      return () => {};
    };
    const result = readBody(request, { ...LIMITS, maxBodyBytes: MAX, pool, timing: { now: () => 0, schedule } });
    expire?.();
    expect(await result).toMatchObject({ ok: false, code: "request_timeout" });
    body?.enqueue(new TextEncoder().encode("abc"));
    if (body !== undefined) finish(body);
    await whole.promise;
    expect(pool.usedBytes).toBe(0);
  });

  test("reads requests without a declared length that never saw a socket", async () => {
    const request = new Request("http://localhost/", { method: "POST", body: "abc" });
    const body = await readBody(request, {
      ...LIMITS,
      maxBodyBytes: 3,
      pool,
      timing: { now: () => 0, schedule: () => () => {} },
    });
    expect(body).toMatchObject({ ok: true, bytes: new TextEncoder().encode("abc") });
  });

  test("answers the next request of a connection after a body that was refused", async () => {
    using connection = await openConnection(url);
    pool.tryReserve(POOL);
    connection.send(requestText("POST /", [], "abc"));
    await connection.untilReceived("overloaded");
    pool.release(POOL);
    connection.send(requestText("POST /", [], "next"));
    expect(await connection.untilReceived("next")).toContain("HTTP/1.1 200");
  });
});

describe("BufferPool", () => {
  test("takes exactly up to its limit", () => {
    const own = new BufferPool(10);
    expect(own.tryReserve(10)).toBe(true);
    expect(own.tryReserve(0)).toBe(true);
    expect(own.tryReserve(1)).toBe(false);
    expect(own.usedBytes).toBe(10);
    own.release(4);
    expect(own.tryReserve(5)).toBe(false);
    expect(own.tryReserve(4)).toBe(true);
  });
});

test("BufferPool keeps what it holds over a new limit", () => {
  const own = new BufferPool(10);
  expect(own.tryReserve(8)).toBe(true);
  own.resize(4);
  expect(own.tryReserve(1)).toBe(false);
  own.release(8);
  expect(own.tryReserve(4)).toBe(true);
  own.resize(20);
  expect(own.tryReserve(16)).toBe(true);
  expect(own.usedBytes).toBe(20);
});
