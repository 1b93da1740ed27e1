// The client's side of one session: from its request over the upgrade to its close, whichever key serves it.
import { CLOSE, type CloseReason } from "../../upstream/websocket/close-codes.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import type { BufferPool } from "../body/buffer-pool.ts";
import type { ClientSocket, ClientSocketEvents } from "./client-socket.ts";
import { KeptMessages } from "./kept-messages.ts";
import { SessionMemory } from "./session-memory.ts";

/** Makes the request a WebSocket; undefined when the client has left. */
export type Upgrade = (headers: Headers, events: ClientSocketEvents) => ClientSocket | undefined;

/** Who has the client's messages at the moment. */
export interface ClientTarget {
  onClientMessage(message: SocketMessage): void;
  onClientDrain(): void;
  onClientClose(close: CloseReason): void;
}

export class ClientLink implements ClientSocketEvents {
  readonly kept: KeptMessages;
  /** Of all requests. */
  readonly pool: BufferPool;
  /** What waits for the client, also while a slow one is closed. */
  readonly unread: SessionMemory;
  /** Without one messages are kept. */
  target: ClientTarget | undefined;
  /** Asked with each message; one that may not be is dropped. */
  maySend: () => boolean = () => true;
  /** Each message as the provider at hand is sent it. */
  outgoing: (message: SocketMessage) => SocketMessage = (message) => message;
  /** Told of the first message. */
  onFirst: ((message: SocketMessage) => void) | undefined;
  bytesIn = 0;
  bytesOut = 0;
  readonly #upgrade: Upgrade;
  readonly #left = new AbortController();
  readonly #opened = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  #socket: ClientSocket | undefined;
  #leftFor: string | undefined;
  #protocol: string | undefined;

  /** `signal` aborts when the client leaves before it was upgraded. */
  constructor(upgrade: Upgrade, signal: AbortSignal, pool: BufferPool) {
    this.#upgrade = upgrade;
    this.pool = pool;
    this.kept = new KeptMessages(pool);
    this.unread = new SessionMemory(pool);
    if (signal.aborted) this.#left.abort();
    else signal.addEventListener("abort", () => this.#onLeft(), { once: true });
  }

  /** Aborts when the client has left and nobody had its messages. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** The subprotocol that the client was answered, which holds for whoever serves it. */
  get protocol(): string | undefined {
    return this.#protocol;
  }

  get whenOpen(): Promise<void> {
    return this.#opened.promise;
  }

  /** Resolves when its connection is closed. */
  get whenGone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Upgrades the client, once; false when it has left. */
  open(headers: Headers, protocol: string | undefined): boolean {
    if (this.#socket !== undefined) return !this.#left.signal.aborted;
    if (protocol !== undefined) headers.set("sec-websocket-protocol", protocol);
    this.#socket = this.#upgrade(headers, this);
    if (this.#socket === undefined) return false;
    this.#protocol = protocol;
    this.#opened.resolve();
    return true;
  }

  /** Takes it in any case; false: the client does not keep up, and the target is told when it does. */
  send(message: SocketMessage): boolean {
    this.bytesOut += message.bytes.length;
    return this.#socket?.send(message) !== false;
  }

  close(close: CloseReason): void {
    this.#socket?.close(close);
  }

  /** Why this program closed the client while nobody served it; undefined where it did not. */
  get leftFor(): string | undefined {
    return this.#leftFor;
  }

  /** Closes the client while nobody serves it yet: whoever tries to gives up. `code`: why, of our own. */
  leave(close: CloseReason, code: string): void {
    this.#leftFor ??= code;
    this.close(close);
    this.#left.abort();
  }

  onMessage(message: SocketMessage): void {
    if (this.bytesIn === 0) this.onFirst?.(message);
    this.bytesIn += message.bytes.length;
    if (!this.maySend()) return;
    if (this.target !== undefined) {
      this.target.onClientMessage(message);
      return;
    }
    if (this.kept.add(message)) return;
    this.leave({ code: CLOSE.tryAgainLater, reason: "No key takes messages at the moment" }, "overloaded");
  }

  onDrain(): void {
    this.target?.onClientDrain();
  }

  onClose(close: CloseReason): void {
    this.#gone.resolve();
    this.unread.hold(0);
    if (this.target === undefined) this.#left.abort();
    else this.target.onClientClose(close);
  }

  // An upgraded client says itself how it leaves.
  #onLeft(): void {
    if (this.#socket === undefined) this.#left.abort();
  }
}
