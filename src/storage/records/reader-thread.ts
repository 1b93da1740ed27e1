// The main thread's end of the thread that reads request records.
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import { startWorker } from "../start-worker.ts";
import type { AnswerTo, QuestionName, QuestionOf } from "./answers.ts";
import type { NumberedResult, ReaderJob, ReaderResult } from "./reader-job.ts";

/** As far as it is used of a Worker. */
export interface ReadingThread {
  onmessage: ((event: { readonly data: NumberedResult }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  postMessage(job: ReaderJob): void;
  terminate(): void;
  ref(): void;
  unref(): void;
}

export interface ReaderThreadOptions {
  /** Of the database. */
  readonly path: string;
  /** Runs something later, unless the function that it returns is called. */
  readonly schedule: (delayMs: number, run: () => void) => () => void;
  readonly start?: () => ReadingThread;
}

/** Every question takes milliseconds; only a disk that hangs takes so long. */
const PATIENCE_MS = 30_000;
const BROKEN: ReaderResult = { kind: "fault", fault: "the thread that reads it ended" };
const SILENT: ReaderResult = { kind: "fault", fault: "the disk did not answer for 30 s" };

/** Starts the thread with the first question. */
export class ReaderThread {
  readonly #options: ReaderThreadOptions;
  readonly #waiting = new Map<number, (result: ReaderResult) => void>();
  #thread: ReadingThread | undefined;
  #number = 0;

  constructor(options: ReaderThreadOptions) {
    this.#options = options;
  }

  /**
   * The answer; undefined where there is no database yet. Rejects as soon as the signal aborts.
   * @throws UserError where the database cannot be read.
   */
  async ask<Name extends QuestionName>(
    name: Name,
    question: QuestionOf<Name>,
    signal: AbortSignal,
  ): Promise<AnswerTo<Name> | undefined> {
    signal.throwIfAborted();
    const result = await this.#resultOf({ name, question } as Pick<ReaderJob, "name" | "question">, signal);
    signal.throwIfAborted();
    if (result?.kind === "answer") return result.answer as AnswerTo<Name>;
    if (result?.kind === "fault") {
      throw new UserError(`Cannot read ${this.#options.path}: ${result.fault}`, EXIT.failed);
    }
    return undefined;
  }

  /** Ends the thread; what was not answered is not. */
  close(): void {
    this.#end(BROKEN);
  }

  /** Undefined where the signal aborted first. */
  #resultOf(job: Pick<ReaderJob, "name" | "question">, signal: AbortSignal): Promise<ReaderResult | undefined> {
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve) => {
      const settle = (result: ReaderResult | undefined) => {
        stopTimer();
        signal.removeEventListener("abort", leave);
        this.#forget(number);
        resolve(result);
      };
      const leave = () => settle(undefined);
      const stopTimer = this.#options.schedule(PATIENCE_MS, () => this.#end(SILENT));
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.set(number, settle);
      this.#post({ ...job, number, path: this.#options.path } as ReaderJob);
    });
  }

  #post(job: ReaderJob): void {
    try {
      this.#thread ??= this.#begin();
      this.#thread.ref();
      this.#thread.postMessage(job);
    } catch {
      this.#end(BROKEN);
    }
  }

  #begin(): ReadingThread {
    const start = this.#options.start ?? (() => startWorker("storage/records/reader-worker.ts") as ReadingThread);
    const thread = start();
    thread.onmessage = ({ data }) => this.#waiting.get(data.number)?.(data.result);
    thread.onerror = () => {
      // One that was ended already says nothing of the one in its place.
      if (this.#thread === thread) this.#end(BROKEN);
    };
    return thread;
  }

  /** A process does not go on for a thread that has nothing to do. */
  #forget(number: number): void {
    this.#waiting.delete(number);
    if (this.#waiting.size === 0) this.#thread?.unref();
  }

  #end(result: ReaderResult): void {
    this.#thread?.terminate();
    this.#thread = undefined;
    for (const settle of [...this.#waiting.values()]) settle(result);
  }
}
