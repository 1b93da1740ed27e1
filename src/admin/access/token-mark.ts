// The mark of the admin token: tells later whether the token is another one, and tells a thief of it little.
import { createHash, randomBytes, scrypt, scryptSync, timingSafeEqual } from "node:crypto";

/** The mark of having none. */
const NONE = "none";
const BYTES = 32;
/** 32 MiB and some 80 ms for each guess of a weak token; RFC 7914, 2. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;

export function newSalt(): string {
  return randomBytes(16).toString("hex");
}

/** In a thread, so that no request waits for it. */
export function tokenMarkOf(adminToken: string | undefined, salt: string): Promise<string> {
  if (adminToken === undefined) return Promise.resolve(NONE);
  return new Promise((resolve, reject) => {
    scrypt(adminToken, saltOf(salt), BYTES, COST, (error, key) => {
      // Bun gives undefined where Node gives null.
      if (error) reject(error);
      else resolve(key.toString("hex"));
    });
  });
}

/** At once: for the start, before anybody is served. */
export function isMarkOf(mark: string, adminToken: string | undefined, salt: string): boolean {
  if (adminToken === undefined || mark === NONE) return adminToken === undefined && mark === NONE;
  const given = Buffer.from(mark, "hex");
  return given.length === BYTES && timingSafeEqual(given, scryptSync(adminToken, saltOf(salt), BYTES, COST));
}

/** Not the salt as it is: its beginning names cookies. */
function saltOf(salt: string): Buffer {
  return createHash("sha256").update(`admin token\0${salt}`).digest();
}
