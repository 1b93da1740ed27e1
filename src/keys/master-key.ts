// The key that encrypts the key store: where it comes from, and what is wrong with it.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createFile, type FileCalls, replaceFile } from "../core/atomic-file.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";

/** AES-256. */
const KEY_BYTES = 32;
const VARIABLE = "OPENAI_BALANCE_MASTER_KEY";
/** 32 bytes in Base64 or Base64url, or as hex digits. */
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;
const HEX = /^[0-9A-Fa-f]{64}$/;
const HOW_TO_MAKE = "32 bytes in Base64 or hex, as `openssl rand -base64 32` makes them";

/** What a value meets that is taken for a path and is none. */
const NO_PATH: ReadonlySet<string | undefined> = new Set([
  "ENOENT",
  "ENOTDIR",
  "ENAMETOOLONG",
  "ERR_INVALID_ARG_VALUE",
]);

/** `id` names it without revealing it. */
export interface MasterKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** `file`: undefined where the value itself stands in the variable. */
export interface MasterKeyPlace {
  readonly from: "variable" | "file";
  readonly file: string | undefined;
}

/** `older`: keys that a rotation which was cut short has not yet replaced everywhere. */
export type MasterKeyReading =
  | {
      readonly ok: true;
      readonly place: MasterKeyPlace;
      readonly current: MasterKey;
      readonly older: readonly MasterKey[];
    }
  | {
      readonly ok: false;
      readonly place: MasterKeyPlace;
      readonly code: "missing" | "unusable";
      readonly message: string;
    };

export interface MasterKeyOptions {
  /** Where `master.key` is kept. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths in the variable begin here. */
  readonly cwd: string;
  readonly calls?: FileCalls;
}

/** The master key of a data folder: from the variable, which holds it or names its file, else from `master.key`. */
export function readMasterKey({ folder, env, cwd }: MasterKeyOptions): MasterKeyReading {
  const given = env[VARIABLE]?.trim();
  if (given) {
    const value = isPath(given) ? undefined : decode(given);
    if (value !== undefined) {
      return { ok: true, place: { from: "variable", file: undefined }, current: value, older: [] };
    }
    return readKeyFile({ from: "variable", file: resolve(cwd, given) });
  }
  return readKeyFile({ from: "file", file: resolve(folder, "master.key") });
}

/** The master key, made and written where there is none yet. @throws the error of the system. */
export async function ensureMasterKey(options: MasterKeyOptions): Promise<MasterKeyReading> {
  const found = readMasterKey(options);
  if (found.ok || found.code !== "missing" || found.place.file === undefined) return found;
  try {
    await createFile(found.place.file, textOf([masterKeyOf(randomBytes(KEY_BYTES))]), options.calls);
  } catch (error: unknown) {
    // Another process was faster: its key counts.
    if (errorCode(error) !== "EEXIST") throw error;
  }
  return readMasterKey(options);
}

/** Writes the keys, the current one first, in place of those that the file has. @throws the error of the system. */
export async function writeMasterKeys(file: string, keys: readonly MasterKey[], calls?: FileCalls): Promise<void> {
  await replaceFile(file, textOf(keys), calls && { calls });
}

/** A fresh master key, or the one that a text holds; undefined where it holds none. */
export function newMasterKey(text?: string): MasterKey | undefined {
  return text === undefined ? masterKeyOf(randomBytes(KEY_BYTES)) : decode(text.trim());
}

/** `/run/secrets/openai_balance_master_key_file` would be a key by its length: one that anybody can guess. */
function isPath(given: string): boolean {
  return given.includes("/") && !given.endsWith("=");
}

function readKeyFile(place: MasterKeyPlace & { readonly file: string }): MasterKeyReading {
  const named = place.from === "variable" ? `the file that ${VARIABLE} names` : place.file;
  let text: string;
  try {
    text = readFileSync(place.file, "utf8");
  } catch (error: unknown) {
    const code = errorCode(error);
    // A value that is no key is taken for a path; it must not be shown, since it may be a key all the same.
    if (place.from === "variable" && NO_PATH.has(code))
      return fault(place, "unusable", `${VARIABLE} holds neither a key (${HOW_TO_MAKE}) nor the path of a file`);
    if (code === "ENOENT") return fault(place, "missing", `${named} is missing`);
    return fault(place, "unusable", `${named} cannot be read: ${ioFault(error)}`);
  }
  const keys = text
    .split(/\s+/)
    .filter((line) => line !== "")
    .map(decode);
  const [current, ...older] = keys.flatMap((key) => key ?? []);
  if (current === undefined || keys.includes(undefined))
    return fault(place, "unusable", `${named} holds no key: expected ${HOW_TO_MAKE}`);
  return { ok: true, place, current, older };
}

function fault(place: MasterKeyPlace, code: "missing" | "unusable", message: string): MasterKeyReading {
  return { ok: false, place, code, message };
}

function decode(text: string): MasterKey | undefined {
  if (HEX.test(text)) return masterKeyOf(Buffer.from(text, "hex"));
  if (!BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.length === KEY_BYTES ? masterKeyOf(bytes) : undefined;
}

function masterKeyOf(bytes: Buffer): MasterKey {
  const id = createHash("sha256").update("openai-balance master key\0").update(bytes).digest("hex").slice(0, 12);
  return { id, bytes };
}

function textOf(keys: readonly MasterKey[]): string {
  return keys.map(({ bytes }) => `${bytes.toString("base64")}\n`).join("");
}
