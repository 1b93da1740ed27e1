// HTTP/1.1 exchanges, over undici's dispatch.
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Agent, Dispatcher } from "undici/index.js";
import { lazily } from "../core/lazily.ts";
import {
  type CallBody,
  type Exchange,
  type HeaderList,
  isStreamed,
  type StreamedBody,
  type TransportCall,
  type TransportEnd,
  type TransportEvents,
} from "./transport.ts";
import { type DialTarget, dial } from "./transport-dial.ts";

/**
 * How long an idle connection is kept. Most servers close theirs after 5 to 75 s; one that does is noticed before the
 * next request unless both cross on the wire.
 */
const IDLE_MS = 60_000;

const MAX_HEADER_BYTES = 64 * 1024;

/** A larger body is given to undici in pieces of this size: it keeps what it was given until the answer's end. */
const PIECE_BYTES = 256 * 1024;

type Connection = Socket | TLSSocket;

/** What all connections of one transport have in common. */
export type ConnectionWay = Pick<DialTarget, "secureContext" | "via">;

/**
 * Loads undici, which takes some 20 ms: commands that call nobody need not wait for it. Bun replaces the bare
 * specifier by a stub of its own whose dispatch does nothing; all of the package would make the executable 1.7 MB
 * larger.
 */
export const loadUndici = lazily(() => require("undici/lib/dispatcher/agent.js") as typeof Agent);

/** One pool of connections per origin, as many as there are exchanges at once. */
export class Http1Client {
  #agent: Agent | undefined;
  readonly #way: ConnectionWay;
  /** undici asks for a connection inside of `dispatch`, without telling for which call. */
  #connectMs = 0;
  #lent: Connection | undefined;
  /** Connections that are being opened; call one to give it up. */
  readonly #dials = new Set<() => void>();
  /** Exchanges that wait for a connection. */
  #waiting = 0;
  #isClosing = false;
  readonly #onLeave = (): void => {
    this.#waiting--;
    if (this.#isClosing) this.#giveUpDials();
  };

  constructor(way: ConnectionWay) {
    this.#way = way;
  }

  /** Starts one exchange; see `Transport`. */
  start(call: TransportCall, events: TransportEvents): Exchange {
    const { origin, path, method, body } = call;
    const arriving = isStreamed(body) ? new ArrivingBody(body) : undefined;
    this.#waiting++;
    const exchange = new Http1Exchange(events, arriving, this.#onLeave);
    this.#connectMs = call.connectMs;
    this.#agent ??= this.#createAgent();
    const sent = arriving === undefined ? inPieces(isStreamed(body) ? null : body) : iterable(arriving);
    this.#agent.dispatch({ origin, path, method, body: sent, headers: call.headers as string[] }, exchange);
    return exchange;
  }

  /** Starts one exchange that uses this connection if undici opens one for it. */
  startOn(connection: Connection, call: TransportCall, events: TransportEvents): Exchange {
    this.#lent = connection;
    const exchange = this.start(call, events);
    this.#lent?.destroy();
    this.#lent = undefined;
    return exchange;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = this.#agent?.close();
    this.#giveUpDials();
    await closed;
  }

  /** undici goes on with a connection that nobody waits for, and would not close before it stands. */
  #giveUpDials(): void {
    if (this.#waiting > 0) return;
    for (const cancel of [...this.#dials]) cancel();
  }

  #createAgent(): Agent {
    return new (loadUndici())({
      allowH2: false,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: (target, done) => this.#connect(target, done),
    });
  }

  #connect(
    target: { readonly hostname: string; readonly port: string; readonly protocol: string },
    done: (...result: [null, Connection] | [Error, null]) => void,
  ): void {
    const lent = this.#lent;
    this.#lent = undefined;
    if (lent !== undefined) {
      // undici does not go on with the request when it is called back inside of its own call.
      queueMicrotask(() => done(null, lent.on("error", renameReset)));
      return;
    }
    const isTls = target.protocol === "https:";
    const cancel = dial(
      {
        hostname: target.hostname,
        port: Number(target.port) || (isTls ? 443 : 80),
        isTls,
        alpn: ["http/1.1"],
        connectMs: this.#connectMs,
        ...this.#way,
      },
      (result) => {
        this.#dials.delete(cancel);
        if (result.ok) done(null, result.socket.on("error", renameReset));
        else done(result.error, null);
      },
    );
    this.#dials.add(cancel);
  }
}

/**
 * undici's handler of one request. Everything after the first written byte counts as "may have run": undici does not
 * say how much of a request a connection took before it died, and on a reused one, closed by its server at that very
 * moment, nobody can. undici looks for such a close right before it writes, and never sends a request again. Only of a
 * body that was read while it was sent it is known when some of it never went out.
 */
class Http1Exchange implements Exchange, Dispatcher.DispatchHandler {
  readonly #events: TransportEvents;
  readonly #body: ArrivingBody | undefined;
  /** Called once when it waits for a connection no more. */
  readonly #onLeave: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #hasHead = false;
  #isPaused = false;
  #isOver = false;

