// The main thread's end of the thread of the database.
import type { DatabaseJob, JobAnswer, NumberedJob } from "./database-jobs.ts";
import { startWorker } from "./start-worker.ts";

/** As far as it is used of a Worker. */
export interface Thread {
  onmessage: ((event: { readonly data: JobAnswer }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  postMessage(job: NumberedJob): void;
  terminate(): void;
  ref(): void;
  unref(): void;
}

const BROKEN = "the thread of the database ended";

/** Starts the thread with the first job. */
export class DatabaseThread {
  readonly #start: () => Thread;
  readonly #waiting = new Map<number, (fault: string | undefined) => void>();
  #thread: Thread | undefined;
  #number = 0;

  constructor(start: () => Thread = () => startWorker("storage/database-worker.ts") as Thread) {
    this.#start = start;
  }

  /** Resolves with the fault in words, undefined when it is done; never rejects. */
  run(job: DatabaseJob): Promise<string | undefined> {
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      try {
        this.#thread ??= this.#begin();
        this.#thread.ref();
        this.#thread.postMessage({ number, job });
      } catch {
        this.#end();
      }
    });
  }

  /** Ends the thread once everything that was asked is done. */
  async close(): Promise<void> {
    if (this.#thread === undefined) return;
    await this.run({ kind: "close" });
    this.#end();
  }

  #begin(): Thread {
    const thread = this.#start();
    thread.onmessage = ({ data }) => {
      this.#waiting.get(data.number)?.(data.fault);
      this.#waiting.delete(data.number);
      // A process does not go on for a thread that has nothing to do.
      if (this.#waiting.size === 0) thread.unref();
    };
    thread.onerror = () => this.#end();
    return thread;
  }

  /** What it did not answer is taken for not done. */
  #end(): void {
    this.#thread?.terminate();
    this.#thread = undefined;
    for (const resolve of this.#waiting.values()) resolve(BROKEN);
    this.#waiting.clear();
  }
}
