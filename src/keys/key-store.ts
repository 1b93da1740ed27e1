// The keys that were added by command: encrypted on disk, in clear in memory.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredKey } from "../config/stored-key.ts";
import { removeLeftovers, replaceFile } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { fileStamp } from "../core/file-stamp.ts";
import { newerAdvice } from "../core/folder-version.ts";
import { previousOf, readGenerations, StuckFile } from "../core/generations.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { Turns } from "../core/turns.ts";
import { UserError } from "../core/user-error.ts";
import { LockedStore, NewerStore, sealKeys, unsealKeys } from "./key-file.ts";
import {
  ensureMasterKey,
  type MasterKey,
  type MasterKeyOptions,
  type MasterKeyReading,
  newMasterKey,
  readMasterKey,
  writeMasterKeys,
} from "./master-key.ts";

export interface KeyStoreOptions extends MasterKeyOptions {
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  /** Changes nothing on the disk, and takes no change. */
  readonly isReadOnly: boolean;
  /** Why the folder may be written no more, in words. */
  readonly folderFault?: () => string | undefined;
}

/** `previous`: where the old content is kept. */
interface WriteTarget {
  readonly path: string;
  readonly previous?: string;
}

/** Changes the list of keys; it runs when its turn has come, on what the list then is. */
export type KeyEdit = (keys: readonly StoredKey[]) => readonly StoredKey[];

/**
 * The key store of a data folder. A store that cannot be opened is left exactly as it is: it has no keys then, and
 * takes none. A change is on the disk when its promise resolves.
 */
export class KeyStore {
  readonly path: string;
  /** What an operator must know about the reading, a sentence each without its final period. */
  readonly notes: readonly string[];
  readonly #options: KeyStoreOptions;
  readonly #turns = new Turns();
  #master: MasterKeyReading;
  #keys: readonly StoredKey[];
  #fault: string | undefined;

  constructor(options: KeyStoreOptions) {
    this.#options = options;
    this.path = join(options.folder, "keys.json");
    this.#master = readMasterKey(options);
    const { keys, notes, fault } = this.#read();
    this.#keys = keys;
    this.#fault = fault;
    this.notes = notes;
    if (!options.isReadOnly && fault === undefined) this.#tidy();
  }

  get keys(): readonly StoredKey[] {
    return this.#keys;
  }

  /** Why the store cannot be opened; undefined for one that can, or that does not exist yet. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** @throws UserError when the store cannot be opened or written; nothing is changed then. */
  change(edit: KeyEdit): Promise<void> {
    return this.#turns.take(async () => {
      this.#refuseIfLocked();
      const keys = edit(this.#keys);
      if (keys === this.#keys) return;
      const target = { path: this.path, previous: previousOf(this.path) };
      await this.#write(keys, await this.#masterKey(), target);
      this.#keys = keys;
    });
  }

