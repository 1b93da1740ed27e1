// Key stores in a folder of their own, their keys, and a search for what must not stand in any file.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredKey } from "../../src/config/stored-key.ts";
import { KeyStore, type KeyStoreOptions } from "../../src/keys/key-store.ts";
import { type MasterKey, newMasterKey, readMasterKey } from "../../src/keys/master-key.ts";
import { fakeSecret } from "../fixture/secrets.ts";

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 67);

export function openStore(folder: string, options: Partial<KeyStoreOptions> = {}): KeyStore {
  return new KeyStore({ folder, env: {}, cwd: folder, now: () => NOW, isReadOnly: false, ...options });
}

export function storedKey(name: string, fields: Partial<StoredKey> = {}): StoredKey {
  return { provider: "openai", secret: fakeSecret(name), added_at: "2026-01-02T03:04:05.067Z", ...fields };
}

/** Puts these keys in place of all that the store has. */
export async function fill(store: KeyStore, ...keys: readonly StoredKey[]): Promise<void> {
  await store.change(() => keys);
}

/** The master key that a folder has. @throws where it has none. */
export function masterOf(folder: string): MasterKey {
  const reading = readMasterKey({ folder, env: {}, cwd: folder });
  if (!reading.ok) throw new Error(reading.message);
  return reading.current;
}

/** A master key made of one byte. */
export function masterKey(byte: number): MasterKey {
  const key = newMasterKey(Buffer.alloc(32, byte).toString("base64"));
  if (key === undefined) throw new Error("Cannot make a master key");
  return key;
}

/** Where a secret stands in the files of a folder, in clear or as it is spelled elsewhere: `file: spelling`. */
export function findInFiles(folder: string, secret: Buffer): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const content = readFileSync(join(folder, name)).toString("latin1");
    return [...spellings(secret)].flatMap(([spelling, text]) => (content.includes(text) ? `${name}: ${spelling}` : []));
  });
}

/** Base64 has three spellings of the inside of a text, by where it begins. */
function spellings(secret: Buffer): ReadonlyMap<string, string> {
  const found = new Map([
    ["clear", secret.toString("latin1")],
    ["hex", secret.toString("hex")],
    ["HEX", secret.toString("hex").toUpperCase()],
  ]);
  for (const encoding of ["base64", "base64url"] as const) {
    for (const shift of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(shift), secret]).toString(encoding);
      found.set(`${encoding} ${shift}`, text.slice(Math.ceil((shift * 4) / 3), -4));
    }
  }
  return found;
}
