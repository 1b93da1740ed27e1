// Removes request records through the thread that writes them, step by step: what is recorded meanwhile comes in between.
import { existsSync } from "node:fs";
import type { RemoveQuestion } from "../../admin/records-port.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { RecordFilter } from "../../records/record-filter.ts";
import { rangeAfter, rangeOfTimes, rangeTo } from "../../records/seq-range.ts";
import type { DatabaseThread } from "../../storage/database-thread.ts";
import type { FolderLock } from "../../storage/folder-lock.ts";
import type { RemovalAnswer, RemovalStep } from "../../storage/records/removal.ts";

export interface RemoverOptions {
  /** Of the database. */
  readonly path: string;
  readonly thread: DatabaseThread;
  /** Without the lock of the folder nothing is removed. */
  readonly lock: Pick<FolderLock, "fault"> | undefined;
  /** The last place that there is, at most. */
  readonly newest: () => Promise<number>;
}

/** A step takes some 20 ms. */
const ROWS = 500;

/** How many are gone. @throws UserError when the database cannot be written, saying how many are gone already. */
export async function removeRecords(
  which: RemoveQuestion,
  options: RemoverOptions,
  signal: AbortSignal,
): Promise<number> {
  if (options.lock === undefined) throw cannot("the data folder is not locked by this process");
  if (!existsSync(options.path)) return 0;
  const run = new Removal(options, signal);
  if ("ids" in which) await run.removeIds(which.ids);
  else if (Object.values(which.filter).every((value) => value === undefined)) await run.removeEverything();
  else await run.removeMatching(which.filter);
  return run.removed;
}

class Removal {
  removed = 0;
  readonly #options: RemoverOptions;
  readonly #signal: AbortSignal;

  constructor(options: RemoverOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  async removeIds(ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += ROWS) await this.#step({ kind: "ids", ids: ids.slice(at, at + ROWS) });
  }

  async removeMatching(filter: RecordFilter): Promise<void> {
    // What is recorded from now on is not meant.
    let range = rangeTo(rangeOfTimes(filter), await this.#options.newest(), false);
    for (let step = 0; ; step++) {
      const question = { filter, range, isDescending: false, limit: ROWS, step };
      const { edge } = await this.#step({ kind: "filter", question });
      if (edge === undefined) return;
      range = rangeAfter(range, edge, false);
    }
  }

  /** Whoever removes everything wants its room back. */
  async removeEverything(): Promise<void> {
    await this.#step({ kind: "everything" });
    while ((await this.#step({ kind: "shrink" })).edge !== undefined);
  }

  async #step(step: RemovalStep): Promise<RemovalAnswer> {
    this.#signal.throwIfAborted();
    const { thread, path, lock } = this.#options;
    const { fault, result } =
      lock?.fault === undefined
        ? await thread.ask({ kind: "remove", path, step })
        : { fault: lock.fault, result: undefined };
    if (fault !== undefined) throw cannot(this.removed === 0 ? fault : `${fault}; ${this.removed} are gone already`);
    const answer = result as RemovalAnswer;
    this.removed += answer.removed;
    return answer;
  }
}

function cannot(why: string): UserError {
  return new UserError(`Cannot delete request records: ${why}`, EXIT.failed);
}
