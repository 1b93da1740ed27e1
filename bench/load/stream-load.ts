// Many event streams at once, each read to its end.
import { percentile } from "../statistics.ts";
import {
  CHUNK_EVERY_MS,
  EVENT_LENGTH,
  STAMP_AT,
  STAMP_END,
  STREAM_CHUNKS,
  STREAM_LENGTH,
  STREAM_REQUEST,
  wallMicros,
} from "../wire.ts";
import { type Connection, connect, requestBytes } from "./connection.ts";
import type { StreamsJob, StreamsResult } from "./job.ts";

/** How many connections are being opened at the same time. */
const OPENING = 100;
/** What no stream may take longer than, beyond its own length. */
const PATIENCE_MS = 20_000;

/** Opens all connections first, then sends all requests at once. */
export async function loadStreams(job: StreamsJob): Promise<StreamsResult> {
  const streams = Array.from({ length: job.streams }, () => new StreamReader());
  for (let at = 0; at < streams.length; at += OPENING) {
    await Promise.all(streams.slice(at, at + OPENING).map((stream) => stream.open(job)));
  }
  const request = requestBytes(job.url, STREAM_REQUEST);
  for (const stream of streams) stream.send(request);
  await Promise.race([
    Promise.all(streams.map(({ ended }) => ended)),
    Bun.sleep(STREAM_CHUNKS * CHUNK_EVERY_MS + PATIENCE_MS),
  ]);
  const failures = streams.map((stream) => stream.finish()).filter((failure) => failure !== undefined);
  const firstMs = streams.flatMap((stream) => stream.firstMs ?? []);
  const chunkMs = streams.flatMap((stream) => stream.chunkMs);
  return {
    firstP50Ms: percentile(firstMs, 0.5),
    firstP99Ms: percentile(firstMs, 0.99),
    chunkP50Ms: percentile(chunkMs, 0.5),
    chunkP99Ms: percentile(chunkMs, 0.99),
    failures: failures.length,
    firstFailure: failures[0],
  };
}

class StreamReader {
  /** From the request to the first chunk. */
  firstMs: number | undefined;
  /** From the upstream's write of each later chunk to its arrival. */
  readonly chunkMs: number[] = [];
  readonly ended: Promise<void>;
  readonly #end: () => void;
  #connection: Connection | undefined;
  #sentAt = 0;
  #received = 0;
  #status: number | undefined;
  #broken: string | undefined;
  /** Bytes of a chunk that came in parts. */
  #part = "";

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }

  async open(job: StreamsJob): Promise<void> {
    this.#connection = await connect(job, {
      onBody: (bytes) => this.#read(bytes),
      onEnd: (status) => {
        this.#status = status;
        this.#end();
      },
      onBroken: (reason) => {
        this.#broken = reason;
        this.#end();
      },
    });
  }

  send(request: Buffer): void {
    this.#sentAt = performance.now();
    this.#connection?.send(request);
  }

  /** Why it counts as failed; undefined if all of it came. */
  finish(): string | undefined {
    this.#connection?.close();
    if (this.#broken !== undefined) return this.#broken;
    if (this.#status === undefined) return `The stream did not end; ${this.#received} bytes came`;
    if (this.#status === 200 && this.#received === STREAM_LENGTH) return undefined;
    return `Expected a 200 with ${STREAM_LENGTH} bytes, got a ${this.#status} with ${this.#received}`;
  }

  #read(bytes: Buffer): void {
    this.#received += bytes.length;
    this.#part += bytes.toString("latin1");
    const now = wallMicros();
    while (this.#part.length >= EVENT_LENGTH) {
      if (this.firstMs === undefined) this.firstMs = performance.now() - this.#sentAt;
      else this.chunkMs.push((now - Number(this.#part.slice(STAMP_AT, STAMP_END))) / 1000);
      this.#part = this.#part.slice(EVENT_LENGTH);
    }
  }
}
