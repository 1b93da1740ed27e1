// One request and its answer on an HTTP/2 session: what has been sent, what has arrived, and how it ended.
import { callAgain, type Exchange, type TransportCall, type TransportEnd, type TransportEvents } from "../transport.ts";
import { ERROR, errorName } from "./frames.ts";
import { OutgoingBody } from "./outgoing-body.ts";
import type { Header } from "./static-table.ts";

/**
 * How much of an answer may be under way before its reader has taken it: what a paused exchange holds in memory at most.
 * At a round trip of 150 ms it allows 3.5 MB/s.
 */
export const STREAM_WINDOW_BYTES = 512 * 1024;

const COLON = 0x3a;

/** The cause of an end whose body is not as long as its content-length. */
const LENGTH_MISMATCH = "HTTP2_CONTENT_LENGTH";

/** The cause of an end whose request body did not come. */
const BODY_FAILED = "REQUEST_BODY_FAILED";

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]/;

/** A call to send. `isRestart`: another session had it and its peer refused it unseen. */
export interface Http2Request {
  readonly call: TransportCall;
  readonly events: TransportEvents;
  readonly isRestart: boolean;
}

/** The session as its exchanges see it. */
export interface ExchangeHost {
  /** Tells the peer that the stream is over before its time, and forgets it. */
  reset(exchange: Http2Exchange, code: number): void;
  /** Forgets a stream that both sides have ended. */
  forget(exchange: Http2Exchange): void;
  /** Lets the peer send so many bytes more on this stream. */
  grant(exchange: Http2Exchange, bytes: number): void;
}

/** A stream of one session. */
export class Http2Exchange implements Exchange {
  readonly id: number;
  readonly #request: Http2Request;
  readonly #events: TransportEvents;
  readonly #host: ExchangeHost;
  /** How much of the body the peer lets us send; negative after it lowered its setting. */
  sendWindow: number;
  readonly #body: OutgoingBody;
  #hasHead = false;
  #hasPeerEnded = false;
  #expectedBytes: number | undefined;
  #receivedBytes = 0;
  #window = STREAM_WINDOW_BYTES;
  /** Bytes that the reader has taken and the peer was not told of. */
  #ungranted = 0;
  #isPaused = false;
  #held: Buffer[] = [];
  /** The end that waits until `#held` was read. */
  #heldEnd: TransportEnd | undefined;
  #isOver = false;
  /** Goes on with the call after a GOAWAY. */
  #successor: Exchange | undefined;

  constructor(request: Http2Request, host: ExchangeHost, at: { id: number; sendWindow: number }) {
    this.id = at.id;
    this.sendWindow = at.sendWindow;
    this.#request = request;
    this.#events = request.events;
    this.#host = host;
    this.#body = new OutgoingBody(request.call.body);
  }

  /** How much of the body could be sent now. */
  get unsentBytes(): number {
    return this.#body.readyBytes;
  }

  get hasSentAll(): boolean {
    return this.#body.isSent;
  }

  /** A streamed body is read from now on; `onReady`: more of it can be sent, or its end was reached. */
  startBody(onReady: () => void): void {
    this.#body.start({ onReady, onFault: () => this.#fault(ERROR.cancel, BODY_FAILED) });
  }

  /** The next part of the body; the caller has looked at windows. */
  takeBody(size: number): Uint8Array {
    const part = this.#body.take(size);
    this.sendWindow -= part.length;
    return part;
  }

  /** A header block: interim answer, head or trailers. */
  receiveHeaders(headers: readonly Header[], isEnd: boolean): void {
    if (this.#isOver) return;
    const isValid = this.#hasHead ? isEnd : this.#receiveHead(headers, isEnd);
    if (!isValid) this.#fault(ERROR.protocol);
    else if (isEnd) this.#receiveEnd();
  }

  #receiveHead(headers: readonly Header[], isEnd: boolean): boolean {
    const status = statusOf(headers);
    if (status === undefined) return false;
    if (status < 200) return !isEnd;
    const fields = headers.filter(([name]) => name.charCodeAt(0) !== COLON);
    if (!fields.every(isValidField)) return false;
    this.#hasHead = true;
    this.#expectedBytes = this.#bodyBytes(status, headers);
    this.#events.onHead(status, fields);
    return true;
  }

  /** What content-length promises of the body, RFC 9110 section 8.6; HEAD and 304 state it of another answer. */
  #bodyBytes(status: number, headers: readonly Header[]): number | undefined {
    if (this.#request.call.method === "HEAD" || status === 304 || status === 204) return undefined;
    const value = headers.find(([name]) => name === "content-length")?.[1];
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
  }

