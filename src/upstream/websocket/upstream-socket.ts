// The seam to a WebSocket at a provider. It knows nothing of keys, health or OpenAI.
import type { HeaderList, Transport, TransportCall } from "../transport.ts";
import type { CloseReason } from "./close-codes.ts";
import type { SocketMessage } from "./frame-reader.ts";

/**
 * How it ended. `never-sent`: no handshake was answered with 101, and nothing can have been done for it. `refused`: by
 * a complete answer. `closed`: with a close frame of the provider, whoever began. `cut`: without; `code`: what says
 * most of it. `aborted`: by our own `abort()`.
 */
export type SocketEnd =
  | { readonly kind: "never-sent" | "aborted"; readonly cause: string }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly headers: HeaderList;
      readonly body: Uint8Array;
    }
  | ({ readonly kind: "closed" } & CloseReason)
  | { readonly kind: "cut"; readonly cause: string; readonly code: number };

/** Called in this order: onRoute, onOpen at most once, then the others any number of times, onEnd exactly once and last. */
export interface SocketEvents {
  /** With the id of the outbound proxy that is asked, again where the next one is; also before `openSocket` returned. */
  onRoute?(proxyId: string): void;
  /** `headers`: those of the 101. `protocol`: the subprotocol that was chosen. */
  onOpen(headers: HeaderList, protocol: string | undefined): void;
  onMessage(message: SocketMessage): void;
  /** It was heard of, by a ping or a pong, which is answered already. */
  onAlive(): void;
  /** The network has taken what waited. */
  onDrain?(): void;
  onEnd(end: SocketEnd): void;
}

export interface UpstreamSocket {
  /** Bytes that were sent and that the network has not taken. */
  readonly waitingBytes: number;
  send(message: SocketMessage): void;
  ping(): void;
  /** Begins the closing handshake; an answer that does not come is not waited for long. */
  close(close: CloseReason): void;
  /** Stops reading from the network until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it at once. */
  abort(): void;
}

/** A transport that has WebSockets too. */
export interface SocketTransport extends Transport {
  /** Starts one; never throws, never calls an event before it returned. */
  openSocket(call: TransportCall, events: SocketEvents): UpstreamSocket;
}

/** Whether a transport has WebSockets: what answers inside of this process has none. */
export function opensSockets(transport: Transport): transport is SocketTransport {
  return "openSocket" in transport;
}
