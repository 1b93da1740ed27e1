// The rest of a body that is too large to be held: sent on while it arrives, to one attempt once its beginning is gone.
import type { StreamedBody } from "../../upstream/transport.ts";
import type { Timing } from "../timing.ts";

/** Why the rest does not come, besides the client's own leaving. */
export type UploadFault = "request_timeout" | "request_too_large" | "ambiguous_body";

/** The client's connection, as far as it was not read. */
export interface PieceReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

export interface UploadStart {
  readonly reader: PieceReader;
  /** Of the whole body; undefined where the client did not say. */
  readonly declared: number | undefined;
  /** How many bytes were read before. */
  readonly headBytes: number;
  /** What was read beyond the head. */
  readonly first?: readonly Uint8Array[];
  /** It is no larger than what is held, but took too long. */
  readonly isLate: boolean;
  readonly maxBytes: number;
  /** Whether the next piece may go on. */
  readonly isClear?: ((piece: Uint8Array) => boolean) | undefined;
  /** For the next piece, from when it is wanted. */
  readonly idleMs: number;
  readonly timing: Pick<Timing, "now" | "schedule">;
  /** Nothing of what was kept is any more; called once at most. */
  readonly onSpent?: () => void;
}

/** So much behind the head is kept for a further attempt: what goes out before a provider refuses a key at once. */
export const REPLAY_BYTES = 1024 * 1024;

/** What "larger than server.max_body" goes on with. */
export const UPLOAD_LIMIT = "and than server.max_upload, which counts for forms and files";

/**
 * So long after it was begun an upload goes no further than what is kept: a provider that refuses a key by the head of
 * a request says so within a round trip, in which a fast line sends many times as much.
 */
export const REFUSAL_MS = 500;

/** A provider that breaks off after so long without a word from the client has given up that client. */
export const STARVED_MS = 10_000;

/** A larger piece of what is held is handed over in parts, so that little waits in the sender. */
const PART_BYTES = 256 * 1024;

/**
 * Each attempt opens the body anew. What was read is kept until an attempt that has had more than `REPLAY_BYTES`, and
 * `REFUSAL_MS`, asks for more; from then on the upload is spent: only that attempt gets the rest. Nothing is read before an
 * attempt asks for it.
 */
export class Upload {
  readonly #start: Omit<UploadStart, "first">;
  readonly #failed = new AbortController();
  /** Pieces that may be asked for, the first of them having the number `#firstIndex`. */
  readonly #pieces: Uint8Array[] = [];
  #firstIndex = 0;
  #keptBytes = 0;
  #bytes: number;
  #isSpent = false;
  #hasAll = false;
  #fault: UploadFault | undefined;
  #reading: Promise<void> | undefined;
  /** Since when it is read from the client; of use while it is. */
  #readingAt = 0;
  #stopTimer: () => void = () => {};
  #endHold: () => void = () => {};
  #lastPieceAt: number;
  #current: UploadBody | undefined;

  /** `first` is let go of with the other pieces. */
  constructor({ first = [], ...start }: UploadStart) {
    this.#start = start;
    this.#bytes = start.headBytes;
    this.#lastPieceAt = start.timing.now();
    for (const piece of first) for (const part of partsOf(piece)) this.#keep(part);
  }

  /** Aborts where the rest will not come: `fault` says why, or the client left. */
  get signal(): AbortSignal {
    return this.#failed.signal;
  }

  get isLate(): boolean {
    return this.#start.isLate;
  }

  get fault(): UploadFault | undefined {
    return this.#fault;
  }

  /** A further attempt could not send the body again. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** The client has sent all of it. */
  get isWhole(): boolean {
    return this.#hasAll || this.#bytes === this.#start.declared;
  }

  /** How much of the body has arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the provider last took a piece; now, while it waits for the client. */
  get takenAt(): number {
    return this.#reading === undefined ? this.#lastPieceAt : this.#start.timing.now();
  }

  /** The client has sent nothing for so long that a provider may have lost patience. */
  get isStarved(): boolean {
    return this.#reading !== undefined && this.#start.timing.now() - this.#readingAt >= STARVED_MS;
  }

