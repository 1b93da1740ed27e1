// One place that log lines go to: it has a queue of its own, so that a slow or broken one holds up nobody.

export interface LogOutputOptions {
  /** Resolves to false where the text was given up. */
  readonly write: (text: string) => Promise<boolean>;
  /** What becomes of the JSON lines on their way. */
  readonly format: (lines: string) => string;
  /** The JSON line that says how many records are missing. */
  readonly dropLine: (count: number) => string;
  /** Records that wait at most. */
  readonly maxQueued: number;
}

interface Batch {
  readonly lines: string;
  readonly count: number;
}

/** Writes batches of lines in their order, drops what does not fit, and says so once it works again. */
export class LogOutput {
  readonly #options: LogOutputOptions;
  #queue: Batch[] = [];
  #queued = 0;
  #running: Promise<void> | undefined;
  #dropped = 0;
  #reported = 0;

  constructor(options: LogOutputOptions) {
    this.#options = options;
  }

  /** How many records were thrown away. */
  get dropped(): number {
    return this.#dropped;
  }

  /** `lines`: `count` JSON lines with their line ends, free of secrets. */
  push(lines: string, count: number): void {
    if (this.#queued + count > this.#options.maxQueued && this.#queued > 0) {
      this.#dropped += count;
      return;
    }
    this.#queue.push({ lines, count });
    this.#queued += count;
    this.#running ??= this.#drain();
  }

  /** Resolves once nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #drain(): Promise<void> {
    for (let batch = this.#queue.shift(); batch !== undefined; batch = this.#queue.shift()) {
      const { lines, count } = batch;
      if (await this.#write(() => lines)) await this.#reportDrops();
      else this.#dropped += count;
      this.#queued -= count;
    }
    this.#running = undefined;
  }

  async #reportDrops(): Promise<void> {
    const count = this.#dropped - this.#reported;
    if (count > 0 && (await this.#write(() => this.#options.dropLine(count)))) this.#reported += count;
  }

  async #write(lines: () => string): Promise<boolean> {
    try {
      return await this.#options.write(this.#options.format(lines()));
    } catch {
      // A log that fails must never fail the program; the drop is counted and reported.
      return false;
    }
  }
}
