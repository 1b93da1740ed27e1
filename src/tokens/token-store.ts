// The client tokens that were added by command: hashed on disk and in memory.
import { join } from "node:path";
import { type FileCalls, removeLeftovers, replaceFile } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { fileStamp } from "../core/file-stamp.ts";
import { newerAdvice } from "../core/folder-version.ts";
import { previousOf, readGenerations, StuckFile } from "../core/generations.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { Turns } from "../core/turns.ts";
import { UserError } from "../core/user-error.ts";
import type { StoredToken } from "./stored-token.ts";
import { NewerTokenFile, parseTokenFile, tokenPieces } from "./token-file.ts";

export interface TokenStoreOptions {
  /** The data folder. */
  readonly folder: string;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  /** Changes nothing on the disk, and takes no change. */
  readonly isReadOnly: boolean;
  /** Why the folder may be written no more, in words. */
  readonly folderFault?: () => string | undefined;
  readonly calls?: FileCalls;
}

/** Changes the list of tokens; it runs when its turn has come, on what the list then is. */
export type TokenEdit = (tokens: readonly StoredToken[]) => readonly StoredToken[];

interface Reading {
  readonly tokens: readonly StoredToken[];
  readonly notes: readonly string[];
  readonly fault: string | undefined;
  readonly isComplete: boolean;
}

/**
 * The token store of a data folder. A store that cannot be read is left exactly as it is: it has no tokens then, and takes
 * none. A change is on the disk when its promise resolves.
 */
export class TokenStore {
  readonly path: string;
  /** What an operator must know about the reading, a sentence each without its final period. */
  readonly notes: readonly string[];
  /** Why the store cannot be read; undefined for one that can, or that does not exist yet. */
  readonly fault: string | undefined;
  readonly #options: TokenStoreOptions;
  #isComplete: boolean;
  readonly #turns = new Turns();
  #tokens: readonly StoredToken[];

  constructor(options: TokenStoreOptions) {
    this.#options = options;
    this.path = join(options.folder, "tokens.json");
    const { tokens, notes, fault, isComplete } = this.#read();
    this.#tokens = tokens;
    this.notes = notes;
    this.fault = fault;
    this.#isComplete = isComplete;
    if (!options.isReadOnly && fault === undefined) removeLeftovers(this.path);
  }

  /** False while there may be tokens that nobody knows of: what was there cannot be read. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get tokens(): readonly StoredToken[] {
    return this.#tokens;
  }

  /** @throws UserError when the store cannot be read or written; nothing is changed then. */
  change(edit: TokenEdit): Promise<void> {
    return this.#turns.take(async () => {
      this.#refuseIfClosed();
      const tokens = edit(this.#tokens);
      if (tokens === this.#tokens) return;
      await this.#write(tokens);
      // The generation before comes back if this one is damaged: it must not let in what was taken away.
      if (takesAway(this.#tokens, tokens)) await this.#write(tokens);
      this.#tokens = tokens;
      this.#isComplete = true;
    });
  }

  #read(): Reading {
    const stamp = this.#options.isReadOnly ? undefined : fileStamp(this.#options.now());
    try {
      const { value, notes } = readGenerations(this.path, { parse: parseTokenFile, stamp });
      return { tokens: value ?? [], notes, fault: undefined, isComplete: value !== undefined || notes.length === 0 };
    } catch (error: unknown) {
      // Where there can be no folder there is no store.
      if (errorCode(error) === "ENOTDIR") return { tokens: [], notes: [], fault: undefined, isComplete: true };
      const reason = reasonOf(error, this.path);
      if (reason === undefined) throw error;
      const fault = `The token store ${this.path} cannot be read, its client tokens are not let in and it is left as it is: ${reason}`;
      return { tokens: [], notes: [], fault, isComplete: false };
    }
  }

  #refuseIfClosed(): void {
    const { isReadOnly, folderFault } = this.#options;
    if (isReadOnly)
      throw new UserError(`Cannot change the token store ${this.path}: its folder cannot be written`, EXIT.failed);
    if (this.fault !== undefined) throw new UserError(this.fault, EXIT.failed);
    const fault = folderFault?.();
    if (fault !== undefined)
      throw new UserError(`Cannot change the token store ${this.path}: ${fault}; restart the daemon`, EXIT.failed);
  }

  async #write(tokens: readonly StoredToken[]): Promise<void> {
    const { calls, now } = this.#options;
    const options = { previous: previousOf(this.path), ...(calls && { calls }) };
    try {
      await replaceFile(this.path, tokenPieces(tokens, now()), options);
    } catch (error: unknown) {
      if (errorCode(error) === undefined) throw error;
      const reason = ioFault(error);
      throw new UserError(`Cannot write the token store ${this.path}: ${reason}`, EXIT.failed, { cause: error });
    }
  }
}

/** Some secret or freedom of before is not there any more. */
function takesAway(before: readonly StoredToken[], after: readonly StoredToken[]): boolean {
  const kept = new Set(after);
  return before.some((token) => !kept.has(token));
}

/** Undefined for our own mistakes. */
function reasonOf(error: unknown, path: string): string | undefined {
  if (error instanceof NewerTokenFile) return `${error.message}. ${newerAdvice(path)}`;
  if (error instanceof StuckFile) return error.message;
  return errorCode(error) === undefined ? undefined : `it cannot be read: ${ioFault(error)}`;
}
