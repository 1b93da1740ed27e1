// Keeps in the database which key made which object, and says so when that is not possible.
import { join } from "node:path";
import { fileStamp } from "../core/file-stamp.ts";
import { StuckFile } from "../core/generations.ts";
import { errorCode } from "../core/io-fault.ts";
import type { Logger } from "../core/logger.ts";
import { inSlices } from "../core/slices.ts";
import { MOST_OBJECTS, ObjectOwners, type OwnerChange } from "../proxy/objects/object-owners.ts";
import type { Schedule } from "../proxy/timing.ts";
import { faultOfDatabase, isDamage, openExisting, setDatabaseAside } from "../storage/database.ts";
import { DatabaseThread } from "../storage/database-thread.ts";
import type { FolderLock } from "../storage/folder-lock.ts";
import { FOLDER_FILES, type OpenFolder } from "../storage/open-folder.ts";
import { readOwners } from "../storage/owner-table.ts";

export interface OwnerKeeperOptions {
  readonly folder: OpenFolder;
  /** Without the lock of the folder nothing is written. */
  readonly lock: Pick<FolderLock, "fault"> | undefined;
  readonly logger: Logger;
  readonly now: () => number;
  readonly schedule: Schedule;
  readonly thread?: DatabaseThread;
}

/** How far the disk is behind; a client that is killed and comes back needs longer. */
const BEHIND_MS = 200;
const RETRY_MS = 5_000;
/** A disk that does not answer must not hold up an end. */
const CLOSE_MS = 5_000;
/** Written in one piece. */
const MOST_AT_ONCE = 1_000;
/** Where nothing can be written for long. */
const MOST_PENDING = 2 * MOST_OBJECTS;

export class OwnerKeeper {
  readonly owners: ObjectOwners;
  readonly #options: OwnerKeeperOptions;
  readonly #path: string;
  readonly #thread: DatabaseThread;
  /** What is not on the disk yet, by id: only the last change of an object counts. */
  readonly #pending = new Map<string, OwnerChange>();
  /** Why nothing is kept at all. */
  #fault: string | undefined;
  /** Why the last write failed. */
  #writeFault: string | undefined;
  #stopTimer: (() => void) | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: OwnerKeeperOptions) {
    const { folder, lock, now } = options;
    this.#options = options;
    this.owners = new ObjectOwners({ now, onChange: (change) => this.#note(change) });
    this.#path = join(folder.path, FOLDER_FILES.database);
    this.#thread = options.thread ?? new DatabaseThread();
    this.#thread.onBegunAnew(() => void this.#writeAll());
    if (lock === undefined) this.#fault = folder.fault ?? "the data folder is not locked";
  }

  /** Why a restart would forget which key made what. */
  get fault(): string | undefined {
    return this.#fault ?? this.#writeFault;
  }

  /**
   * Takes over what earlier processes kept, before the first request; what an operator must know about it.
   * @throws UserError for a database of a newer version.
   */
  restore(): readonly string[] {
    if (this.#options.lock === undefined) return [];
    try {
      this.#load();
      return [];
    } catch (error: unknown) {
      return [this.#noteOf(error)];
    }
  }

  /** The last write of this process; never rejects, and what could not be written is counted and logged. */
  async close(): Promise<void> {
    const { schedule, logger } = this.#options;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const stopWaiting = schedule(CLOSE_MS, resolve);
    await Promise.race([this.#lastWrite(), late]);
    stopWaiting();
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    await this.#thread.close();
    const lost = this.#pending.size;
    if (lost > 0) logger.error({ file: this.#path, lost, reason: this.fault }, "Owners of objects are lost");
  }

  async #lastWrite(): Promise<void> {
    await this.#writing;
    if (this.#pending.size > 0 && this.#fault === undefined) await this.#write();
  }

  /** Forgets on the disk what is over; why it cannot. */
  async cleanUp(): Promise<string | undefined> {
    const { lock, now } = this.#options;
    const fault = this.#fault ?? lock?.fault;
    return fault ?? (await this.#thread.run({ kind: "expire", path: this.#path, now: now() }));
  }

  #note(change: OwnerChange): void {
    if (this.#fault !== undefined) return;
    this.#pending.delete(change.id);
    this.#pending.set(change.id, change);
    const [oldest] = this.#pending.keys();
    if (this.#pending.size > MOST_PENDING && oldest !== undefined) this.#pending.delete(oldest);
    this.#stopTimer ??= this.#options.schedule(this.#writeFault === undefined ? BEHIND_MS : RETRY_MS, () =>
      this.#due(),
    );
  }

  /** Whatever of it was written stands in the file no longer. */
  async #writeAll(): Promise<void> {
    for await (const slice of inSlices([...this.owners.all()])) {
      for (const change of slice) if (!this.#pending.has(change.id)) this.#note(change);
    }
  }

  #load(): void {
    const database = openExisting(this.#path);
    if (database === undefined) return;
    try {
      this.owners.load(readOwners(database, this.#options.now()));
    } finally {
      database.close();
    }
  }

  /** @throws what is no fault of the file. */
  #noteOf(error: unknown): string {
    const fault = faultOfDatabase(error);
    const begins = "which key made which object begins anew";
    if (isDamage(error)) return `${this.#setAside(fault)}; ${begins}`;
    if (errorCode(error) === undefined) throw error;
    // Another program will let go of it, and what is written then adds to what is there.
    if (errorCode(error)?.startsWith("SQLITE_BUSY") !== true) this.#fault = `${this.#path} cannot be read: ${fault}`;
    return `${this.#path} cannot be read: ${fault}; ${begins}${this.#fault === undefined ? "" : ", and is not saved"}`;
  }

  #setAside(fault: string): string {
    try {
      return setDatabaseAside(this.#path, fileStamp(this.#options.now()), fault);
    } catch (error: unknown) {
      if (!(error instanceof StuckFile)) throw error;
      this.#fault = error.message;
      return error.message;
    }
  }

  #due(): void {
    this.#stopTimer = undefined;
    if (this.#writing !== undefined) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#pending.size > 0) {
        this.#stopTimer ??= this.#options.schedule(this.#writeFault === undefined ? 0 : RETRY_MS, () => this.#due());
      }
    });
  }

  async #write(): Promise<void> {
    while (this.#pending.size > 0) {
      const changes = [...this.#pending.values().take(MOST_AT_ONCE)];
      const fault = this.#options.lock?.fault ?? (await this.#thread.run(this.#jobOf(changes)));
      this.#say(fault);
      if (fault !== undefined) return;
      // What changed meanwhile is written next.
      for (const change of changes) if (this.#pending.get(change.id) === change) this.#pending.delete(change.id);
    }
  }

  #jobOf(changes: readonly OwnerChange[]) {
    const kept = changes.flatMap(({ id, owner, expiresAt }) =>
      owner === undefined ? [] : { id, ...owner, expiresAt },
    );
    const gone = changes.flatMap(({ id, owner }) => (owner === undefined ? id : []));
    return { kind: "owners", path: this.#path, changes: { kept, gone } } as const;
  }

  #say(fault: string | undefined): void {
    const { logger } = this.#options;
    if (fault === this.#writeFault) return;
    this.#writeFault = fault;
    if (fault === undefined) logger.info({ file: this.#path }, "Owners of objects are saved again");
    else {
      const text = "Owners of objects cannot be saved, a restart would forget which key made what; trying on";
      logger.error({ file: this.#path, reason: fault }, text);
    }
  }
}
