// Reads the frames of a server: whole messages and control frames, or what is wrong with them.
import { isUtf8 } from "node:buffer";
import { CLOSE, type CloseReason, maySendCode } from "./close-codes.ts";
import { BIT, MAX_CONTROL_BYTES, OPCODE } from "./frames.ts";
import { PartList } from "./part-list.ts";

/** One message as it was sent; a text is valid UTF-8. */
export interface SocketMessage {
  readonly isText: boolean;
  readonly bytes: Buffer;
}

export interface FrameEvents {
  onMessage(message: SocketMessage): void;
  onPing(payload: Buffer): void;
  onPong(): void;
  /** The peer sends nothing more. */
  onClose(close: CloseReason): void;
  /** Nothing more can be read. `code`: what the peer is closed with. */
  onFault(code: number, cause: FrameFault): void;
}

export type FrameFault = "WEBSOCKET_PROTOCOL_ERROR" | "WEBSOCKET_INVALID_TEXT" | "WEBSOCKET_MESSAGE_TOO_LARGE";

interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
}

type LengthBytes = 0 | 2 | 8;

/** Feed it chunks in order; what it hands out are views of them, or copies where a message came in pieces. */
export class FrameReader {
  readonly #maxMessageBytes: number;
  readonly #events: FrameEvents;
  /** The beginning of a frame, up to its payload; at most ten bytes. */
  readonly #head = Buffer.alloc(10);
  #headLength = 0;
  #frame: Frame | undefined;
  #missing = 0;
  readonly #control = new PartList();
  readonly #message = new PartList();
  /** What the message is whose end has not come. */
  #messageOpcode: number | undefined;
  #isOver = false;

  constructor(maxMessageBytes: number, events: FrameEvents) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#events = events;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#isOver) {
      at = this.#frame === undefined ? this.#readHead(chunk, at) : this.#readPayload(this.#frame, chunk, at);
    }
  }

  /** Nothing more is read, also not of the chunk at hand. */
  stop(): void {
    this.#isOver = true;
  }

  #readHead(chunk: Buffer, at: number): number {
    this.#head[this.#headLength] = chunk[at] ?? 0;
    this.#headLength += 1;
    if (this.#headLength >= 2 && this.#headLength === 2 + this.#lengthBytes()) this.#beginFrame();
    return at + 1;
  }

  #lengthBytes(): LengthBytes {
    const short = (this.#head[1] ?? 0) & BIT.length;
    return short === 126 ? 2 : short === 127 ? 8 : 0;
  }

  #beginFrame(): void {
    const [first = 0, second = 0] = this.#head;
    const frame = { opcode: first & BIT.opcode, isFinal: (first & BIT.fin) !== 0 };
    const length = this.#payloadLength();
    this.#headLength = 0;
    // A server never masks (section 5.1), and no extension was agreed on that would use the reserved bits.
    const isForbidden = (first & BIT.reserved) !== 0 || (second & BIT.masked) !== 0;
    if (isForbidden || !this.#isAllowed(frame, length)) this.#protocolFault();
    else if (isControl(frame)) this.#enterFrame(frame, length);
    else if (this.#message.length + length > this.#maxMessageBytes) {
      this.#fault(CLOSE.tooBig, "WEBSOCKET_MESSAGE_TOO_LARGE");
    } else {
      this.#messageOpcode ??= frame.opcode;
      this.#enterFrame(frame, length);
    }
  }

  #enterFrame(frame: Frame, length: number): void {
    this.#missing = length;
    if (length === 0) this.#endFrame(frame);
    else this.#frame = frame;
  }

  #payloadLength(): number {
    switch (this.#lengthBytes()) {
      case 0:
        return (this.#head[1] ?? 0) & BIT.length;
      case 2:
        return this.#head.readUInt16BE(2);
      default:
        return Number(this.#head.readBigUInt64BE(2));
    }
  }

  #isAllowed(frame: Frame, length: number): boolean {
    switch (frame.opcode) {
      case OPCODE.text:
      case OPCODE.binary:
        return this.#messageOpcode === undefined;
      case OPCODE.continuation:
        return this.#messageOpcode !== undefined;
      case OPCODE.close:
      case OPCODE.ping:
      case OPCODE.pong:
        return frame.isFinal && length <= MAX_CONTROL_BYTES;
      default:
        return false;
    }
  }

  #readPayload(frame: Frame, chunk: Buffer, at: number): number {
    const end = Math.min(at + this.#missing, chunk.length);
    (isControl(frame) ? this.#control : this.#message).add(chunk.subarray(at, end));
    this.#missing -= end - at;
    if (this.#missing === 0) this.#endFrame(frame);
    return end;
  }

  #endFrame(frame: Frame): void {
    this.#frame = undefined;
    if (isControl(frame)) this.#endControl(frame.opcode, this.#control.take());
    else if (frame.isFinal) this.#endMessage(this.#messageOpcode === OPCODE.text, this.#message.take());
  }

  #endMessage(isText: boolean, bytes: Buffer): void {
    this.#messageOpcode = undefined;
    if (isText && !isUtf8(bytes)) this.#fault(CLOSE.invalidData, "WEBSOCKET_INVALID_TEXT");
    else this.#events.onMessage({ isText, bytes });
  }

  #endControl(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) this.#events.onPing(payload);
    else if (opcode === OPCODE.pong) this.#events.onPong();
    else this.#endClose(payload);
  }

  #endClose(payload: Buffer): void {
    const reason = payload.subarray(2);
    const code = payload.length === 0 ? CLOSE.noStatus : payload.length === 1 ? 0 : payload.readUInt16BE(0);
    if (payload.length > 0 && !maySendCode(code)) this.#protocolFault();
    else if (!isUtf8(reason)) this.#fault(CLOSE.invalidData, "WEBSOCKET_INVALID_TEXT");
    else {
      this.#isOver = true;
      this.#events.onClose({ code, reason: reason.toString() });
    }
  }

  #protocolFault(): void {
    this.#fault(CLOSE.protocolError, "WEBSOCKET_PROTOCOL_ERROR");
  }

  #fault(code: number, cause: FrameFault): void {
    this.#isOver = true;
    this.#events.onFault(code, cause);
  }
}

function isControl({ opcode }: Frame): boolean {
  return opcode >= OPCODE.close;
}
