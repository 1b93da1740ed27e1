// Reads a request's body into memory within a size, a time and a pool that all requests share, or the head of an upload.

import type { Timing } from "../timing.ts";
import type { BodyFailure, BodyNotRead } from "./body-not-read.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { FormWatch } from "./form-watch.ts";
import { isForm, isStreamable } from "./peek-body.ts";
import { REPLAY_BYTES, UPLOAD_LIMIT, Upload } from "./upload.ts";

export interface ReadBodyOptions {
  readonly maxBodyBytes: number;
  /** A form or a file above `maxBodyBytes` is sent on while it arrives, up to this; 0: never. */
  readonly maxUploadBytes: number;
  /** From the call to the last byte; what may be an upload becomes one then, with this for each piece. */
  readonly bodyTimeoutMs: number;
  readonly pool: BufferPool;
  readonly timing: Pick<Timing, "now" | "schedule">;
}

/**
 * `bytes` is null without a body or with an empty one. With an `upload` it is the head only, and the upload is what
 * follows. `release` gives the memory back to the pool, once.
 */
export type BodyRead =
  | { readonly ok: true; readonly bytes: Uint8Array | null; readonly upload?: Upload; release(): void }
  | BodyNotRead;

interface ChunkReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/**
 * Up to this declared length a body is reserved and read in one step, which is twice as fast as a stream. Larger ones
 * are counted as they arrive, so that a client cannot fill the pool with a length that it never sends.
 */
const ONE_STEP_BYTES = 1024 * 1024;

/** So much of an upload is looked at for its model and stream fields. */
const HEAD_BYTES = 256 * 1024;

/** So much of one that stated no length, or came slowly, is looked at; the more it is, the less is left for others. */
const MAX_HEAD_BYTES = 8 * 1024 * 1024;

/** Where no length was declared; doubled as needed. */
const FIRST_BUFFER_BYTES = 64 * 1024;

const NO_BODY: BodyRead = { ok: true, bytes: null, release: () => {} };

/** Reads the whole body; nothing stays reserved after a failure. @throws what the server throws besides aborts. */
export function readBody(request: Request, options: ReadBodyOptions): Promise<BodyRead> {
  const declared = declaredLength(request.headers);
  if (declared === 0) return Promise.resolve(NO_BODY);
  if (declared !== undefined && declared > options.maxBodyBytes) return readHead(request, declared, options);
  if (declared !== undefined && isReadInOneStep(request, declared, options)) {
    return readInOneStep(request, declared, options);
  }
  if (request.body === null) return Promise.resolve(NO_BODY);
  return new StreamedRead(request.body, factsOf(request, declared, options), options).run();
}

/** What is no larger than the head of an upload would have to be there in time as an upload, too. */
function isReadInOneStep(request: Request, declared: number, options: ReadBodyOptions): boolean {
  return declared <= HEAD_BYTES || (declared <= ONE_STEP_BYTES && !mayUpload(request, options));
}

/** Of a body that declares to be larger than what is held. */
function readHead(request: Request, declared: number, options: ReadBodyOptions): Promise<BodyRead> {
  if (!mayUpload(request, options) || request.body === null) return refused("request_too_large");
  if (declared > options.maxUploadBytes) return refused("request_too_large", UPLOAD_LIMIT);
  return new StreamedRead(request.body, factsOf(request, declared, options), options).run();
}

function factsOf(request: Request, declared: number | undefined, options: ReadBodyOptions): StreamedFacts {
  const contentType = request.headers.get("content-type");
  return { declared, contentType, mayUpload: mayUpload(request, options) };
}

function mayUpload(request: Request, { maxBodyBytes, maxUploadBytes }: ReadBodyOptions): boolean {
  return maxUploadBytes > maxBodyBytes && isStreamable(request.headers.get("content-type"));
}

function refused(code: BodyFailure, detail?: string): Promise<BodyRead> {
  return Promise.resolve({ ok: false, code, ...(detail !== undefined && { detail }) });
}