  /** A part of the answer; `flowBytes` counts its padding too. */
  receiveData(bytes: Buffer, flowBytes: number, isEnd: boolean): void {
    if (this.#isOver) return;
    this.#window -= flowBytes;
    this.#receivedBytes += bytes.length;
    const isTooLong = this.#expectedBytes !== undefined && this.#receivedBytes > this.#expectedBytes;
    if (!this.#hasHead) this.#fault(ERROR.protocol);
    else if (this.#window < 0) this.#fault(ERROR.flowControl);
    else if (isTooLong) this.#fault(ERROR.protocol, LENGTH_MISMATCH);
    else {
      this.#ungranted += flowBytes - bytes.length;
      if (bytes.length > 0 && this.#isPaused) this.#held.push(bytes);
      else if (bytes.length > 0) this.#deliver(bytes, isEnd);
      if (isEnd) this.#receiveEnd();
    }
  }

  /** RST_STREAM. The stream is gone already. */
  receiveReset(code: number): void {
    if (code === ERROR.refusedStream && !this.#hasHead) this.#finish({ kind: "never-sent", cause: errorName(code) });
    else this.lose(errorName(code));
  }

  /** The session or the stream ended under us: it may have run as soon as the peer had the whole request. */
  lose(cause: string): void {
    this.#finish({ kind: this.#hasHead || this.hasSentAll ? "cut" : "never-sent", cause });
  }

  /**
   * The peer has said by GOAWAY that it never looked at this stream. With `restart` the call goes on elsewhere, once
   * (RFC 9113 section 8.7: safe for every method, and what servers expect that close a connection after N requests).
   */
  refuse(cause: string, restart?: (request: Http2Request) => Exchange): void {
    if (this.#isOver) return;
    const mayRestart = !this.#hasHead && restart !== undefined && !this.#request.isRestart;
    const call = mayRestart ? callAgain(this.#request.call) : undefined;
    if (restart === undefined || call === undefined) {
      this.#finish({ kind: this.#hasHead ? "cut" : "never-sent", cause });
      return;
    }
    this.#isOver = true;
    this.#successor = restart({ ...this.#request, call, isRestart: true });
    if (this.#isPaused) this.#successor.pause();
  }

  pause(): void {
    this.#isPaused = true;
    this.#successor?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#successor?.resume();
    if (this.#held.length === 0 && this.#heldEnd === undefined) return;
    // Never inside the caller: it may be in the middle of its own onData.
    queueMicrotask(() => this.#release());
  }

  abort(): void {
    this.#successor?.abort();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#held = [];
    if (!this.#hasPeerEnded && this.#heldEnd === undefined) this.#host.reset(this, ERROR.cancel);
    queueMicrotask(() => this.#events.onEnd({ kind: "aborted", cause: "aborted" }));
  }

  #deliver(bytes: Buffer, isEnd: boolean): void {
    this.#events.onData(bytes);
    this.#ungranted += bytes.length;
    if (isEnd || this.#isOver || this.#hasPeerEnded || this.#ungranted < STREAM_WINDOW_BYTES / 2) return;
    this.#window += this.#ungranted;
    this.#host.grant(this, this.#ungranted);
    this.#ungranted = 0;
  }

  #release(): void {
    while (!this.#isPaused && !this.#isOver) {
      const bytes = this.#held.shift();
      if (bytes === undefined) break;
      this.#deliver(bytes, false);
    }
    if (!this.#isPaused && this.#heldEnd !== undefined) this.#finish(this.#heldEnd);
  }

  #receiveEnd(): void {
    if (this.#isOver) return;
    this.#hasPeerEnded = true;
    // An answer before the whole request: RFC 9113 section 8.1 lets us stop sending without an error.
    if (this.hasSentAll) this.#host.forget(this);
    else this.#host.reset(this, ERROR.none);
    const isShort = this.#expectedBytes !== undefined && this.#receivedBytes !== this.#expectedBytes;
    this.#finish(isShort ? { kind: "cut", cause: LENGTH_MISMATCH } : { kind: "complete" });
  }

  /** The peer broke the protocol on this stream alone. */
  #fault(code: number, cause = errorName(code)): void {
    if (this.#isOver) return;
    this.#host.reset(this, code);
    this.#finish({ kind: "cut", cause });
  }

  #finish(end: TransportEnd): void {
    if (this.#isOver) return;
    if (this.#isPaused && this.#held.length > 0) {
      this.#heldEnd ??= end;
      return;
    }
    this.#isOver = true;
    this.#events.onEnd(end);
  }
}

/** RFC 9113 section 8.2.1: what else would let a field end early where it is written as HTTP/1.1. */
function isValidField([name, value]: Header): boolean {
  return FIELD_NAME.test(name) && !FORBIDDEN_IN_VALUE.test(value);
}

function statusOf(headers: readonly Header[]): number | undefined {
  const value = headers.find(([name]) => name === ":status")?.[1];
  return value !== undefined && /^[1-9]\d\d$/.test(value) ? Number(value) : undefined;
}
