// Identifiers: the public name of a secret, and the name of a request.

import { createHash, randomBytes, randomFillSync } from "node:crypto";

const RANDOM_BYTES = 6;
const TIME_DIGITS = 12;
/** Fetched for many ids at once: the call to the system costs ten times the rest of an id. */
const random = Buffer.alloc(256 * RANDOM_BYTES);
let used = random.length;

/**
 * Names a key without revealing it: the first 12 hex digits of SHA-256 over provider, NUL, secret.
 * The same secret at two providers has two ids.
 */
export function keyIdOf(provider: string, secret: string): string {
  return createHash("sha256").update(`${provider}\0${secret}`).digest("hex").slice(0, 12);
}

/** Names a client token without revealing it: the first 12 hex digits of SHA-256 over `client token`, NUL, secret. */
export function tokenIdOf(token: string): string {
  return keyIdOf("client token", token);
}

/**
 * A fresh request id: `req_`, the time in 12 hex digits, 12 random ones. In the order of time, so that an index of
 * millions of them grows at its end. `now`: wall-clock milliseconds.
 */
export function newRequestId(now: number): string {
  return newId("req_", now);
}

/** A fresh id of a message to a webhook, made in the same way: `msg_`. */
export function newMessageId(now: number): string {
  return newId("msg_", now);
}

/** Names one run of a daemon: 12 random hex digits. */
export function newRunId(): string {
  return randomBytes(RANDOM_BYTES).toString("hex");
}

function newId(prefix: string, now: number): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const start = used;
  used += RANDOM_BYTES;
  return `${prefix}${now.toString(16).padStart(TIME_DIGITS, "0")}${random.toString("hex", start, used)}`;
}
