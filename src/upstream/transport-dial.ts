// Opens one TCP or TLS connection within a time limit, directly or through an outbound proxy.
import type { Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { codedError, KEEPALIVE_DELAY_MS, openSocket, type SocketTarget, tlsOptions } from "./open-socket.ts";
import type { OutboundWay } from "./outbound-way.ts";
import { Tunnel } from "./tunnel.ts";

/** Where to connect to. */
export interface DialTarget extends SocketTarget {
  readonly connectMs: number;
  /** The outbound proxy to go through; absent: none. */
  readonly via?: OutboundWay | undefined;
  /** Called once the proxy has opened the tunnel: what comes after that may be the target's fault. */
  readonly onTunnel?: (() => void) | undefined;
}

/**
 * `error.code` says what happened: ECONNREFUSED, ENOTFOUND, a TLS code, CONNECT_TIMEOUT, CONNECT_CANCELLED, or a code
 * of `outbound-fault.ts`.
 */
export type DialResult =
  | { readonly ok: true; readonly socket: Socket | TLSSocket }
  | { readonly ok: false; readonly error: NodeJS.ErrnoException };

/**
 * Calls `done` once, never before it returned. DNS, TCP, TLS and what an outbound proxy needs together have
 * `connectMs`. Gives back a function that ends it early.
 */
export function dial(target: DialTarget, done: (result: DialResult) => void): () => void {
  const attempt = new DialAttempt(target, done);
  if (target.via === undefined) attempt.connect(openSocket(target));
  else attempt.connectThrough(target.via);
  return () => attempt.end(codedError("CONNECT_CANCELLED", "Nobody waits for the connection"));
}

class DialAttempt {
  readonly #target: DialTarget;
  readonly #done: (result: DialResult) => void;
  readonly #timer: NodeJS.Timeout;
  #socket: Socket | TLSSocket | undefined;
  #tunnel: Tunnel | undefined;
  #isDone = false;
  readonly #onError = (error: NodeJS.ErrnoException): void => this.end(error);
  readonly #onClose = (): void => this.end(codedError("ECONNRESET", "The connection was closed while it was opened"));

  constructor(target: DialTarget, done: (result: DialResult) => void) {
    this.#target = target;
    this.#done = done;
    this.#timer = setTimeout(() => this.#onTimeout(), target.connectMs);
  }

  /** Waits until the socket can be used. */
  connect(socket: Socket | TLSSocket): void {
    this.#socket = socket;
    socket.once(this.#target.isTls ? "secureConnect" : "connect", () => this.#succeed(socket));
    this.#watch(socket);
  }

  connectThrough(way: OutboundWay): void {
    const { port } = this.#target;
    const hostname = this.#target.hostname.replace(/^\[|\]$/g, "");
    this.#tunnel = new Tunnel(
      way,
      { hostname, port },
      {
        onOpen: (socket) => this.#onTunnel(socket),
        onFailed: (error) => this.end(error),
      },
    );
  }

  /** Ends without a connection. */
  end(error: NodeJS.ErrnoException): void {
    if (!this.#finish()) return;
    this.#tunnel?.cancel();
    // The listener for errors stays: a destroyed socket may report another one.
    this.#socket?.destroy();
    this.#done({ ok: false, error });
  }

  #onTunnel(tunnel: Socket | TLSSocket): void {
    this.#target.onTunnel?.();
    if (this.#target.isTls) {
      this.connect(connectTls({ socket: tunnel, ...tlsOptions(this.#target) }));
      return;
    }
    this.#watch(tunnel);
    this.#succeed(tunnel);
  }

  #watch(socket: Socket | TLSSocket): void {
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_DELAY_MS);
  }

  #onTimeout(): void {
    const { connectMs } = this.#target;
    const timeout = codedError("CONNECT_TIMEOUT", `No connection within ${connectMs} ms`);
    if (this.#tunnel?.giveUp() !== true) this.end(timeout);
  }

  #succeed(socket: Socket | TLSSocket): void {
    if (!this.#finish()) return;
    socket.off("error", this.#onError);
    socket.off("close", this.#onClose);
    this.#tunnel?.noteUsable();
    this.#done({ ok: true, socket });
  }

  #finish(): boolean {
    if (this.#isDone) return false;
    this.#isDone = true;
    clearTimeout(this.#timer);
    return true;
  }
}