  /** The master key, made where there is none yet. @throws UserError. */
  masterKey(): Promise<MasterKey> {
    return this.#turns.take(async () => {
      this.#refuseIfLocked();
      return this.#masterKey();
    });
  }

  /**
   * Encrypts everything with another master key. A crash between two steps leaves what can be opened: the key file
   * holds all keys until both generations are written. `given`: the new key, for one that a variable holds, with which
   * the store opens from one step on; a fresh one else.
   * @throws UserError; a key that a variable holds is the old one still then.
   */
  rotate(given?: string): Promise<{ readonly before: string; readonly after: string }> {
    return this.#turns.take(async () => {
      this.#refuseIfLocked();
      const before = await this.#masterKey();
      const next = newMasterKey(given);
      if (next === undefined || next.id === before.id)
        throw new UserError("Cannot rotate the master key: expected another key, 32 bytes in Base64 or hex");
      // What an earlier rotation that was cut short left behind may still be needed.
      const older = this.#master.ok ? this.#master.older : [];
      if (this.#master.place.file !== undefined) await this.#useMaster(next, [before, ...older]);
      // The store comes last: whichever key counts then, it changes in one step.
      for (const path of [previousOf(this.path), this.path]) await this.#write(this.#keys, next, { path });
      await this.#useMaster(next, []);
      return { before: before.id, after: next.id };
    });
  }

  /** True where the master key stands in a variable, so that only whoever sets it can change it. */
  get isMasterGiven(): boolean {
    return this.#master.place.from === "variable" && this.#master.place.file === undefined;
  }

  #read(): {
    readonly keys: readonly StoredKey[];
    readonly notes: readonly string[];
    readonly fault: string | undefined;
  } {
    const none = { keys: [], notes: [] };
    const master = this.#master;
    try {
      if (!master.ok) {
        // Without a store it is no fault that there is no master key yet.
        const isNew = master.code === "missing" && !exists(this.path) && !exists(previousOf(this.path));
        return { ...none, fault: isNew ? undefined : this.#faultText(master.message) };
      }
      const stamp = this.#options.isReadOnly ? undefined : fileStamp(this.#options.now());
      const masters = [master.current, ...master.older];
      const { value, notes } = readGenerations(this.path, { parse: (text) => unsealKeys(text, masters), stamp });
      return { keys: value ?? [], notes, fault: undefined };
    } catch (error: unknown) {
      if (error instanceof NewerStore)
        return { ...none, fault: this.#faultText(`${error.message}. ${newerAdvice(this.path)}`) };
      if (error instanceof LockedStore || error instanceof StuckFile)
        return { ...none, fault: this.#faultText(error.message) };
      if (errorCode(error) !== undefined)
        return { ...none, fault: this.#faultText(`it cannot be read: ${ioFault(error)}`) };
      throw error;
    }
  }

  #faultText(reason: string): string {
    return `The key store ${this.path} cannot be opened, its keys are not used and it is left as it is: ${reason}`;
  }

  #refuseIfLocked(): void {
    if (this.#options.isReadOnly)
      throw new UserError(`Cannot change the key store ${this.path}: its folder cannot be written`, EXIT.failed);
    if (this.#fault !== undefined) throw new UserError(this.#fault, EXIT.failed);
    const fault = this.#options.folderFault?.();
    if (fault !== undefined)
      throw new UserError(`Cannot change the key store ${this.path}: ${fault}; restart the daemon`, EXIT.failed);
  }

  async #masterKey(): Promise<MasterKey> {
    const { ok, place } = this.#master;
    if (ok) await this.#keepMasterFile(this.#master);
    else this.#master = await guard(`the master key ${place.file}`, ensureMasterKey(this.#options));
    if (this.#master.ok) return this.#master.current;
    throw new UserError(this.#faultText(this.#master.message), EXIT.failed);
  }

  /** What is written now must open at the next start: a key file that was deleted meanwhile is written again. */
  async #keepMasterFile({ place, current, older }: Extract<MasterKeyReading, { ok: true }>): Promise<void> {
    if (place.file === undefined) return;
    const found = readMasterKey(this.#options);
    if (found.ok && found.current.id === current.id) return;
    if (!found.ok && found.code === "missing") return this.#useMaster(current, older);
    const what = found.ok ? "holds another key than it did" : found.message;
    throw new UserError(
      `Cannot change the key store: the master key file ${place.file} ${what}; put the old one back`,
      EXIT.failed,
    );
  }

  /** On the disk, where the key is kept in a file, before it counts. */
  async #useMaster(current: MasterKey, older: readonly MasterKey[]): Promise<void> {
    const { place } = this.#master;
    const { calls } = this.#options;
    if (place.file !== undefined)
      await guard(`the master key ${place.file}`, writeMasterKeys(place.file, [current, ...older], calls));
    this.#master = { ok: true, place, current, older };
  }

  async #write(keys: readonly StoredKey[], master: MasterKey, { path, ...options }: WriteTarget): Promise<void> {
    const { calls, now } = this.#options;
    const content = sealKeys(keys, master, now());
    await guard(`the key store ${path}`, replaceFile(path, content, { ...options, ...(calls && { calls }) }));
  }

  /** A crash may have left a second copy of keys. */
  #tidy(): void {
    removeLeftovers(this.path);
    const { file } = this.#master.place;
    if (file !== undefined) removeLeftovers(file);
  }
}

/** @throws UserError for a failure of the system. */
async function guard<T>(what: string, writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error: unknown) {
    if (errorCode(error) === undefined) throw error;
    throw new UserError(`Cannot write ${what}: ${ioFault(error)}`, EXIT.failed, { cause: error });
  }
}

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch (error: unknown) {
    return errorCode(error) !== "ENOENT";
  }
}
