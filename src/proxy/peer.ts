// What a request comes over.
import type { ClientSocket, ClientSocketEvents } from "./realtime/client-socket.ts";

/** What the server knows of a connection. */
export interface Peer {
  readonly address: string;
  /** Called once the request is read. */
  liftIdleTimeout(): void;
  /** Called once the answer is handed over: the connection waits for another request. */
  restoreIdleTimeout(): void;
  /** Makes the request a WebSocket, whose answer is then not sent; undefined when the client has left. */
  readonly upgrade?: (headers: Headers, events: ClientSocketEvents) => ClientSocket | undefined;
}
