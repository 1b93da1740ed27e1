// Reads a request's body into memory within a size, a time and a pool that all requests share.
import type { BufferPool } from "./buffer-pool.ts";
import type { Schedule } from "./timing.ts";

export interface ReadBodyOptions {
  readonly maxBodyBytes: number;
  /** From the call to the last byte. */
  readonly bodyTimeoutMs: number;
  readonly pool: BufferPool;
  readonly schedule: Schedule;
}

/** `bytes` is null without a body or with an empty one. `release` gives the memory back to the pool, once. */
export type BodyRead =
  | { readonly ok: true; readonly bytes: Uint8Array | null; release(): void }
  | { readonly ok: false; readonly code: BodyFailure };

export type BodyFailure = "request_too_large" | "overloaded" | "request_timeout" | "client_gone";

interface ChunkReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/**
 * Up to this declared length a body is reserved and read in one step, which is twice as fast as a stream. Larger ones
 * are counted as they arrive, so that a client cannot fill the pool with a length that it never sends.
 */
const ONE_STEP_BYTES = 1024 * 1024;

/** Where no length was declared; doubled as needed. */
const FIRST_BUFFER_BYTES = 64 * 1024;

const NO_BODY: BodyRead = { ok: true, bytes: null, release: () => {} };

/** Reads the whole body; nothing stays reserved after a failure. @throws what the server throws besides aborts. */
export function readBody(request: Request, options: ReadBodyOptions): Promise<BodyRead> {
  const declared = declaredLength(request.headers);
  if (declared === 0) return Promise.resolve(NO_BODY);
  if (declared !== undefined && declared > options.maxBodyBytes) return refused("request_too_large");
  if (declared !== undefined && declared <= ONE_STEP_BYTES) return readInOneStep(request, declared, options);
  if (request.body === null) return Promise.resolve(NO_BODY);
  return new StreamedRead(request.body, declared, options).run();
}

function refused(code: BodyFailure): Promise<BodyRead> {
  return Promise.resolve({ ok: false, code });
}

function declaredLength(headers: Headers): number | undefined {
  const text = headers.get("content-length");
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The way of nearly every request: one promise around the server's own, and no further ones. */
function readInOneStep(request: Request, declared: number, options: ReadBodyOptions): Promise<BodyRead> {
  const { pool, schedule, bodyTimeoutMs } = options;
  if (!pool.tryReserve(declared)) return refused("overloaded");
  return new Promise((resolve, reject) => {
    let isLate = false;
    const stop = schedule(bodyTimeoutMs, () => {
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

/** Reads chunk by chunk; each is reserved before it is kept. */
class StreamedRead {
  readonly #reader: ChunkReader;
  readonly #options: ReadBodyOptions;
  readonly #limit: number;
  /** One buffer: a list of chunks of one byte each would take a hundred times as much as the pool counts. */
  #buffer: Uint8Array;
  #length = 0;
  #isLate = false;

  constructor(body: ReadableStream<Uint8Array>, declared: number | undefined, options: ReadBodyOptions) {
    this.#reader = body.getReader();
    this.#options = options;
    this.#limit = declared ?? options.maxBodyBytes;
    this.#buffer = new Uint8Array(declared ?? FIRST_BUFFER_BYTES);
  }

  async run(): Promise<BodyRead> {
    const stop = this.#options.schedule(this.#options.bodyTimeoutMs, () => {
      this.#isLate = true;
      void this.#cancel();
    });
    try {
      const failure = await this.#readAll();
      if (failure === undefined) return whole(this.#content(), this.#options.pool, this.#length);
      return this.#fail(failure);
    } catch (error: unknown) {
      const failed = this.#fail(this.#isLate ? "request_timeout" : "client_gone");
      if (isAbort(error) || this.#isLate) return failed;
      throw error;
    } finally {
      stop();
    }
  }

  async #readAll(): Promise<BodyFailure | undefined> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (this.#isLate) return "request_timeout";
      if (done || value === undefined) return undefined;
      const failure = this.#keep(value);
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

  #fail(code: BodyFailure): BodyRead {
    this.#options.pool.release(this.#length);
    return { ok: false, code };
  }

  async #cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}

function whole(bytes: Uint8Array, pool: BufferPool, reserved: number): BodyRead {
  let isHeld = true;
  const release = () => {
    if (isHeld) pool.release(reserved);
    isHeld = false;
  };
  if (bytes.length > 0) return { ok: true, bytes, release };
  release();
  return NO_BODY;
}

/** Bun rejects so when the connection ends or breaks the framing of the body. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
