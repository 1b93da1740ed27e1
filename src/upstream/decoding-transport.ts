// Decodes answers that are compressed although `accept-encoding: identity` was asked for.
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import type { Exchange, HeaderList, Transport, TransportCall, TransportEnd, TransportEvents } from "./transport.ts";
import { opensSockets, type SocketTransport } from "./websocket/upstream-socket.ts";

/** Content codings of RFC 9110 8.4.1 and RFC 8878; an unknown one, or several, pass as they are. */
const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
  ["zstd", createZstdDecompress],
]);

/** A transport whose answers are plain: without `content-encoding`, and without the compressed length. */
export function withDecoding(transport: Transport): Transport {
  return {
    ...socketsOf(transport),
    start(call: TransportCall, events: TransportEvents): Exchange {
      const decoding = new DecodingExchange(events);
      decoding.exchange = transport.start(call, decoding);
      return decoding;
    },
    isCutOff: (outbound) => transport.isCutOff?.(outbound) === true,
    retainProxies: async (urls) => transport.retainProxies?.(urls),
    close: () => transport.close(),
  };
}

/** Messages are compressed only where both sides agreed on it, and no WebSocket asks for that. */
function socketsOf(transport: Transport): Partial<SocketTransport> {
  if (!opensSockets(transport)) return {};
  return { openSocket: (call, events) => transport.openSocket(call, events) };
}

class DecodingExchange implements Exchange, TransportEvents {
  exchange: Exchange | undefined;
  readonly #events: TransportEvents;
  #decoder: Transform | undefined;
  #hasBytes = false;
  #isPaused = false;
  #hasEnded = false;

  constructor(events: TransportEvents) {
    this.#events = events;
  }

  pause(): void {
    this.#isPaused = true;
    this.#decoder?.pause();
    this.exchange?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#decoder?.resume();
    if (this.#decoder?.writableNeedDrain !== true) this.exchange?.resume();
  }

  /** The exchange may be over, and a small answer still be decoded to a huge one. */
  abort(): void {
    this.exchange?.abort();
    this.#decoder?.destroy();
    if (this.#decoder !== undefined) queueMicrotask(() => this.#finish({ kind: "aborted", cause: "aborted" }));
  }

  onRoute(proxyId: string): void {
    this.#events.onRoute?.(proxyId);
  }

  onSent(): void {
    this.#events.onSent?.();
  }

  onHead(status: number, headers: HeaderList): void {
    const coding = headers
      .find(([name]) => name === "content-encoding")?.[1]
      .trim()
      .toLowerCase();
    const create = coding === undefined ? undefined : DECODERS.get(coding);
    if (create === undefined) {
      this.#events.onHead(status, headers);
      return;
    }
    this.#decoder = this.#open(create());
    const plain = headers.filter(([name]) => name !== "content-encoding" && name !== "content-length");
    this.#events.onHead(status, plain);
  }

  onData(bytes: Uint8Array): void {
    if (this.#decoder === undefined) {
      this.#events.onData(bytes);
      return;
    }
    this.#hasBytes = true;
    if (!this.#hasEnded && !this.#decoder.write(bytes)) this.exchange?.pause();
  }

  onEnd(end: TransportEnd): void {
    if (this.#decoder === undefined || !this.#hasBytes) this.#finish(end);
    else if (end.kind === "complete") this.#decoder.end();
    else this.#finish(end);
  }

  #open(decoder: Transform): Transform {
    decoder.on("data", (bytes: Uint8Array) => {
      if (!this.#hasEnded) this.#events.onData(bytes);
    });
    decoder.on("drain", () => {
      if (!this.#isPaused) this.exchange?.resume();
    });
    decoder.on("end", () => this.#finish({ kind: "complete" }));
    decoder.on("error", () => {
      this.#finish({ kind: "cut", cause: "bad_content_encoding" });
      this.exchange?.abort();
    });
    return decoder;
  }

  #finish(end: TransportEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (end.kind !== "complete") this.#decoder?.destroy();
    this.#events.onEnd(end);
  }
}
