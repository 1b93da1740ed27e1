// The constants of HTTP/2 framing (RFC 9113) that a client needs, and the bytes of one frame.

/** Frame types, RFC 9113 section 6. Types not listed here are ignored when received. */
export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Frame flags, RFC 9113 section 6; `ack` and `endStream` share a bit and never a frame type. */
export const FLAG = { none: 0, ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Settings, RFC 9113 section 6.5.2. */
export const SETTING = { enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4 } as const;

/** Error codes, RFC 9113 section 7, under the name that an exchange's `cause` shows. The index is the code. */
const ERROR_NAMES = [
  "HTTP2_NO_ERROR",
  "HTTP2_PROTOCOL_ERROR",
  "HTTP2_INTERNAL_ERROR",
  "HTTP2_FLOW_CONTROL_ERROR",
  "HTTP2_SETTINGS_TIMEOUT",
  "HTTP2_STREAM_CLOSED",
  "HTTP2_FRAME_SIZE_ERROR",
  "HTTP2_REFUSED_STREAM",
  "HTTP2_CANCEL",
  "HTTP2_COMPRESSION_ERROR",
  "HTTP2_CONNECT_ERROR",
  "HTTP2_ENHANCE_YOUR_CALM",
  "HTTP2_INADEQUATE_SECURITY",
  "HTTP2_HTTP_1_1_REQUIRED",
] as const;

/** The codes that this client acts on or sends. */
export const ERROR = {
  none: 0,
  protocol: 1,
  flowControl: 3,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  enhanceYourCalm: 11,
} as const;

/** What a client sends first, RFC 9113 section 3.4. */
export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Bytes before each payload. */
export const FRAME_HEAD_BYTES = 9;

/** SETTINGS_MAX_FRAME_SIZE of both sides: we announce no other, and never send more. */
export const MAX_PAYLOAD_BYTES = 16_384;

/** The flow-control window of a stream or connection before anyone changes it, RFC 9113 section 6.9.2. */
export const DEFAULT_WINDOW_BYTES = 65_535;

/** The largest flow-control window, RFC 9113 section 6.9.1. */
export const MAX_WINDOW_BYTES = 0x7fffffff;

/** Head and payload of one frame in one buffer. */
export function frame(type: number, flags: number, id: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + payload.length);
  const size = payload.length;
  bytes[0] = size >> 16;
  bytes[1] = size >> 8;
  bytes[2] = size;
  bytes[3] = type;
  bytes[4] = flags;
  bytes[5] = id >> 24;
  bytes[6] = id >> 16;
  bytes[7] = id >> 8;
  bytes[8] = id;
  bytes.set(payload, FRAME_HEAD_BYTES);
  return bytes;
}

/** A frame whose payload is one 32-bit number: RST_STREAM and WINDOW_UPDATE. */
export function numberFrame(type: number, id: number, value: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(value, 0);
  return frame(type, FLAG.none, id, payload);
}

/** A header block as HEADERS and as many CONTINUATION frames as it needs. */
export function headerFrames(id: number, block: Uint8Array, endStream: boolean): Buffer {
  const flags = endStream ? FLAG.endStream : FLAG.none;
  if (block.length <= MAX_PAYLOAD_BYTES) return frame(FRAME.headers, flags | FLAG.endHeaders, id, block);
  const frames = [frame(FRAME.headers, flags, id, block.subarray(0, MAX_PAYLOAD_BYTES))];
  for (let at = MAX_PAYLOAD_BYTES; at < block.length; at += MAX_PAYLOAD_BYTES) {
    const isLast = at + MAX_PAYLOAD_BYTES >= block.length;
    const part = block.subarray(at, at + MAX_PAYLOAD_BYTES);
    frames.push(frame(FRAME.continuation, isLast ? FLAG.endHeaders : FLAG.none, id, part));
  }
  return Buffer.concat(frames);
}

/** The name of an error code, as a cause. */
export function errorName(code: number): string {
  return ERROR_NAMES[code] ?? `HTTP2_ERROR_${code}`;
}
