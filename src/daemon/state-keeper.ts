// Keeps the health of the balancer and of outbound proxies on the disk, and says so when that is not possible.
import { join } from "node:path";
import type { Balancer } from "../balancer/balancer.ts";
import { EXIT } from "../core/exit-codes.ts";
import { fileStamp } from "../core/file-stamp.ts";
import { StuckFile } from "../core/generations.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import type { Logger } from "../core/logger.ts";
import { UserError } from "../core/user-error.ts";
import type { OutboundHealth } from "../outbound/outbound-health.ts";
import type { Schedule } from "../proxy/timing.ts";
import type { FolderLock } from "../storage/folder-lock.ts";
import { FOLDER_FILES, type OpenFolder } from "../storage/open-folder.ts";
import { readState, writeState } from "../storage/state-file.ts";
import { type StateRevision, StateSaver } from "../storage/state-saver.ts";
import type { SavedEntry } from "../storage/state-text.ts";
import type { ClientTokens } from "../tokens/client-tokens.ts";
import type { StoppedJobs } from "./jobs/stopped-jobs.ts";
import { logBug } from "./log-events.ts";

export interface StateKeeperOptions {
  readonly balancer: Pick<Balancer, "revision" | "entries">;
  readonly outbound: Pick<OutboundHealth, "revision" | "entries">;
  readonly tokens: Pick<ClientTokens, "revision" | "entries">;
  readonly stoppedJobs: Pick<StoppedJobs, "revision" | "entries">;
  readonly folder: OpenFolder;
  /** Without the lock of the folder nothing is written. */
  readonly lock: Pick<FolderLock, "fault"> | undefined;
  readonly logger: Logger;
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Nothing is in effect that is not on the disk. */
  readonly isOffline?: boolean;
}

export class StateKeeper {
  readonly #options: StateKeeperOptions;
  readonly #path: string;
  readonly #saver: StateSaver;
  /** Why nothing is kept at all. */
  #fault: string | undefined;

  constructor(options: StateKeeperOptions) {
    const { balancer, outbound, tokens, stoppedJobs, folder, lock, now, schedule } = options;
    this.#options = options;
    this.#path = join(folder.path, FOLDER_FILES.state);
    if (lock === undefined) this.#fault = folder.fault ?? "the data folder is not locked";
    this.#saver = new StateSaver({
      revision: () => sumOf(balancer.revision, outbound.revision, tokens.revision, stoppedJobs.revision),
      write: async () => {
        if (lock?.fault !== undefined) throw new UserError(lock.fault, EXIT.failed);
        await writeState(this.#path, entriesOf(options), now());
      },
      schedule,
      now,
      onFault: (fault, error) => this.#say(fault, error),
    });
  }

  /** Why a restart would forget what happened last. */
  get fault(): string | undefined {
    return this.#fault ?? this.#saver.fault;
  }

  get savedAt(): number | undefined {
    return this.#saver.savedAt;
  }

  /**
   * What an earlier process wrote, and what an operator must know about it.
   * @throws UserError for a state of a newer version.
   */
  read(): { readonly entries: readonly SavedEntry[]; readonly notes: readonly string[] } {
    const stamp = this.#options.lock !== undefined ? fileStamp(this.#options.now()) : undefined;
    try {
      const { value, notes } = readState(this.#path, stamp);
      return { entries: value ?? [], notes };
    } catch (error: unknown) {
      if (error instanceof UserError) throw error;
      const reason = error instanceof StuckFile ? error.message : `${this.#path} cannot be read: ${ioFault(error)}`;
      if (!(error instanceof StuckFile) && errorCode(error) === undefined) throw error;
      // What cannot be read must not be written over.
      this.#fault = reason;
      return { entries: [], notes: [`${reason}; health begins anew, and is not saved`] };
    }
  }

  /** After whatever may have changed health. */
  look(): void {
    if (this.#fault === undefined) this.#saver.look();
  }

  /** Resolves once everything up to now is on the disk. @throws UserError. */
  async save(): Promise<void> {
    // What it fails for is noted first.
    if (this.#fault === undefined) await this.#saver.save().catch(() => {});
    const { fault } = this;
    if (fault === undefined) return;
    const words = this.#options.isOffline
      ? "Nothing was changed, it cannot be saved"
      : "It is in effect, but cannot be saved, so that a restart would forget it";
    throw new UserError(`${words}: ${fault}`, EXIT.failed);
  }

  /** The last write of this process; a failure is logged. */
  async close(): Promise<void> {
    this.#saver.stop();
    if (this.#fault === undefined) await this.#saver.save().catch(() => {});
  }

  #say(fault: string | undefined, error: unknown): void {
    const { logger } = this.#options;
    // No failure of the disk, but a mistake of ours.
    if (fault !== undefined && errorCode(error) === undefined && !(error instanceof UserError))
      logBug(error, "state", logger);
    if (fault === undefined) logger.info({ file: this.#path }, "State is saved again");
    else
      logger.error({ file: this.#path, reason: fault }, "State cannot be saved, a restart would forget it; trying on");
  }
}

function* entriesOf({ outbound, tokens, stoppedJobs, balancer, now }: StateKeeperOptions): Iterable<SavedEntry> {
  yield* outbound.entries();
  yield* tokens.entries(now());
  yield* stoppedJobs.entries();
  yield* balancer.entries(now());
}

/** Each grows only, and so does the sum. */
function sumOf(...all: readonly StateRevision[]): StateRevision {
  const sum = { lasting: 0, passing: 0, tallies: 0 };
  for (const { lasting, passing, tallies } of all) {
    sum.lasting += lasting;
    sum.passing += passing;
    sum.tallies += tallies;
  }
  return sum;
}
