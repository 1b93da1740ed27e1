// Takes away old records in small steps: when it is asked to, and when the database is too large.
import { setTimeout as sleep } from "node:timers/promises";
import type { RequestsConfig } from "../../config/config.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { DatabaseThread } from "../../storage/database-thread.ts";
import type { FolderLock } from "../../storage/folder-lock.ts";
import type { RetentionAnswer, RetentionStep } from "../../storage/records/retention.ts";

export interface RetentionOptions {
  readonly path: string;
  readonly thread: DatabaseThread;
  readonly lock: Pick<FolderLock, "fault"> | undefined;
  readonly now: () => number;
  readonly settings: () => RequestsConfig;
}

/** Minutes are for the last days only; older times are told by the hour. */
const MINUTES_MS = 48 * 3_600_000;
/** A step takes some 10 ms; batches and owners of objects are written between two. */
const ROWS = 500;
const PAUSE_MS = 20;

export class Retention {
  readonly #options: RetentionOptions;
  readonly #ended = new AbortController();
  #running: Promise<number> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** After each write: where the database is too large, the oldest goes. */
  heard(usedBytes: number): void {
    if (usedBytes > this.#options.settings().maxSizeBytes) this.run(new AbortController().signal).catch(() => {});
  }

  /** How many rows went. @throws UserError when the database cannot be written. */
  run(signal: AbortSignal): Promise<number> {
    this.#running ??= this.#steps(AbortSignal.any([signal, this.#ended.signal])).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The last step of this process, if one goes on, has ended when it resolves. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#running?.catch(() => {});
  }

  async #steps(signal: AbortSignal): Promise<number> {
    let all = 0;
    while (!signal.aborted) {
      const { removed, isDone } = await this.#step();
      all += removed;
      if (isDone) break;
      // A command must not end before its work does.
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
    return all;
  }

  async #step(): Promise<RetentionAnswer> {
    const { thread, path, lock } = this.#options;
    const answer =
      lock?.fault === undefined
        ? await thread.ask({ kind: "retain", path, step: this.#stepOf() })
        : { fault: lock.fault, result: undefined };
    if (answer.fault !== undefined)
      throw new UserError(`Cannot take old records out of ${path}: ${answer.fault}`, EXIT.failed);
    return answer.result as RetentionAnswer;
  }

  #stepOf(): RetentionStep {
    const { now, settings } = this.#options;
    const { retention, maxSizeBytes } = settings();
    const at = now();
    return {
      attemptsBefore: at - retention.errorsMs,
      requestsBefore: at - retention.requestsMs,
      minutesBefore: at - MINUTES_MS,
      hoursBefore: at - retention.rollupsMs,
      maxBytes: maxSizeBytes,
      rows: ROWS,
    };
  }
}
