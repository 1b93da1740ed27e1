// Collects the frames of one turn of the event loop into one write, and says when the socket wants no more.
import type { Socket } from "node:net";

/** Beyond this many bytes waiting for the next write, bodies wait; control frames never do. */
const MAX_COLLECTED_BYTES = 256 * 1024;

/**
 * A peer that sends PING or SETTINGS without end and never reads the answers would fill the memory. Bodies wait long
 * before this, and the headers of a hundred requests stay below it.
 */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** The sending side of one connection. */
export class FrameWriter {
  readonly #socket: Socket;
  /** Called when bodies may be sent again after `isFull`. */
  readonly #onSpace: () => void;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #needsDrain = false;
  readonly #flush = (): void => this.flush();

  constructor(socket: Socket, onSpace: () => void) {
    this.#socket = socket;
    this.#onSpace = onSpace;
    socket.on("drain", () => {
      this.#needsDrain = false;
      onSpace();
    });
  }

  get isFull(): boolean {
    return this.#needsDrain || this.#bytes >= MAX_COLLECTED_BYTES;
  }

  /** Sends whole frames, at the end of this turn and together with all others. */
  write(frames: Uint8Array): void {
    if (this.#frames.push(frames) === 1) queueMicrotask(this.#flush);
    this.#bytes += frames.length;
  }

  /** Sends now what is waiting. */
  flush(): void {
    const frames = this.#frames;
    const [first] = frames;
    if (first === undefined || this.#socket.destroyed) return;
    const wasFull = this.#bytes >= MAX_COLLECTED_BYTES;
    this.#frames = [];
    this.#bytes = 0;
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) {
      this.#socket.destroy(Object.assign(new Error("The peer does not read"), { code: "HTTP2_PEER_DOES_NOT_READ" }));
      return;
    }
    if (!this.#socket.write(frames.length === 1 ? first : Buffer.concat(frames))) this.#needsDrain = true;
    if (wasFull && !this.#needsDrain) this.#onSpace();
  }
}
