// Frames of a server are read however they are cut, their faults are named, and frames of a client are masked.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { FrameReader } from "../../../src/upstream/websocket/frame-reader.ts";
import { clientFrame } from "../../../src/upstream/websocket/frames.ts";
import { readClientFrame, serverFrame } from "../../fixture/socket-server.ts";

const MAX_BYTES = 70_000;

function read(chunks: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const reader = new FrameReader(MAX_BYTES, {
    onMessage: ({ isText, bytes }) => seen.push(`${isText ? "text" : "binary"} ${bytes.toString("latin1")}`),
    onPing: (payload) => seen.push(`ping ${payload}`),
    onPong: () => seen.push("pong"),
    onClose: ({ code, reason }) => seen.push(`close ${code} ${reason}`),
    onFault: (code, cause) => seen.push(`fault ${code} ${cause}`),
  });
  for (const chunk of chunks) reader.push(chunk);
  return seen;
}

const frame = (opcode: number, payload: string | Uint8Array = "", isFinal = true) =>
  serverFrame(opcode, Buffer.from(payload as string), isFinal);
const closeFrame = (code: number, reason: string | Uint8Array = "") =>
  frame(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason as string)]));

const BYTES = Buffer.concat([
  frame(1, "hello"),
  frame(2, "x".repeat(300)),
  frame(1, "ab", false),
  frame(9, "in between"),
  frame(0, "", false),
  frame(10),
  frame(0, "cd"),
  frame(2),
  frame(1, "y".repeat(MAX_BYTES)),
  closeFrame(4321, "bye"),
  frame(1, "after the close"),
]);
const WHOLE = [
  "text hello",
  `binary ${"x".repeat(300)}`,
  "ping in between",
  "pong",
  "text abcd",
  "binary ",
  `text ${"y".repeat(MAX_BYTES)}`,
  "close 4321 bye",
];

test("reads whole frames, and control frames between the parts of a message", () => {
  expect(read([BYTES])).toEqual(WHOLE);
});

test("reads the same when cut at any byte of the first frames, and into single bytes", () => {
  for (let at = 0; at <= 400; at += 1) expect(read([BYTES.subarray(0, at), BYTES.subarray(at)])).toEqual(WHOLE);
  expect(read([...BYTES].map((byte) => Buffer.from([byte])))).toEqual(WHOLE);
});

test("reads the same however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(BYTES.length), { maxLength: 30 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), BYTES.length];
      expect(read(at.slice(1).map((end, index) => BYTES.subarray(at[index], end)))).toEqual(WHOLE);
    }),
    { numRuns: 50 },
  );
});

const PROTOCOL = "fault 1002 WEBSOCKET_PROTOCOL_ERROR";
const TEXT = "fault 1007 WEBSOCKET_INVALID_TEXT";

test.each<[string, Buffer, readonly string[]]>([
  ["a reserved bit", Buffer.from([0xc1, 0]), [PROTOCOL]],
  ["a masked frame", Buffer.from([0x81, 0x80, 0, 0, 0, 0]), [PROTOCOL]],
  ["an unknown opcode", frame(3), [PROTOCOL]],
  ["an unknown control opcode", frame(11), [PROTOCOL]],
  ["a continuation of nothing", frame(0, "x"), [PROTOCOL]],
  ["a message within another", Buffer.concat([frame(1, "a", false), frame(1, "b")]), [PROTOCOL]],
  ["a ping in parts", frame(9, "x", false), [PROTOCOL]],
  ["a ping that is too long", frame(9, "x".repeat(126)), [PROTOCOL]],
  ["half a close code", frame(8, "x"), [PROTOCOL]],
  ["a reserved close code", closeFrame(1005), [PROTOCOL]],
  ["an unregistered close code", closeFrame(2999), [PROTOCOL]],
  ["a close without a code", frame(8), ["close 1005 "]],
  ["a close reason that is no text", closeFrame(1000, new Uint8Array([0xff])), [TEXT]],
  ["a text that is none", frame(1, new Uint8Array([0xc3])), [TEXT]],
  [
    "a text whose character is cut by a frame",
    Buffer.concat([frame(1, new Uint8Array([0xc3]), false), frame(0, new Uint8Array([0xa9]))]),
    ["text \u00c3\u00a9"],
  ],
  ["bytes that are no text", frame(2, new Uint8Array([0xff])), ["binary \u00ff"]],
  ["a message that is too large", frame(2, "x".repeat(MAX_BYTES + 1)), ["fault 1009 WEBSOCKET_MESSAGE_TOO_LARGE"]],
  [
    "parts that are too large together",
    Buffer.concat([frame(2, "x".repeat(MAX_BYTES), false), frame(0, "x")]),
    ["fault 1009 WEBSOCKET_MESSAGE_TOO_LARGE"],
  ],
  [
    "a length of eight bytes",
    Buffer.from([0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    ["fault 1009 WEBSOCKET_MESSAGE_TOO_LARGE"],
  ],
])("%s", (_name, bytes, seen) => {
  // What follows a fault or a close is not read.
  const isEnd = /^(?:fault|close)/.test(seen.at(-1) ?? "");
  expect(read([bytes, frame(1, "next")])).toEqual(isEnd ? [...seen] : [...seen, "text next"]);
});

test("a message in a great many parts is read", () => {
  const parts = Array.from({ length: 5000 }, (_, index) =>
    frame(index === 0 ? 2 : 0, String(index % 10), index === 4999),
  );
  expect(read([Buffer.concat(parts)])).toEqual([`binary ${"0123456789".repeat(500)}`]);
});

test("what a client sends comes out unmasked as it went in, at every length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(1, 2, 8, 9, 10), (payload, opcode) => {
      const sent = clientFrame(opcode, payload);
      expect(readClientFrame(sent)).toEqual({ frame: { opcode, payload: Buffer.from(payload) }, end: sent.length });
    }),
  );
  for (const length of [125, 126, 65_535, 65_536]) {
    const payload = Buffer.alloc(length, "z");
    expect(readClientFrame(clientFrame(2, payload))?.frame.payload.equals(payload)).toBeTrue();
  }
});

test("no two frames of a client have the same mask", () => {
  const masks = new Set(Array.from({ length: 3000 }, () => clientFrame(1, Buffer.from("a")).toString("hex", 2, 6)));
  expect(masks.size).toBeGreaterThan(2990);
});
