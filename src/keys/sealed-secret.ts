// Encrypts one secret with the master key into one line of text.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { MasterKey } from "./master-key.ts";

const CIPHER = "aes-256-gcm";
/** NIST SP 800-38D, 8.2. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `place`: where the secret belongs; it cannot be opened in another place. */
export function sealSecret(secret: string, place: string, key: MasterKey): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes, nonce).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return [key.id, ...[nonce, sealed, cipher.getAuthTag()].map((bytes) => bytes.toString("base64url"))].join(".");
}

/** The secret that texts hold, each sealed in another way; undefined where none of them opens. */
export function openOneOf(texts: readonly string[], place: string, keys: readonly MasterKey[]): string | undefined {
  for (const text of texts) {
    const secret = openSecret(text, place, keys);
    if (secret !== undefined) return secret;
  }
  return undefined;
}

/** The secret; undefined where the text was sealed with another key, for another place, or was changed. */
export function openSecret(text: string, place: string, keys: readonly MasterKey[]): string | undefined {
  const [id, ...parts] = text.split(".");
  const [nonce, sealed, tag, ...rest] = parts.map(bytesOf);
  const key = keys.find((known) => known.id === id);
  if (!key || !nonce || !sealed || !tag || rest.length > 0) return undefined;
  try {
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place)).setAuthTag(tag);
    return decipher.update(sealed, undefined, "utf8") + decipher.final("utf8");
  } catch {
    return undefined;
  }
}

/** Undefined for what was written in another way: Base64 has spellings that differ and mean the same. */
function bytesOf(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, "base64url");
  return bytes.toString("base64url") === part ? bytes : undefined;
}
