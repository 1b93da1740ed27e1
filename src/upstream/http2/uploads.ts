// Sends request bodies of one HTTP/2 connection as far as the peer's windows and the socket allow.
import type { Http2Exchange } from "./exchange.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { DEFAULT_WINDOW_BYTES, FLAG, FRAME, frame, MAX_PAYLOAD_BYTES, MAX_WINDOW_BYTES } from "./frames.ts";

/** The bodies that are not wholly sent, and the windows for them (RFC 9113 section 5.2). */
export class Uploads {
  readonly #writer: FrameWriter;
  readonly #exchanges = new Set<Http2Exchange>();
  #window = DEFAULT_WINDOW_BYTES;
  #streamWindow = DEFAULT_WINDOW_BYTES;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** What a new stream may send. */
  get streamWindow(): number {
    return this.#streamWindow;
  }

  add(exchange: Http2Exchange): void {
    this.#exchanges.add(exchange);
    exchange.startBody(() => this.pump());
    this.pump();
  }

  delete(exchange: Http2Exchange): void {
    this.#exchanges.delete(exchange);
  }

  clear(): void {
    this.#exchanges.clear();
  }

  /** SETTINGS_INITIAL_WINDOW_SIZE, which moves the windows of running streams too; false when it is out of range. */
  resizeStreams(window: number): boolean {
    if (window > MAX_WINDOW_BYTES) return false;
    for (const exchange of this.#exchanges) exchange.sendWindow += window - this.#streamWindow;
    this.#streamWindow = window;
    this.pump();
    return true;
  }

  /** WINDOW_UPDATE of one stream, or of the connection when there is none; false when a window gets out of range. */
  widen(exchange: Http2Exchange | undefined, bytes: number): boolean {
    if (exchange === undefined) this.#window += bytes;
    else exchange.sendWindow += bytes;
    this.pump();
    return (exchange?.sendWindow ?? this.#window) <= MAX_WINDOW_BYTES;
  }

  /** A frame of each body in turn, so that a long one holds no other up. */
  pump(): void {
    for (let hasSent = true; hasSent; ) {
      hasSent = false;
      for (const exchange of this.#exchanges) {
        if (this.#writer.isFull) return;
        const size = Math.min(exchange.unsentBytes, exchange.sendWindow, this.#window, MAX_PAYLOAD_BYTES);
        // An end that was learnt after the last byte goes out alone, and takes no window.
        if (size <= 0 && !exchange.hasSentAll) continue;
        this.#send(exchange, exchange.takeBody(Math.max(size, 0)));
        hasSent = true;
      }
    }
  }

  #send(exchange: Http2Exchange, part: Uint8Array): void {
    this.#window -= part.length;
    const isLast = exchange.hasSentAll;
    if (isLast) this.#exchanges.delete(exchange);
    this.#writer.write(frame(FRAME.data, isLast ? FLAG.endStream : FLAG.none, exchange.id, part));
  }
}
