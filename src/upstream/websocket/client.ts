// A WebSocket client (RFC 6455) over one connection of its own.
import type { Socket } from "node:net";
import type { HeaderList, TransportCall } from "../transport.ts";
import type { DialResult } from "../transport-dial.ts";
import { AnswerReader, type AnswerStep } from "./answer-reader.ts";
import { CLOSE, type CloseReason, fittingReason, maySendCode } from "./close-codes.ts";
import { type FrameEvents, type FrameFault, FrameReader, type SocketMessage } from "./frame-reader.ts";
import { clientFrame, OPCODE } from "./frames.ts";
import { type Handshake, headerValue, isAgreed, openingHandshake } from "./handshake.ts";
import type { SocketEnd, SocketEvents, UpstreamSocket } from "./upstream-socket.ts";

/**
 * The largest message that is read. OpenAI takes 15 MiB of audio in one event (platform.openai.com/docs/api-reference,
 * input_audio_buffer.append), which is 20 MiB in Base64.
 */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** How long the peer may take to answer a close, and to end the connection. */
const CLOSING_MS = 5_000;
/** Pongs are not sent while more than this waits: who pings without reading must not fill the memory. */
const MAX_WAITING_FOR_PONG = 1024 * 1024;

/** Opens one connection; gives back what ends the attempt. */
export type Dial = (done: (result: DialResult) => void) => () => void;

/** Connects at once. */
export class WebSocketClient implements UpstreamSocket, FrameEvents {
  readonly #events: SocketEvents;
  readonly #handshake: Handshake;
  readonly #answer = new AnswerReader();
  readonly #frames = new FrameReader(MAX_MESSAGE_BYTES, this);
  readonly #cancelDial: () => void;
  #socket: Socket | undefined;
  #isOpen = false;
  #isPaused = false;
  #hasSentClose = false;
  #isOver = false;
  #closingTimer: NodeJS.Timeout | undefined;

  constructor(call: TransportCall, events: SocketEvents, dial: Dial) {
    this.#events = events;
    this.#handshake = openingHandshake(call);
    this.#cancelDial = dial((result) => {
      if (result.ok) this.#begin(result.socket);
      else this.#end({ kind: "never-sent", cause: result.error.code ?? result.error.name });
    });
  }

  get waitingBytes(): number {
    return this.#socket?.writableLength ?? 0;
  }

  send({ isText, bytes }: SocketMessage): void {
    if (this.#isOpen && !this.#hasSentClose) this.#write(isText ? OPCODE.text : OPCODE.binary, bytes);
  }

  ping(): void {
    if (this.#isOpen && !this.#hasSentClose) this.#write(OPCODE.ping, Buffer.alloc(0));
  }

  close(close: CloseReason): void {
    if (this.#isOver || this.#hasSentClose) return;
    if (!this.#isOpen) {
      this.abort();
      return;
    }
    this.#sendClose(close);
    // Its answer must be read, whatever stands before it.
    this.resume();
    this.#endSoon({ kind: "cut", cause: "WEBSOCKET_CLOSE_UNANSWERED", code: CLOSE.abnormal });
  }

  pause(): void {
    if (this.#hasSentClose) return;
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket?.resume();
  }

  abort(): void {
    this.#end({ kind: "aborted", cause: "aborted" });
    this.#cancelDial();
  }

  onMessage(message: SocketMessage): void {
    // What comes after our own close is nobody's any more.
    if (!this.#hasSentClose) this.#events.onMessage(message);
  }

  onPing(payload: Buffer): void {
    if (!this.#hasSentClose && this.waitingBytes <= MAX_WAITING_FOR_PONG) this.#write(OPCODE.pong, payload);
    this.onPong();
  }

  onPong(): void {
    if (!this.#hasSentClose) this.#events.onAlive();
  }

  onClose(close: CloseReason): void {
    if (!this.#hasSentClose) this.#sendClose(close);
    this.#end({ kind: "closed", ...close });
  }

  onFault(code: number, cause: FrameFault): void {
    if (!this.#hasSentClose) this.#sendClose({ code, reason: "" });
    this.#end({ kind: "cut", cause, code });
  }

  #begin(socket: Socket): void {
    if (this.#isOver) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#onLost(error.code ?? error.name));
    socket.on("close", () => this.#onLost("CONNECTION_CLOSED"));
    socket.on("end", () => this.#onFinished());
    socket.on("drain", () => this.#onDrain());
    socket.write(this.#handshake.request);
    if (this.#isPaused) socket.pause();
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#isOpen) this.#frames.push(chunk);
    else this.#onStep(this.#answer.push(chunk));
  }

  #onDrain(): void {
    if (this.#isOpen && !this.#isOver) this.#events.onDrain?.();
  }

  #onFinished(): void {
    if (!this.#isOpen && !this.#isOver) this.#onStep(this.#answer.end());
    this.#onLost("CONNECTION_CLOSED");
  }

  #onStep(step: AnswerStep): void {
    switch (step.kind) {
      case "more":
        return;
      case "open":
        if (isAgreed(step.head, this.#handshake)) this.#open(step.head.headers, step.rest);
        else this.#end({ kind: "never-sent", cause: "WEBSOCKET_BAD_HANDSHAKE" });
        return;
      case "refused":
        this.#end({ kind: "refused", ...step.head, body: step.body });
        return;
      case "fault":
        this.#end({ kind: "never-sent", cause: "WEBSOCKET_BAD_HANDSHAKE" });
        return;
      default:
        step satisfies never;
    }
  }

  #open(headers: HeaderList, rest: Buffer): void {
    this.#isOpen = true;
    this.#events.onOpen(headers, headerValue(headers, "sec-websocket-protocol"));
    if (rest.length > 0 && !this.#isOver) this.#frames.push(rest);
  }

  #onLost(cause: string): void {
    if (!this.#isOpen) this.#end({ kind: "never-sent", cause });
    else this.#end({ kind: "cut", cause, code: CLOSE.abnormal });
  }

  #write(opcode: number, payload: Uint8Array): void {
    this.#socket?.write(clientFrame(opcode, payload));
  }

  #sendClose({ code, reason }: CloseReason): void {
    this.#hasSentClose = true;
    const text = Buffer.from(fittingReason(reason));
    const head = Buffer.from([code >> 8, code & 0xff]);
    this.#write(OPCODE.close, maySendCode(code) ? Buffer.concat([head, text]) : Buffer.alloc(0));
  }

  #endSoon(end: SocketEnd): void {
    this.#closingTimer = setTimeout(() => this.#end(end), CLOSING_MS);
  }

  /** The close frame still goes out: the connection is ended, and destroyed when the peer does not do its part. */
  #end(end: SocketEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#frames.stop();
    clearTimeout(this.#closingTimer);
    const socket = this.#socket;
    if (this.#hasSentClose && socket !== undefined && !socket.destroyed) finish(socket);
    else socket?.destroy();
    this.#events.onEnd(end);
  }
}

function finish(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), CLOSING_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.resume();
  socket.end();
}