function declaredLength(headers: Headers): number | undefined {
  const text = headers.get("content-length");
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The way of nearly every request: one promise around the server's own, and no further ones. */
function readInOneStep(request: Request, declared: number, options: ReadBodyOptions): Promise<BodyRead> {
  const { pool, timing, bodyTimeoutMs } = options;
  if (!pool.tryReserve(declared)) return refused("overloaded");
  return new Promise((resolve, reject) => {
    let isLate = false;
    const stop = timing.schedule(bodyTimeoutMs, () => {
      isLate = true;
      pool.release(declared);
      resolve({ ok: false, code: "request_timeout" });
    });
    request.arrayBuffer().then(
      (buffer) => {
        if (isLate) return;
        stop();
        resolve(whole(new Uint8Array(buffer), pool, declared));
      },
      (error: unknown) => {
        if (isLate) return;
        stop();
        pool.release(declared);
        if (isAbort(error)) resolve({ ok: false, code: "client_gone" });
        else reject(error);
      },
    );
  });
}

/** `declared`: its length, if it was stated. */
interface StreamedFacts {
  readonly declared: number | undefined;
  readonly contentType: string | null;
  readonly mayUpload: boolean;
}

/** Reads chunk by chunk; each is reserved before it is kept. */
class StreamedRead {
  readonly #reader: ChunkReader;
  readonly #options: ReadBodyOptions;
  readonly #facts: StreamedFacts;
  /** The body is held up to this. */
  readonly #limit: number;
  /** One buffer: a list of chunks of one byte each would take a hundred times as much as the pool counts. */
  #buffer: Uint8Array;
  #length = 0;
  #isLate = false;
  /** Does not fit any more: what follows is an upload. */
  #beyond: Uint8Array | undefined;
  /** What the server was asked for last. */
  #pending: ReturnType<ChunkReader["read"]> | undefined;
  /** It takes too long to be held: the rest is an upload. */
  readonly #handedOver = Promise.withResolvers<undefined>();
  #isHandedOver = false;

  constructor(body: ReadableStream<Uint8Array>, facts: StreamedFacts, options: ReadBodyOptions) {
    this.#reader = body.getReader();
    this.#options = options;
    this.#facts = facts;
    const { declared } = facts;
    const isUpload = declared !== undefined && declared > options.maxBodyBytes;
    this.#limit = isUpload ? HEAD_BYTES : (declared ?? options.maxBodyBytes);
    this.#buffer = new Uint8Array(isUpload ? HEAD_BYTES : (declared ?? FIRST_BUFFER_BYTES));
  }

  async run(): Promise<BodyRead> {
    const stop = this.#options.timing.schedule(this.#options.bodyTimeoutMs, () => this.#onTimeout());
    try {
      const failure = await Promise.race([this.#readAll(), this.#handedOver.promise]);
      if (failure !== undefined) return this.#fail(failure);
      if (this.#beyond !== undefined || this.#isHandedOver) return this.#upload();
      return whole(this.#content(), this.#options.pool, this.#length);
    } catch (error: unknown) {
      const failed = this.#fail(this.#isLate ? "request_timeout" : "client_gone");
      if (isAbort(error) || this.#isLate) return failed;
      throw error;
    } finally {
      stop();
    }
  }

  /** A slow line is no fault, as long as the body need not be held. */
  #onTimeout(): void {
    if (this.#facts.mayUpload && this.#length >= HEAD_BYTES) {
      this.#isHandedOver = true;
      this.#handedOver.resolve(undefined);
      return;
    }
    this.#isLate = true;
    void this.#cancel();
  }

  async #readAll(): Promise<BodyFailure | undefined> {
    for (;;) {
      this.#pending = this.#reader.read();
      const { done, value } = await this.#pending;
      if (this.#isHandedOver) return undefined;
      this.#pending = undefined;
      if (this.#isLate) return "request_timeout";
      if (done || value === undefined) return undefined;
      const room = this.#limit - this.#length;
      const isBeyond = this.#facts.mayUpload && value.length > room;
      if (isBeyond) this.#beyond = value.subarray(room);
      const failure = this.#keep(isBeyond ? value.subarray(0, room) : value);
      if (failure === undefined && isBeyond) return undefined;
      if (failure === undefined) continue;
      void this.#cancel();
      return failure;
    }
  }

  #keep(chunk: Uint8Array): BodyFailure | undefined {
    const end = this.#length + chunk.length;
    if (end > this.#limit) return "request_too_large";
    if (!this.#options.pool.tryReserve(chunk.length)) return "overloaded";
    if (end > this.#buffer.length) this.#grow(Math.max(end, 2 * this.#buffer.length));
    this.#buffer.set(chunk, this.#length);
    this.#length = end;
    return undefined;
  }

  #grow(size: number): void {
    const larger = new Uint8Array(Math.min(size, this.#limit));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  #content(): Uint8Array {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.slice(0, this.#length);
  }

  /**
   * Room is taken for the head, and for what may be kept behind it; what came beyond the head is held until the upload is
   * spent, so that a slow one takes little from others for long.
   */
  #upload(): BodyRead {
    const { pool, maxUploadBytes, bodyTimeoutMs, timing } = this.#options;
    if (!pool.tryReserve(REPLAY_BYTES)) {
      void this.#cancel();
      return this.#fail("overloaded");
    }
    const { declared, contentType } = this.#facts;
    const head = this.#buffer.slice(0, Math.min(this.#length, MAX_HEAD_BYTES));
    const held = this.#buffer.subarray(head.length, this.#length);
    this.#buffer = head;
    const giveBackHeld = once(() => pool.release(held.length));
    const upload = new Upload({
      reader: { read: () => this.#readNext() },
      declared,
      headBytes: head.length,
      first: this.#beyond === undefined ? [held] : [held, this.#beyond],
      isLate: this.#isHandedOver,
      isClear: watchOf(contentType, head),
      maxBytes: maxUploadBytes,
      idleMs: bodyTimeoutMs,
      timing,
      onSpent: giveBackHeld,
    });
    const release = once(() => {
      giveBackHeld();
      pool.release(head.length + REPLAY_BYTES);
    });
    return { ok: true, bytes: head, upload, release };
  }

  #readNext(): ReturnType<ChunkReader["read"]> {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending ?? this.#reader.read();
  }

  #fail(code: BodyFailure): BodyRead {
    this.#options.pool.release(this.#length);
    return { ok: false, code, arrivedBytes: this.#length };
  }

  async #cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}

function whole(bytes: Uint8Array, pool: BufferPool, reserved: number): BodyRead {
  const release = once(() => pool.release(reserved));
  if (bytes.length > 0) return { ok: true, bytes, release };
  release();
  return NO_BODY;
}

/** Of the head itself, `peekBody` judges. */
function watchOf(contentType: string | null, head: Uint8Array): ((piece: Uint8Array) => boolean) | undefined {
  if (contentType === null || !isForm(contentType)) return undefined;
  const watch = new FormWatch(contentType);
  watch.isClear(head);
  return (piece) => watch.isClear(piece);
}

function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) run();
    isDone = true;
  };
}

/** Bun rejects so when the connection ends or breaks the framing of the body. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
