// Which bodies become uploads, what is held of them, and that the memory comes back.
import { describe, expect, test } from "bun:test";
import { BufferPool } from "../../src/proxy/body/buffer-pool.ts";
import { readBody } from "../../src/proxy/body/read-body.ts";
import { REFUSAL_MS, REPLAY_BYTES } from "../../src/proxy/body/upload.ts";
import { VirtualTime } from "./fixtures.ts";

const KIB = 1024;
const HEAD = 256 * KIB;
const MAX = 512 * KIB;
const FORM = "multipart/form-data; boundary=x";

function read(size: number, more: { declared?: number; type?: string; piece?: number; pool?: BufferPool } = {}) {
  const { declared, type = FORM, piece = 100_000, pool = new BufferPool(10 * REPLAY_BYTES) } = more;
  let left = size;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left === 0) return controller.close();
      const part = new Uint8Array(Math.min(piece, left)).fill(left);
      left -= part.length;
      controller.enqueue(part);
    },
  });
  const headers = new Headers({ "content-type": type });
  if (declared !== undefined) headers.set("content-length", String(declared));
  const request = new Request("http://localhost/", { method: "POST", headers, body });
  const limits = { maxBodyBytes: MAX, maxUploadBytes: 1024 * KIB, bodyTimeoutMs: 1000 };
  return readBody(request, { ...limits, pool, timing: new VirtualTime() });
}

function stream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at === bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + 1_000_000));
      at = Math.min(bytes.length, at + 1_000_000);
    },
  });
}

describe("readBody of what is larger than it holds", () => {
  test.each([1000, 100_000, HEAD, 300_000])("reads the head of a declared form in pieces of %d", async (piece) => {
    const pool = new BufferPool(10 * REPLAY_BYTES);
    const body = await read(1024 * KIB, { declared: 1024 * KIB, piece, pool });
    if (!body.ok || body.upload === undefined) throw new Error("No upload");
    expect(body.bytes?.length).toBe(HEAD);
    expect(pool.usedBytes).toBe(HEAD + REPLAY_BYTES);
    const rest = body.upload.open(body.bytes ?? new Uint8Array());
    expect(rest.length).toBe(1024 * KIB);
    let bytes = 0;
    for (let part = await rest.read(); part !== undefined; part = await rest.read()) bytes += part.length;
    expect(bytes).toBe(1024 * KIB);
    body.release();
    body.release();
    expect(pool.usedBytes).toBe(0);
  });

  test("goes on with a form that declared nothing", async () => {
    const pool = new BufferPool(10 * REPLAY_BYTES);
    const body = await read(MAX + 1, { pool });
    if (!body.ok || body.upload === undefined) throw new Error("No upload");
    expect(body.bytes?.length).toBe(MAX);
    const rest = body.upload.open(body.bytes ?? new Uint8Array());
    expect(rest.length).toBeUndefined();
    body.release();
    expect(pool.usedBytes).toBe(0);
  });

  test("lets go of what came beyond the head once the upload is spent", async () => {
    const MIB = 1024 * KIB;
    const pool = new BufferPool(20 * MIB);
    const time = new VirtualTime();
    const bytes = Buffer.alloc(12 * MIB, "0123456789");
    const request = new Request("http://localhost/", {
      method: "POST",
      headers: { "content-type": FORM },
      body: stream(bytes),
    });
    const limits = { maxBodyBytes: 11 * MIB, maxUploadBytes: 50 * MIB, bodyTimeoutMs: 1000 };
    const body = await readBody(request, { ...limits, pool, timing: time });
    if (!body.ok || body.upload === undefined || body.bytes === null) throw new Error("No upload");
    expect([body.bytes.length, pool.usedBytes]).toEqual([8 * MIB, 11 * MIB + REPLAY_BYTES]);
    const sent: Uint8Array[] = [];
    const opened = body.upload.open(body.bytes);
    for (let size = 0; size < 11 * MIB; size = Buffer.concat(sent).length) sent.push((await opened.read()) ?? bytes);
    expect(Math.max(...sent.map(({ length }) => length))).toBe(256 * KIB);
    const rest = opened.read();
    await time.advance(REFUSAL_MS);
    for (let piece = await rest; piece !== undefined; piece = await opened.read()) sent.push(piece);
    expect(Buffer.concat(sent).equals(bytes)).toBe(true);
    expect(pool.usedBytes).toBe(8 * MIB + REPLAY_BYTES);
    body.release();
    expect(pool.usedBytes).toBe(0);
  });

  test("holds a form that fits", async () => {
    const body = await read(MAX);
    expect(body).toMatchObject({ ok: true });
    expect("upload" in body).toBe(false);
  });

  test.each([
    ["JSON", { type: "application/json" }],
    ["a form that curl sends by default", { type: "application/x-www-form-urlencoded" }],
    ["text", { type: "text/plain" }],
    ["more than an upload may have", { declared: 2048 * KIB }],
  ])("refuses %s", async (_name, more) => {
    const body = await read(MAX + 1, { declared: MAX + 1, ...more });
    expect(body).toMatchObject({ ok: false, code: "request_too_large" });
  });

  test.each([undefined, 270 * KIB + 12])(
    "goes on with a form of %p that takes longer than body_timeout",
    async (size) => {
      const pool = new BufferPool(10 * REPLAY_BYTES);
      const time = new VirtualTime();
      const sender = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
      const body = new ReadableStream<Uint8Array>({ start: (controller) => sender.resolve(controller) });
      const headers = { "content-type": FORM, ...(size !== undefined && { "content-length": String(size) }) };
      const request = new Request("http://localhost/", { method: "POST", headers, body });
      const limits = { maxBodyBytes: MAX, maxUploadBytes: 1024 * KIB, bodyTimeoutMs: 1000 };
      const slow = readBody(request, { ...limits, pool, timing: time });
      const controller = await sender.promise;
      controller.enqueue(new Uint8Array(270 * KIB).fill(1));
      await time.advance(1000);
      const read = await slow;
      if (!read.ok || read.upload === undefined) throw new Error("No upload");
      expect(read.bytes?.length).toBe(270 * KIB);
      const rest = read.upload.open(read.bytes ?? new Uint8Array());
      await rest.read();
      await rest.read();
      controller.enqueue(new Uint8Array(7));
      controller.enqueue(new Uint8Array(5));
      controller.close();
      expect([(await rest.read())?.length, (await rest.read())?.length, await rest.read()]).toEqual([7, 5, undefined]);
      read.release();
      expect([pool.usedBytes, time.pending]).toEqual([0, 0]);
    },
  );

  test.each([
    ["whose head is not there", FORM, 100 * KIB],
    ["of JSON", "application/json", 400 * KIB],
  ])("gives a body up %s", async (_name, type, size) => {
    const pool = new BufferPool(10 * REPLAY_BYTES);
    const time = new VirtualTime();
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(size)) });
    const request = new Request("http://localhost/", { method: "POST", headers: { "content-type": type }, body });
    const limits = { maxBodyBytes: MAX, maxUploadBytes: 1024 * KIB, bodyTimeoutMs: 1000 };
    const read = readBody(request, { ...limits, pool, timing: time });
    await time.advance(1000);
    expect(await read).toMatchObject({ ok: false, code: "request_timeout" });
    expect(pool.usedBytes).toBe(0);
  });

  test("refuses an upload that finds no room, and keeps none", async () => {
    const pool = new BufferPool(HEAD + REPLAY_BYTES - 1);
    expect(await read(MAX + 1, { declared: MAX + 1, pool })).toMatchObject({ ok: false, code: "overloaded" });
    expect(pool.usedBytes).toBe(0);
  });
});
