// The seam to the server's side of a client's WebSocket.
import type { CloseReason } from "../../upstream/websocket/close-codes.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";

export interface ClientSocket {
  /** Takes it in any case; false: the client does not keep up, and `onDrain` follows. */
  send(message: SocketMessage): boolean;
  /** Closes once everything that was sent is with the client; a client that reads nothing is not waited for long. */
  close(close: CloseReason): void;
}

/** `onClose` is called exactly once and last. */
export interface ClientSocketEvents {
  onMessage(message: SocketMessage): void;
  onDrain(): void;
  /** Code 1006 where there was no close frame. */
  onClose(close: CloseReason): void;
}
