// Compressed answers are decoded, whatever the chunks; broken ones end as cut.
import { expect, test } from "bun:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { withDecoding } from "../../src/upstream/decoding-transport.ts";
import type { HeaderList, Transport, TransportEnd, TransportEvents } from "../../src/upstream/transport.ts";

const TEXT = JSON.stringify({ text: "ok ".repeat(5000) });
const CALL = {
  origin: "http://x.invalid",
  path: "/",
  method: "GET",
  headers: [],
  body: null,
  connectMs: 1,
} as const;

interface Seen {
  readonly headers: HeaderList;
  readonly text: string;
  readonly end: TransportEnd;
  readonly aborted: boolean;
}

function play(headers: HeaderList, pieces: readonly Uint8Array[], end: TransportEnd): Promise<Seen> {
  let aborted = false;
  const transport: Transport = {
    start(_call, events: TransportEvents) {
      queueMicrotask(() => {
        events.onHead(200, headers);
        for (const piece of pieces) events.onData(piece);
        events.onEnd(end);
      });
      return {
        pause: () => {},
        resume: () => {},
        abort: () => {
          aborted = true;
        },
      };
    },
    close: async () => {},
  };
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let seen: HeaderList = [];
    withDecoding(transport).start(CALL, {
      onHead: (_status, list) => {
        seen = list;
      },
      onData: (bytes) => chunks.push(bytes.slice()),
      onEnd: (how) =>
        queueMicrotask(() => resolve({ headers: seen, text: Buffer.concat(chunks).toString(), end: how, aborted })),
    });
  });
}

function chopped(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

test.each([
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
] as const)("withDecoding decodes %s and drops its headers", async (coding, compress) => {
  const bytes = compress(Buffer.from(TEXT));
  const headers: HeaderList = [
    ["content-type", "application/json"],
    ["content-encoding", coding],
    ["content-length", String(bytes.length)],
  ];
  const seen = await play(headers, chopped(bytes, 7), { kind: "complete" });
  expect(seen.text).toBe(TEXT);
  expect(seen.headers).toEqual([["content-type", "application/json"]]);
  expect(seen.end).toEqual({ kind: "complete" });
});

test("withDecoding passes plain answers and unknown codings as they are", async () => {
  for (const headers of [[["content-type", "a/b"]], [["content-encoding", "mystery"]]] as const) {
    const seen = await play(headers, [Buffer.from("as it is")], { kind: "complete" });
    expect(seen).toMatchObject({ headers, text: "as it is", end: { kind: "complete" } });
  }
});

test("withDecoding ends broken compression as cut and cancels the call", async () => {
  const seen = await play([["content-encoding", "gzip"]], [Buffer.from("no gzip at all")], { kind: "complete" });
  expect(seen.end).toEqual({ kind: "cut", cause: "bad_content_encoding" });
  expect(seen.aborted).toBe(true);
});

test("withDecoding ends truncated compression as cut", async () => {
  const bytes = gzipSync(Buffer.from(TEXT));
  const seen = await play([["content-encoding", "gzip"]], [bytes.subarray(0, bytes.length - 9)], { kind: "complete" });
  expect(seen.end).toEqual({ kind: "cut", cause: "bad_content_encoding" });
});

test("withDecoding hands a cut on, once, and an answer without a body", async () => {
  const cut = await play([["content-encoding", "gzip"]], [gzipSync("x").subarray(0, 5)], { kind: "cut", cause: "X" });
  expect(cut.end).toEqual({ kind: "cut", cause: "X" });
  const empty = await play([["content-encoding", "gzip"]], [], { kind: "complete" });
  expect(empty).toMatchObject({ text: "", end: { kind: "complete" } });
});

test.each(["constructor", "__proto__", "toString", "unknown"])(
  "withDecoding passes the coding %s on",
  async (coding) => {
    const headers: HeaderList = [["content-encoding", coding]];
    const seen = await play(headers, [Buffer.from("plain")], { kind: "complete" });
    expect(seen).toMatchObject({ headers, text: "plain", end: { kind: "complete" } });
  },
);

test("withDecoding stops decoding when it is aborted, also after the whole answer came", async () => {
  const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
  const transport: Transport = {
    start(_call, events) {
      queueMicrotask(() => {
        events.onHead(200, [["content-encoding", "gzip"]]);
        events.onData(bomb);
        events.onEnd({ kind: "complete" });
      });
      return { pause: () => {}, resume: () => {}, abort: () => {} };
    },
    close: async () => {},
  };
  const ends: TransportEnd[] = [];
  let bytes = 0;
  await new Promise<void>((resolve) => {
    const exchange = withDecoding(transport).start(CALL, {
      onHead: () => {},
      onData: (chunk) => {
        bytes += chunk.length;
        exchange.abort();
      },
      onEnd: (end) => {
        ends.push(end);
        resolve();
      },
    });
  });
  expect(ends).toEqual([{ kind: "aborted", cause: "aborted" }]);
  expect(bytes).toBeLessThan(bomb.length * 100);
});
