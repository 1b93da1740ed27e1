// One HTTP/2 connection as a client: its streams, windows and settings, and what becomes of them when it ends.
import type { TLSSocket } from "node:tls";
import type { Exchange } from "../transport.ts";
import { type ExchangeHost, Http2Exchange, type Http2Request, STREAM_WINDOW_BYTES } from "./exchange.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import * as h2 from "./frames.ts";
import { HeaderAssembly } from "./header-assembly.ts";
import { encodeRequest } from "./hpack-encoder.ts";
import { Liveness } from "./liveness.ts";
import { readSettings, settingsPayload, unpadded } from "./payloads.ts";
import { Uploads } from "./uploads.ts";

/** The most streams on one session, whatever the peer allows: a connection that dies takes no more with it. */
const MAX_STREAMS = 100;

/**
 * The window of the connection is opened as far as it goes and kept there, so that only the stream's own window holds
 * an answer back: with a smaller one, a few slow readers would stop all the other streams.
 */
const GRANT_AFTER_BYTES = 4 * 1024 * 1024;

const LAST_STREAM_ID = 0x7fffffff;
const PING_BYTES = Buffer.alloc(8);

/** Whoever keeps the sessions of one origin. */
export interface SessionOwner {
  /** More streams may be opened than before. */
  onRoom(): void;
  /** The peer has said how many streams it takes; see `capacity`. */
  onSettings(session: Http2Session): void;
  /** The session takes no more streams; those it has go on. */
  onLeaving(session: Http2Session): void;
  /** The connection is closed. */
  onClosed(session: Http2Session): void;
  /** Sends a call again that the peer has refused unseen. */
  restart(request: Http2Request): Exchange;
}

/**
 * A connection on which ALPN chose `h2`. It speaks the protocol itself, because node:http2 of Bun 1.4.5 (which undici
 * uses) was measured to: report an answer cut by RST_STREAM with CANCEL or NO_ERROR, or by the death of the session, as
 * an ordinary `end`; end the whole session with ERR_HTTP2_ERROR after a few paused streams are resumed, or with a larger
 * connection window never resume them; fail unrelated streams with ENHANCE_YOUR_CALM once 10 MB of request bodies wait;
 * and to need 1.5 to 2 times the CPU per request.
 */
export class Http2Session implements ExchangeHost {
  readonly #socket: TLSSocket;
  readonly #owner: SessionOwner;
  readonly #authority: string;
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  readonly #headers = new HeaderAssembly();
  readonly #liveness: Liveness;
  readonly #exchanges = new Map<number, Http2Exchange>();
  readonly #uploads: Uploads;
  #nextId = 1;
  #peerStreams: number | undefined;
  #ungranted = 0;
  #isLeaving = false;
  #isDead = false;
  #cause = "HTTP2_SESSION_CLOSED";

