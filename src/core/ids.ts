// Identifiers: the public name of a secret, and the name of a request.

import { createHash, randomBytes } from "node:crypto";

/**
 * Names a key without revealing it: the first 12 hex digits of SHA-256 over provider, NUL, secret.
 * The same secret at two providers has two ids.
 */
export function keyIdOf(provider: string, secret: string): string {
  return createHash("sha256").update(`${provider}\0${secret}`).digest("hex").slice(0, 12);
}

/** A fresh request id: `req_` and 24 random hex digits. */
export function newRequestId(): string {
  return `req_${randomBytes(12).toString("hex")}`;
}
