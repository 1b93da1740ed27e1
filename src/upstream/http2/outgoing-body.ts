// The body of one HTTP/2 request on its way out: whole, or read while it is sent.
import { type CallBody, isStreamed, type StreamedBody } from "../transport.ts";

const NOTHING = new Uint8Array();

/** Who is told of a body that arrives. */
export interface OutgoingEvents {
  /** There is more to send, or the end was reached. */
  onReady(): void;
  /** The rest will not come. */
  onFault(): void;
}

/** At most one piece is held: the next is asked for once it was sent. */
export class OutgoingBody {
  readonly #source: StreamedBody | undefined;
  #events: OutgoingEvents | undefined;
  #piece: Uint8Array;
  #at = 0;
  #hasAll: boolean;

  constructor(body: CallBody) {
    this.#source = isStreamed(body) ? body : undefined;
    this.#piece = isStreamed(body) || body === null ? NOTHING : body;
    this.#hasAll = this.#source === undefined;
  }

  /** Reading begins; nothing to do for a whole body. */
  start(events: OutgoingEvents): void {
    this.#events = events;
    if (!this.#hasAll) this.#read();
  }

  /** How much could be sent now. */
  get readyBytes(): number {
    return this.#piece.length - this.#at;
  }

  /** Nothing is left to send, now or later. */
  get isSent(): boolean {
    return this.#hasAll && this.readyBytes === 0;
  }

  take(size: number): Uint8Array {
    const part = this.#piece.subarray(this.#at, this.#at + size);
    this.#at += part.length;
    if (this.readyBytes === 0 && !this.#hasAll) this.#read();
    return part;
  }

  #read(): void {
    this.#source?.read().then(
      (piece) => {
        this.#piece = piece ?? NOTHING;
        this.#at = 0;
        if (piece === undefined) this.#hasAll = true;
        if (piece?.length === 0) this.#read();
        else this.#events?.onReady();
      },
      () => this.#events?.onFault(),
    );
  }
}