  /** The body for one more attempt, with this head; ends what the attempt before may still ask for. */
  open(head: Uint8Array): UploadBody {
    if (this.#isSpent) throw new Error("The beginning of the upload is gone");
    this.leave();
    const { declared, headBytes } = this.#start;
    const length = declared === undefined ? undefined : declared - headBytes + head.length;
    this.#lastPieceAt = this.#start.timing.now();
    this.#current = new UploadBody(head, length, {
      next: (body) => this.#next(body),
      again: (body) => (body !== this.#current || this.#isSpent ? undefined : this.open(head)),
    });
    return this.#current;
  }

  /** The attempt has failed: what it still asks for is not for it, and never the reason why no other may begin. */
  leave(): void {
    this.#current = undefined;
    this.#endHold();
  }

  /** The client is too slow for the provider. */
  giveUp(): void {
    this.#fail("request_timeout");
  }

  /** No attempt asks any more: what the client still sends is not waited for. */
  close(): void {
    this.leave();
    this.#pieces.length = 0;
    this.#stopTimer();
  }

  async #next(body: UploadBody): Promise<Uint8Array | undefined> {
    body.beganAt ??= this.#start.timing.now();
    for (;;) {
      if (body !== this.#current || this.signal.aborted) throw new Error("The upload has ended");
      const piece = this.#pieces[body.index - this.#firstIndex];
      if (piece !== undefined) {
        this.#lastPieceAt = this.#start.timing.now();
        body.index += 1;
        return piece;
      }
      if (this.#hasAll) return undefined;
      if (!this.#isSpent && this.#keptBytes > REPLAY_BYTES && !body.isHeard) {
        await this.#hear(body);
        continue;
      }
      if (this.#keptBytes > REPLAY_BYTES) this.#spend(body.index);
      this.#reading ??= this.#read();
      await this.#reading;
    }
  }

  /** Gives the provider the time to refuse. */
  #hear(body: UploadBody): Promise<void> {
    const { now, schedule } = this.#start.timing;
    const leftMs = REFUSAL_MS - Math.max(0, now() - (body.beganAt ?? 0));
    body.isHeard = leftMs <= 0;
    if (body.isHeard) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = schedule(leftMs, () => {
        body.isHeard = true;
        resolve();
      });
      this.#endHold = () => {
        stop();
        resolve();
      };
    });
  }

  async #read(): Promise<void> {
    const { reader, timing, idleMs } = this.#start;
    this.#readingAt = timing.now();
    this.#stopTimer = timing.schedule(idleMs, () => this.#fail("request_timeout"));
    try {
      const { done, value } = await reader.read();
      if (done || value === undefined) this.#hasAll = true;
      else this.#keep(value);
    } catch {
      this.#fail(undefined);
    } finally {
      this.#stopTimer();
      this.#reading = undefined;
    }
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#start.maxBytes) {
      this.#fail("request_too_large");
      return;
    }
    if (this.#start.isClear?.(piece) === false) {
      this.#fail("ambiguous_body");
      return;
    }
    this.#pieces.push(piece);
    this.#keptBytes += piece.length;
  }

  /** Lets go of the pieces before this one. */
  #spend(index: number): void {
    this.#pieces.splice(0, index - this.#firstIndex);
    this.#firstIndex = index;
    if (this.#isSpent) return;
    this.#isSpent = true;
    this.#start.onSpent?.();
  }

  #fail(fault: UploadFault | undefined): void {
    if (this.signal.aborted) return;
    this.#fault = fault;
    this.#failed.abort();
  }
}

interface UploadSource {
  next(body: UploadBody): Promise<Uint8Array | undefined>;
  again(body: UploadBody): UploadBody | undefined;
}

/** What one attempt sends. */
class UploadBody implements StreamedBody {
  readonly length: number | undefined;
  readonly #source: UploadSource;
  #head: Uint8Array | undefined;
  /** The number of the next piece behind the head. */
  index = 0;
  /** When the head was out. */
  beganAt: number | undefined;
  /** A provider that refuses it at once would have said so. */
  isHeard = false;

  constructor(head: Uint8Array, length: number | undefined, source: UploadSource) {
    this.#head = head;
    this.length = length;
    this.#source = source;
  }

  read(): Promise<Uint8Array | undefined> {
    const head = this.#head;
    if (head === undefined) return this.#source.next(this);
    this.#head = head.length > PART_BYTES ? head.subarray(PART_BYTES) : undefined;
    return Promise.resolve(head.subarray(0, PART_BYTES));
  }

  again(): UploadBody | undefined {
    return this.#source.again(this);
  }
}

function* partsOf(piece: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < piece.length; at += PART_BYTES) yield piece.subarray(at, at + PART_BYTES);
}