  constructor(events: TransportEvents, body: ArrivingBody | undefined, onLeave: () => void) {
    this.#events = events;
    this.#body = body;
    this.#onLeave = onLeave;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#controller === undefined && !this.#isOver) this.#onLeave();
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error("aborted"));
    else if (this.#isPaused) controller.pause();
    if (!this.#isOver) this.#events.onSent?.();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#isOver || status < 200) return;
    this.#hasHead = true;
    this.#events.onHead(status, headerList(controller.rawHeaders));
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (!this.#isOver) this.#events.onData(bytes);
  }

  onResponseEnd(): void {
    this.#end({ kind: "complete" });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: NodeJS.ErrnoException): void {
    const isUnsent = this.#controller === undefined || (!this.#hasHead && this.#body?.isHeldBack === true);
    const kind = isUnsent ? "never-sent" : "cut";
    this.#end({ kind, cause: error.code ?? error.name });
  }

  pause(): void {
    this.#isPaused = true;
    this.#controller?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // Never inside a callback of another exchange: undici's parser is not reentrant.
    queueMicrotask(() => {
      if (!this.#isPaused && !this.#isOver) this.#controller?.resume();
    });
  }

  abort(): void {
    if (this.#isOver) return;
    this.#end({ kind: "aborted", cause: "aborted" });
    this.#controller?.abort(new Error("aborted"));
  }

  /** In a microtask: undici may fail inside of `dispatch`, and a call that follows must not start inside its parser. */
  #end(end: TransportEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#controller === undefined) this.#onLeave();
    queueMicrotask(() => this.#events.onEnd(end));
  }
}

function inPieces(body: Exclude<CallBody, StreamedBody>): Uint8Array | Readable | null {
  return body !== null && body.length > PIECE_BYTES ? iterable(pieces([body])) : body;
}

/** undici takes whatever can be iterated, and begins once it has a connection; its types know streams only. */
function iterable(body: AsyncIterable<Uint8Array>): Readable {
  return body as Readable;
}

/** undici asks for the next piece once the socket has taken the last one. */
class ArrivingBody implements AsyncIterable<Uint8Array> {
  readonly #body: StreamedBody;
  #bytes = 0;
  #state: "arriving" | "whole" | "failed" = "arriving";

  constructor(body: StreamedBody) {
    this.#body = body;
  }

  /** More of it is to come, so that nobody can have the whole request. */
  get isHeldBack(): boolean {
    const { length } = this.#body;
    return this.#state === "arriving" && (length === undefined || this.#bytes < length);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = await this.#next();
      if (piece === undefined) return;
      this.#bytes += piece.length;
      yield piece;
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const piece = await this.#body.read();
      if (piece === undefined) this.#state = "whole";
      return piece;
    } catch (error: unknown) {
      this.#state = "failed";
      throw error;
    }
  }
}

/** Takes the body out of its box, and keeps nothing of it once the last piece was taken. */
async function* pieces(box: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (;;) {
    const rest = box.pop();
    if (rest === undefined) return;
    if (rest.length > PIECE_BYTES) box.push(rest.subarray(PIECE_BYTES));
    yield rest.subarray(0, PIECE_BYTES);
  }
}

/**
 * undici takes ECONNRESET for the proper end of an answer that has no length and ends with its connection, which would
 * pass a truncated answer off as complete; under another name it is an error.
 */
function renameReset(error: NodeJS.ErrnoException): void {
  if (error.code === "ECONNRESET") error.code = "CONNECTION_RESET";
}

/** undici gives HTTP/1.1 headers as a flat list of buffers. */
function headerList(raw: Dispatcher.DispatchController["rawHeaders"]): HeaderList {
  const list: (readonly [string, string])[] = [];
  if (!Array.isArray(raw)) return list;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    list.push([latin1(raw[at]).toLowerCase(), latin1(raw[at + 1])]);
  }
  return list;
}

function latin1(text: Buffer | string | undefined): string {
  return typeof text === "string" ? text : (text?.toString("latin1") ?? "");
}
