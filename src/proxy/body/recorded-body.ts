// Keeps the beginning of what a client sends until it is known whether its request failed.
import { bytesToRead } from "../../core/redacted-start.ts";
import type { Trace } from "../trace.ts";
import type { BufferPool } from "./buffer-pool.ts";

/** So much of it a record may show. */
const MOST_BYTES = 64 * 1024;

/** A copy, which counts as memory that is held; where there is no room for it the record goes without. */
export function keepBody(trace: Trace, bytes: Uint8Array | null, pool: BufferPool): void {
  if (bytes === null || trace.body !== undefined) return;
  const start = bytes.subarray(0, bytesToRead(MOST_BYTES));
  if (pool.tryReserve(start.length)) trace.body = { bytes: new Uint8Array(start), size: bytes.length };
}

/** Lets go of it, unless the client got an error or a broken answer. Called once, at the end of the request. */
export function settleBody(trace: Trace, pool: BufferPool): void {
  if (trace.body === undefined) return;
  const { bytes } = trace.body;
  pool.release(bytes.length);
  const hasFailed = trace.end === "error" || trace.end === "interrupted";
  trace.body = hasFailed ? { bytes, size: trace.bytesIn } : undefined;
}
