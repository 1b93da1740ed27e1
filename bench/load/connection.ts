// One client connection over a raw socket, so that the load costs as little of the processor as possible.
import type { Socket, SocketHandler } from "bun";
import { PATH } from "../wire.ts";
import { type AnswerEvents, AnswerReader } from "./answer-reader.ts";

export interface ConnectionEvents extends AnswerEvents {
  /** The connection is gone, or what came is no answer. */
  onBroken(reason: string): void;
}

export interface ConnectTarget {
  readonly url: string;
  /** The file of the authority that a certificate must come from. */
  readonly ca?: string;
}

export interface Connection {
  send(request: Buffer): void;
  /** Without a last `onBroken`. */
  close(): void;
}

/** The bytes of one request with this body. */
export function requestBytes(url: string, body: string): Buffer {
  const head = [
    `POST ${PATH} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    "Accept: application/json",
    "Content-Type: application/json",
    "User-Agent: bench",
    "Authorization: Bearer sk-fake-bench-client",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** @throws Error if nobody listens there. */
export async function connect(target: ConnectTarget, events: ConnectionEvents): Promise<Connection> {
  const { hostname, port, protocol } = new URL(target.url);
  let isClosed = false;
  const broken = (socket: Socket, reason: string): void => {
    if (isClosed) return;
    isClosed = true;
    socket.terminate();
    events.onBroken(reason);
  };
  const secured = Promise.withResolvers<void>();
  const socket = await Bun.connect<undefined>({
    hostname,
    port: Number(port),
    ...(protocol === "https:" && target.ca !== undefined && { tls: { ca: Bun.file(target.ca) } }),
    socket: socketHandler(new AnswerReader(events), broken, secured),
  });
  // A write before the end of the handshake would not be taken.
  if (protocol === "https:") await secured.promise;
  return {
    send: (request) => {
      if (socket.write(request) !== request.length) broken(socket, "The connection did not take a whole request");
    },
    close: () => {
      isClosed = true;
      socket.end();
    },
  };
}

function socketHandler(
  reader: AnswerReader,
  broken: (socket: Socket, reason: string) => void,
  secured: PromiseWithResolvers<void>,
): SocketHandler<undefined> {
  return {
    data: (from, bytes) => {
      try {
        reader.push(bytes);
      } catch (error: unknown) {
        broken(from, String(error));
      }
    },
    close: (from) => broken(from, "The connection was closed"),
    error: (from, error) => broken(from, error.message),
    handshake: (_from, isTrusted, error) =>
      isTrusted ? secured.resolve() : secured.reject(error ?? new Error("The TLS handshake failed")),
  };
}
