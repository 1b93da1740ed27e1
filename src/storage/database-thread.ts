// The main thread's end of the thread of the database.
import { setTimeout as sleep } from "node:timers/promises";
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

/** A dead disk must not keep the process; another program that has the file locked is waited for a second by each job. */
const CLOSE_MS = 5_000;
const BROKEN = "the thread of the database ended";

/** Starts the thread with the first job. */
export class DatabaseThread {
  readonly #start: () => Thread;
  readonly #waiting = new Map<number, (answer: JobAnswer) => void>();
  readonly #onBegunAnew: ((note: string) => void)[] = [];
  #thread: Thread | undefined;
  #number = 0;

  constructor(start: () => Thread = () => startWorker("storage/database-worker.ts") as Thread) {
    this.#start = start;
  }

  /** Calls it whenever the file was damaged or gone, and begun anew, with what happened: what it held is to be written again. */
  onBegunAnew(run: (note: string) => void): void {
    this.#onBegunAnew.push(run);
  }

  /** Resolves with the fault in words, undefined when it is done; never rejects. */
  async run(job: DatabaseJob): Promise<string | undefined> {
    return (await this.ask(job)).fault;
  }

  /** As `run`, with all that was answered. */
  ask(job: DatabaseJob): Promise<JobAnswer> {
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

  /** Ends the thread once everything that was asked is done, or the disk has answered nothing for a while. */
  async close(): Promise<void> {
    if (this.#thread === undefined) return;
    await Promise.race([this.run({ kind: "close" }), sleep(CLOSE_MS, undefined, { ref: false })]);
    this.#end();
  }

  #begin(): Thread {
    const thread = this.#start();
    thread.onmessage = ({ data }) => {
      if (data.begunAnew !== undefined) for (const listener of this.#onBegunAnew) listener(data.begunAnew);
      this.#waiting.get(data.number)?.(data);
      this.#waiting.delete(data.number);
      // A process does not go on for a thread that has nothing to do.
      if (this.#waiting.size === 0) thread.unref();
    };
    thread.onerror = () => {
      // One that was ended already says nothing of the one in its place.
      if (this.#thread === thread) this.#end();
    };
    return thread;
  }

  /** What it did not answer is taken for not done. */
  #end(): void {
    this.#thread?.terminate();
    this.#thread = undefined;
    for (const [number, resolve] of this.#waiting) resolve({ number, fault: BROKEN });
    this.#waiting.clear();
  }
}