  constructor(socket: TLSSocket, authority: string, owner: SessionOwner) {
    this.#socket = socket;
    this.#authority = authority;
    this.#owner = owner;
    this.#writer = new FrameWriter(socket, () => this.#uploads.pump());
    this.#uploads = new Uploads(this.#writer);
    this.#reader = new FrameReader((type, flags, id, payload) => this.#onFrame(type, flags, id, payload));
    this.#liveness = new Liveness(this);
    socket.on("data", (chunk: Buffer) => this.#onBytes(chunk));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#cause = error.code ?? error.name;
    });
    socket.on("end", () => this.#onClosed());
    socket.on("close", () => this.#onClosed());
    socket.unref();
    this.#sendPreface();
  }

  /** How many streams may be opened now. Before the peer's SETTINGS one, lest it refuse what exceeds its limit. */
  get room(): number {
    if (this.#isLeaving || !this.#socket.writable) return 0;
    return Math.min(this.#peerStreams ?? 1, MAX_STREAMS) - this.#exchanges.size;
  }

  /** What the peer allows at once, capped by our own limit; undefined before its SETTINGS. */
  get capacity(): number | undefined {
    return this.#peerStreams === undefined ? undefined : Math.min(this.#peerStreams, MAX_STREAMS);
  }

  get isIdle(): boolean {
    return this.#exchanges.size === 0;
  }

  /** Sends a call; undefined when it is no valid HTTP. Only when there is room. */
  open(request: Http2Request): Exchange | undefined {
    const block = encodeRequest(request.call, this.#authority);
    if (block === undefined) return undefined;
    const exchange = new Http2Exchange(request, this, { id: this.#nextId, sendWindow: this.#uploads.streamWindow });
    this.#nextId += 2;
    if (this.#exchanges.size === 0) this.#socket.ref();
    this.#exchanges.set(exchange.id, exchange);
    const hasBody = !exchange.hasSentAll;
    this.#writer.write(h2.headerFrames(exchange.id, block, !hasBody));
    if (hasBody) this.#uploads.add(exchange);
    request.events.onSent?.();
    if (this.#nextId > LAST_STREAM_ID) this.retire();
    return exchange;
  }

  reset(exchange: Http2Exchange, code: number): void {
    this.#writer.write(h2.numberFrame(h2.FRAME.reset, exchange.id, code));
    this.forget(exchange);
  }

  forget(exchange: Http2Exchange): void {
    if (!this.#exchanges.delete(exchange.id)) return;
    this.#uploads.delete(exchange);
    if (this.#exchanges.size === 0) this.#onIdle();
    if (!this.#isLeaving) this.#owner.onRoom();
  }

  grant(exchange: Http2Exchange, bytes: number): void {
    this.#writer.write(h2.numberFrame(h2.FRAME.windowUpdate, exchange.id, bytes));
  }

  ping(): void {
    this.#writer.write(h2.frame(h2.FRAME.ping, h2.FLAG.none, 0, PING_BYTES));
  }

  giveUp(): void {
    this.#cause = "HTTP2_PING_TIMEOUT";
    this.#onClosed();
  }

  /** Opens no more streams, and closes the connection when those it has are over. */
  retire(): void {
    if (!this.#isLeaving) {
      this.#isLeaving = true;
      this.#owner.onLeaving(this);
    }
    if (this.#exchanges.size === 0) this.#onIdle();
  }

  #sendPreface(): void {
    const settings = settingsPayload([
      [h2.SETTING.enablePush, 0],
      [h2.SETTING.initialWindowSize, STREAM_WINDOW_BYTES],
    ]);
    this.#writer.write(Buffer.from(h2.PREFACE, "latin1"));
    this.#writer.write(h2.frame(h2.FRAME.settings, h2.FLAG.none, 0, settings));
    const increment = h2.MAX_WINDOW_BYTES - h2.DEFAULT_WINDOW_BYTES;
    this.#writer.write(h2.numberFrame(h2.FRAME.windowUpdate, 0, increment));
  }

  #onIdle(): void {
    this.#socket.unref();
    if (!this.#isLeaving || this.#isDead) return;
    this.#writer.write(goaway(h2.ERROR.none));
    this.#writer.flush();
    this.#socket.end(() => this.#socket.destroy());
  }

  #onBytes(chunk: Buffer): void {
    this.#liveness.heard();
    if (!this.#isDead && !this.#reader.push(chunk)) this.#fail(h2.ERROR.frameSize);
  }

  #onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    if (this.#isDead) return;
    const error = this.#take(type, flags, id, payload);
    if (error !== undefined) this.#fail(error);
  }

  /** Handles one frame; the error code when it ends the connection. */
  #take(type: number, flags: number, id: number, payload: Buffer): number | undefined {
    const isHeaders = type === h2.FRAME.headers || type === h2.FRAME.continuation;
    if (this.#headers.isOpen && !isHeaders) return h2.ERROR.protocol;
    switch (type) {
      case h2.FRAME.data:
        return this.#onData(flags, id, payload);
      case h2.FRAME.headers:
      case h2.FRAME.continuation:
        return this.#onHeaders(type, flags, id, payload);
      case h2.FRAME.reset:
        return this.#onReset(id, payload);
      case h2.FRAME.settings:
        return (flags & h2.FLAG.ack) === 0 ? this.#onSettings(payload) : undefined;
      case h2.FRAME.ping:
        if ((flags & h2.FLAG.ack) === 0) this.#writer.write(h2.frame(h2.FRAME.ping, h2.FLAG.ack, 0, payload));
        return undefined;
      case h2.FRAME.goaway:
        return this.#onGoaway(payload);
      case h2.FRAME.windowUpdate:
        return this.#onWindowUpdate(id, payload);
      case h2.FRAME.pushPromise:
        return h2.ERROR.protocol;
      default:
        return undefined;
    }
  }

  #onHeaders(type: number, flags: number, id: number, payload: Buffer): number | undefined {
    const result = this.#headers.add(type, flags, id, payload);
    if (result.kind === "error") return result.code;
    // A stream that we have reset may still send; its block was decoded for the sake of the table.
    if (result.kind === "block") this.#exchanges.get(result.id)?.receiveHeaders(result.headers, result.isEnd);
    return undefined;
  }

  #onData(flags: number, id: number, payload: Buffer): number | undefined {
    this.#ungranted += payload.length;
    if (this.#ungranted >= GRANT_AFTER_BYTES) {
      this.#writer.write(h2.numberFrame(h2.FRAME.windowUpdate, 0, this.#ungranted));
      this.#ungranted = 0;
    }
    const bytes = unpadded(flags, payload);
    if (id === 0 || bytes === undefined) return h2.ERROR.protocol;
    this.#exchanges.get(id)?.receiveData(bytes, payload.length, (flags & h2.FLAG.endStream) !== 0);
    return undefined;
  }

  #onReset(id: number, payload: Buffer): number | undefined {
    if (payload.length !== 4) return h2.ERROR.frameSize;
    const exchange = this.#exchanges.get(id);
    if (exchange === undefined) return undefined;
    this.forget(exchange);
    exchange.receiveReset(payload.readUInt32BE(0));
    return undefined;
  }

  #onSettings(payload: Buffer): number | undefined {
    const settings = readSettings(payload);
    if (settings === undefined) return h2.ERROR.frameSize;
    const window = settings.get(h2.SETTING.initialWindowSize);
    if (window !== undefined && !this.#uploads.resizeStreams(window)) return h2.ERROR.flowControl;
    const streams = settings.get(h2.SETTING.maxConcurrentStreams);
    this.#peerStreams = streams ?? this.#peerStreams ?? Number.POSITIVE_INFINITY;
    this.#writer.write(h2.frame(h2.FRAME.settings, h2.FLAG.ack, 0, Buffer.alloc(0)));
    if (!this.#isLeaving) this.#owner.onSettings(this);
    return undefined;
  }

  #onWindowUpdate(id: number, payload: Buffer): number | undefined {
    if (payload.length !== 4) return h2.ERROR.frameSize;
    const bytes = payload.readUInt32BE(0) & h2.MAX_WINDOW_BYTES;
    const exchange = this.#exchanges.get(id);
    if (id !== 0 && exchange === undefined) return undefined;
    return this.#uploads.widen(exchange, bytes) ? undefined : h2.ERROR.flowControl;
  }

  #onGoaway(payload: Buffer): number | undefined {
    if (payload.length < 8) return h2.ERROR.frameSize;
    const lastId = payload.readUInt32BE(0) & LAST_STREAM_ID;
    const code = payload.readUInt32BE(4);
    if (code !== h2.ERROR.none) this.#cause = h2.errorName(code);
    const refused = [...this.#exchanges.values()].filter((exchange) => exchange.id > lastId);
    for (const exchange of refused) {
      this.#exchanges.delete(exchange.id);
      this.#uploads.delete(exchange);
    }
    this.retire();
    const restart = code === h2.ERROR.none ? (request: Http2Request) => this.#owner.restart(request) : undefined;
    for (const exchange of refused) exchange.refuse("HTTP2_GOAWAY", restart);
    return undefined;
  }

  /** The peer broke the protocol: nothing that it says from here on can be trusted. */
  #fail(code: number): void {
    this.#writer.write(goaway(code));
    this.#writer.flush();
    this.#cause = h2.errorName(code);
    this.#onClosed();
  }

  #onClosed(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#liveness.stop();
    if (!this.#isLeaving) {
      this.#isLeaving = true;
      this.#owner.onLeaving(this);
    }
    const lost = [...this.#exchanges.values()];
    this.#exchanges.clear();
    this.#uploads.clear();
    this.#socket.destroy();
    for (const exchange of lost) exchange.lose(this.#cause);
    this.#owner.onClosed(this);
  }
}

/** No stream of the peer was ever opened: server push is off. */
function goaway(code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(code, 4);
  return h2.frame(h2.FRAME.goaway, h2.FLAG.none, 0, payload);
}
