// Cuts the bytes of a connection into HTTP/2 frames, without copying those that arrive in one piece.
import { FRAME_HEAD_BYTES, MAX_PAYLOAD_BYTES } from "./frames.ts";

/** Takes one frame; `payload` is a view that stays valid. */
export type OnFrame = (type: number, flags: number, id: number, payload: Buffer) => void;

const NOTHING = Buffer.alloc(0);

/** Feed it chunks in order; it calls back once per whole frame. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose rest has not arrived. */
  #pending: Buffer = NOTHING;
  #have = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Reads one chunk; false when a frame is longer than SETTINGS_MAX_FRAME_SIZE allows, and nothing may follow. */
  push(chunk: Buffer): boolean {
    let at = this.#have === 0 ? 0 : this.#finishPending(chunk);
    if (at < 0) return false;
    while (chunk.length - at >= FRAME_HEAD_BYTES) {
      const size = payloadSize(chunk, at);
      if (size > MAX_PAYLOAD_BYTES) return false;
      const end = at + FRAME_HEAD_BYTES + size;
      if (end > chunk.length) break;
      this.#deliver(chunk, at, end);
      at = end;
    }
    if (at < chunk.length) this.#keep(chunk.subarray(at));
    return true;
  }

  /** Completes the frame that was begun; the offset behind it, or -1 when it is too long. */
  #finishPending(chunk: Buffer): number {
    let at = 0;
    if (this.#have < FRAME_HEAD_BYTES) {
      at = Math.min(FRAME_HEAD_BYTES - this.#have, chunk.length);
      this.#append(chunk, 0, at);
      if (this.#have < FRAME_HEAD_BYTES) return at;
    }
    const size = payloadSize(this.#pending, 0);
    if (size > MAX_PAYLOAD_BYTES) return -1;
    const missing = FRAME_HEAD_BYTES + size - this.#have;
    const end = Math.min(at + missing, chunk.length);
    this.#append(chunk, at, end);
    if (this.#have < FRAME_HEAD_BYTES + size) return end;
    const whole = this.#pending;
    this.#pending = NOTHING;
    this.#have = 0;
    this.#deliver(whole, 0, FRAME_HEAD_BYTES + size);
    return end;
  }

  /** Room for the largest frame, because the payload is handed out as a view of it. */
  #keep(rest: Buffer): void {
    const isSized = rest.length >= FRAME_HEAD_BYTES;
    this.#pending = Buffer.allocUnsafe(FRAME_HEAD_BYTES + (isSized ? payloadSize(rest, 0) : 0));
    this.#append(rest, 0, rest.length);
  }

  #append(chunk: Buffer, from: number, to: number): void {
    const needed = this.#have + to - from;
    if (needed > this.#pending.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, FRAME_HEAD_BYTES + payloadSize(this.#pending, 0)));
      grown.set(this.#pending.subarray(0, this.#have));
      this.#pending = grown;
    }
    chunk.copy(this.#pending, this.#have, from, to);
    this.#have = needed;
  }

  #deliver(bytes: Buffer, at: number, end: number): void {
    const id = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    this.#onFrame(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, id, bytes.subarray(at + FRAME_HEAD_BYTES, end));
  }
}

function payloadSize(bytes: Buffer, at: number): number {
  return bytes.readUIntBE(at, 3);
}
