// Both ends of a session, played by hand.
import type { ClientSocket, ClientSocketEvents } from "../../../src/proxy/realtime/client-socket.ts";
import type { TransportCall } from "../../../src/upstream/transport.ts";
import type { CloseReason } from "../../../src/upstream/websocket/close-codes.ts";
import type { SocketMessage } from "../../../src/upstream/websocket/frame-reader.ts";
import type {
  SocketEnd,
  SocketEvents,
  SocketTransport,
  UpstreamSocket,
} from "../../../src/upstream/websocket/upstream-socket.ts";

export function text(words: string): SocketMessage {
  return { isText: true, bytes: Buffer.from(words) };
}

export function json(value: unknown): SocketMessage {
  return text(JSON.stringify(value));
}

/** The provider's side: notes what was done to it. */
export class ScriptedUpstream implements UpstreamSocket {
  readonly call: TransportCall;
  readonly done: string[] = [];
  readonly events: SocketEvents;
  waitingBytes = 0;

  constructor(call: TransportCall, events: SocketEvents) {
    this.call = call;
    this.events = events;
  }

  send({ bytes }: SocketMessage): void {
    this.done.push(bytes.toString());
  }

  ping(): void {
    this.done.push("ping");
  }

  close({ code }: CloseReason): void {
    this.done.push(`close ${code}`);
  }

  pause(): void {
    this.done.push("pause");
  }

  resume(): void {
    this.done.push("resume");
  }

  abort(): void {
    this.done.push("abort");
    this.end({ kind: "aborted", cause: "aborted" });
  }

  end(end: SocketEnd): void {
    this.events.onEnd(end);
  }
}

/** A transport whose sockets are played by hand, in order. */
export class ScriptedTransport implements SocketTransport {
  readonly sockets: ScriptedUpstream[] = [];

  get last(): ScriptedUpstream {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error("Nothing was opened");
    return last;
  }

  start(): never {
    throw new Error("Only WebSockets are played");
  }

  openSocket(call: TransportCall, events: SocketEvents): UpstreamSocket {
    const socket = new ScriptedUpstream(call, events);
    this.sockets.push(socket);
    return socket;
  }

  async close(): Promise<void> {}
}

/** The client's side: notes what it was sent. */
export class ScriptedClient implements ClientSocket {
  readonly seen: string[] = [];
  keepsUp = true;
  events: ClientSocketEvents | undefined;

  readonly upgrade = (_headers: Headers, events: ClientSocketEvents): ClientSocket => {
    this.events = events;
    return this;
  };

  send({ bytes }: SocketMessage): boolean {
    this.seen.push(bytes.toString());
    return this.keepsUp;
  }

  close({ code, reason }: CloseReason): void {
    this.seen.push(`close ${code} ${reason}`);
  }
}
