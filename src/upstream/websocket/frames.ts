// The constants of WebSocket framing (RFC 6455 section 5), and the bytes of one frame of a client.
import { randomFillSync } from "node:crypto";

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The bits of a frame's first two bytes. */
export const BIT = { fin: 0x80, reserved: 0x70, opcode: 0x0f, masked: 0x80, length: 0x7f } as const;

/** Of the payload of a close, ping or pong. */
export const MAX_CONTROL_BYTES = 125;

const MAX_SHORT = 125;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;
const MASK_BYTES = 4;

const masks = Buffer.alloc(4096);
let masksUsed = masks.length;

/** A whole message or control frame in one frame, masked with bytes that nobody can foresee (section 5.3). */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const extended = length <= MAX_SHORT ? 0 : length <= 0xffff ? 2 : 8;
  const at = 2 + extended + MASK_BYTES;
  // The payload begins at a multiple of four, so that it can be masked by words.
  const padding = (4 - (at & 3)) & 3;
  const room = Buffer.from(new ArrayBuffer(padding + at + length)).subarray(padding);
  room[0] = BIT.fin | opcode;
  room[1] = BIT.masked | (extended === 0 ? length : extended === 2 ? TWO_BYTES : EIGHT_BYTES);
  if (extended === 2) room.writeUInt16BE(length, 2);
  if (extended === 8) room.writeBigUInt64BE(BigInt(length), 2);
  const mask = nextMask();
  mask.copy(room, at - MASK_BYTES);
  applyMask(payload, mask, room.subarray(at));
  return room;
}

/** Writes the payload, masked, to `target`, which begins at a multiple of four in its buffer. */
function applyMask(payload: Uint8Array, mask: Uint8Array, target: Uint8Array): void {
  target.set(payload);
  const wordCount = target.length >>> 2;
  const words = new Uint32Array(target.buffer, target.byteOffset, wordCount);
  const word = new Uint32Array(Uint8Array.from(mask).buffer)[0] ?? 0;
  for (let index = 0; index < wordCount; index += 1) words[index] = (words[index] ?? 0) ^ word;
  for (let at = wordCount * 4; at < target.length; at += 1) target[at] = (target[at] ?? 0) ^ (mask[at & 3] ?? 0);
}

function nextMask(): Buffer {
  if (masksUsed === masks.length) {
    randomFillSync(masks);
    masksUsed = 0;
  }
  masksUsed += MASK_BYTES;
  return masks.subarray(masksUsed - MASK_BYTES, masksUsed);
}
