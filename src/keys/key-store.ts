// The keys that were added by command: encrypted on disk, in clear in memory.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredKey } from "../config/stored-key.ts";
import { replaceFile } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { fileStamp } from "../core/file-stamp.ts";
import { previousOf, readGenerations, StuckFile } from "../core/generations.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { Turns } from "../core/turns.ts";
import { UserError } from "../core/user-error.ts";
import { LockedStore, sealKeys, unsealKeys } from "./key-file.ts";
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
      await this.#guard(async () => this.#write(keys, await this.#masterKey()));
      this.#keys = keys;
    });
  }

  /** The master key, made where there is none yet. @throws UserError. */
  masterKey(): Promise<MasterKey> {
    return this.#turns.take(async () => {
      this.#refuseIfLocked();
      return this.#guard(() => this.#masterKey());
    });
  }

  /**
   * Encrypts everything with another master key. A crash between two steps leaves what can be opened: the key file
   * holds both keys until the store is written. `given`: the new key, for one that a variable holds; a fresh one else.
   * @throws UserError.
   */
  rotate(given?: string): Promise<{ readonly before: string; readonly after: string }> {
    return this.#turns.take(async () => {
      this.#refuseIfLocked();
      const before = await this.#guard(() => this.#masterKey());
      const { place } = this.#master;
      const next = newMasterKey(given);
      if (next === undefined || next.id === before.id)
        throw new UserError("Cannot rotate the master key: expected another key, 32 bytes in Base64 or hex");
      await this.#guard(async () => {
        if (place.file !== undefined) await writeMasterKeys(place.file, [next, before]);
        // Twice, so that the generation before cannot be opened with the old key either.
        for (let generation = 0; generation < 2; generation++) await this.#write(this.#keys, next);
        if (place.file !== undefined) await writeMasterKeys(place.file, [next]);
      });
      this.#master = { ok: true, place, current: next, older: [] };
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
  }

  async #masterKey(): Promise<MasterKey> {
    if (!this.#master.ok) this.#master = await ensureMasterKey(this.#options);
    if (this.#master.ok) return this.#master.current;
    throw new UserError(this.#faultText(this.#master.message), EXIT.failed);
  }

  async #write(keys: readonly StoredKey[], master: MasterKey): Promise<void> {
    await replaceFile(this.path, sealKeys(keys, master, this.#options.now()), { previous: previousOf(this.path) });
  }

  async #guard<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error: unknown) {
      if (errorCode(error) === undefined) throw error;
      throw new UserError(`Cannot write the key store ${this.path}: ${ioFault(error)}`, EXIT.failed, { cause: error });
    }
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
