// The WebSockets of clients, on Bun's server.

import type { ClientSocket, ClientSocketEvents } from "../proxy/realtime/client-socket.ts";
import { MAX_MESSAGE_BYTES } from "../upstream/websocket/client.ts";
import { CLOSE, type CloseReason, fittingReason } from "../upstream/websocket/close-codes.ts";
import type { SocketMessage } from "../upstream/websocket/frame-reader.ts";

/** What a WebSocket carries from its upgrade on. */
export interface SocketData {
  readonly events: ClientSocketEvents;
  socket: ServerSocket | undefined;
}

/** Seconds; the server asks for a sign of life after half of it. Bun's longest is 960. */
const IDLE_TIMEOUT_S = 120;
/** From so few waiting bytes on a client that did not keep up is sent more. */
const LOW_WATER_BYTES = 256 * 1024;
/** A client that reads nothing for so long gets no close. */
const CLOSING_MS = 10_000;
/** Never reached: whoever sends stops when one message waits. Beyond it Bun drops messages. */
const NEVER_DROPPED_BYTES = 1024 * 1024 * 1024;

/** For `Bun.serve`. Faults of a client's framing are answered by Bun, with 1002, 1007 or 1009. */
export const CLIENT_SOCKETS: Bun.WebSocketHandler<SocketData> = {
  maxPayloadLength: MAX_MESSAGE_BYTES,
  backpressureLimit: NEVER_DROPPED_BYTES,
  idleTimeout: IDLE_TIMEOUT_S,
  sendPings: true,
  perMessageDeflate: false,
  open: (ws) => {
    ws.data.socket = new ServerSocket(ws);
  },
  message: ({ data }, message) => {
    const isText = typeof message === "string";
    data.events.onMessage({ isText, bytes: isText ? Buffer.from(message) : message });
  },
  drain: ({ data }) => data.socket?.onDrain(),
  close: ({ data }, code, reason) => {
    data.socket?.onClosed();
    data.events.onClose({ code, reason });
  },
};

/** Upgrades a request at once, so that its socket is there when this returns; undefined when the client has left. */
export function upgradeRequest(
  server: Bun.Server<SocketData>,
  request: Request,
  { headers, events }: { readonly headers: Headers; readonly events: ClientSocketEvents },
): ClientSocket | undefined {
  const data: SocketData = { events, socket: undefined };
  return server.upgrade(request, { headers, data }) ? data.socket : undefined;
}

class ServerSocket implements ClientSocket {
  readonly #ws: Bun.ServerWebSocket<SocketData>;
  #isBehind = false;
  #closing: CloseReason | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(ws: Bun.ServerWebSocket<SocketData>) {
    this.#ws = ws;
  }

  send({ isText, bytes }: SocketMessage): boolean {
    if (this.#isClosed || this.#closing !== undefined) return true;
    const sent = isText ? this.#ws.sendText(bytes.toString()) : this.#ws.sendBinary(bytes);
    // -1: it waits in the server's memory.
    if (sent === -1) this.#isBehind = true;
    return !this.#isBehind;
  }

  /**
   * Bun sends what waits and then the close, but keeps a connection for ever whose client reads no more, whatever its
   * idle timeout: so it is closed when nothing waits, or broken.
   */
  close(close: CloseReason): void {
    if (this.#isClosed || this.#closing !== undefined) return;
    this.#closing = close;
    if (this.#ws.getBufferedAmount() === 0) this.#close(close);
    else this.#armClosing();
  }

  onDrain(): void {
    const waiting = this.#ws.getBufferedAmount();
    if (this.#closing !== undefined) {
      if (waiting === 0) this.#close(this.#closing);
      else this.#armClosing();
    } else if (this.#isBehind && waiting <= LOW_WATER_BYTES) {
      this.#isBehind = false;
      this.#ws.data.events.onDrain();
    }
  }

  onClosed(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #armClosing(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ws.terminate(), CLOSING_MS);
  }

  // Bun sends an empty frame for 1005, which is what no code is.
  #close({ code, reason }: CloseReason): void {
    this.#ws.close(code, code === CLOSE.noStatus ? "" : fittingReason(reason));
  }
}
