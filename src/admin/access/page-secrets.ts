// The secrets of the page: ids of sessions, codes of one-time links, CSRF tokens. All begin as the redactor knows them.
import { createHash, createHmac, randomBytes } from "node:crypto";

/** 256 bits; OWASP's session management cheat sheet asks for 64, NIST SP 800-63B 7.1 as well. */
const SECRET_BYTES = 32;
const SESSION_ID = /^oab-session-[\w-]{43}$/;

export function newSessionSecret(): string {
  return `oab-session-${randomBytes(SECRET_BYTES).toString("base64url")}`;
}

/** What cannot be one need not be looked for. */
export function isSessionSecret(text: string): boolean {
  return SESSION_ID.test(text);
}

export function newLinkCode(): string {
  return `oab-link-${randomBytes(SECRET_BYTES).toString("base64url")}`;
}

/** What is kept of a secret. Nobody can try 256 bits, so that a plain hash does. */
export function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** The CSRF token of a session: made of its secret, so that it is as long valid and need not be kept. */
export function csrfTokenOf(sessionSecret: string): string {
  return `oab-csrf-${createHmac("sha256", sessionSecret).update("csrf token").digest("base64url")}`;
}
