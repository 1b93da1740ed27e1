// The log: records are queued by the caller, formatted and redacted later in batches, and written without waiting.
import { formatRecord } from "./format-record.ts";
import { createJsonLines, type LogRecord, type RecordLevel } from "./json-line.ts";
import { openLogSink } from "./log-sink.ts";
import type { Redactor } from "./redaction.ts";

/** `silent` writes nothing. */
export type LogLevel = RecordLevel | "silent";

/** Takes records; the object given as `fields` is read later and must not be changed afterwards. */
export interface Logger {
  debug(fields: object, msg: string): void;
  info(fields: object, msg: string): void;
  warn(fields: object, msg: string): void;
  error(fields: object, msg: string): void;
  /** Whether records of this level are written: lets a caller save the making of many. */
  isEnabled(level: RecordLevel): boolean;
  /** How many records were thrown away because the output could not keep up or failed. */
  readonly dropped: number;
  /** Resolves once everything logged so far is written or given up. */
  flush(): Promise<void>;
  setLevel(level: LogLevel): void;
}

/**
 * `write`: takes each finished line with its line end, in place of the error stream.
 * `color`: colours in the pretty format, off by default. `maxQueued`: records that wait at most, 10,000 by default.
 */
export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: "pretty" | "json";
  readonly redactor: Redactor;
  readonly write?: (line: string) => void;
  readonly color?: boolean;
  readonly maxQueued?: number;
  readonly now?: () => number;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };
const STDERR = 2;
const BATCH_DELAY_MS = 20;
/** Records formatted in one turn of the event loop: a millisecond of work at most. */
const RECORDS_PER_TURN = 256;

/** Makes the logger of the process; it writes to the error stream unless `write` is given. */
export function createLogger(options: LoggerOptions): Logger {
  return new QueuedLogger(options);
}

class QueuedLogger implements Logger {
  readonly #format: (batch: readonly LogRecord[]) => string;
  readonly #write: (text: string) => Promise<boolean>;
  readonly #now: () => number;
  readonly #maxQueued: number;
  #level: LogLevel;
  #queue: LogRecord[] = [];
  #running: Promise<void> | undefined;
  #dropped = 0;
  #reported = 0;

  constructor(options: LoggerOptions) {
    this.#level = options.level;
    this.#now = options.now ?? Date.now;
    this.#maxQueued = options.maxQueued ?? 10_000;
    this.#format = formatter(options);
    this.#write = options.write === undefined ? openLogSink(STDERR) : lineByLine(options.write);
  }

  get dropped(): number {
    return this.#dropped;
  }

  debug(fields: object, msg: string): void {
    this.#add("debug", fields, msg);
  }

  info(fields: object, msg: string): void {
    this.#add("info", fields, msg);
  }

  warn(fields: object, msg: string): void {
    this.#add("warn", fields, msg);
  }

  error(fields: object, msg: string): void {
    this.#add("error", fields, msg);
  }

  isEnabled(level: RecordLevel): boolean {
    return RANK[level] >= RANK[this.#level];
  }

  setLevel(level: LogLevel): void {
    this.#level = level;
  }

  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #add(level: RecordLevel, fields: object, msg: string): void {
    if (!this.isEnabled(level)) return;
    if (this.#queue.length >= this.#maxQueued) {
      this.#dropped++;
      return;
    }
    this.#queue.push({ level, at: this.#now(), fields, msg });
    this.#running ??= this.#drain();
  }

  async #drain(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, BATCH_DELAY_MS));
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, RECORDS_PER_TURN);
      if (await this.#writeBatch(batch)) this.#reportDrops();
      else this.#dropped += batch.length;
    }
    this.#running = undefined;
  }

  async #writeBatch(batch: readonly LogRecord[]): Promise<boolean> {
    try {
      return await this.#write(this.#format(batch));
    } catch {
      // A log that fails must never fail the program; the drop is counted and reported.
      return false;
    }
  }

  /** Says how many records are missing, once the output takes records again. */
  #reportDrops(): void {
    const count = this.#dropped - this.#reported;
    if (count === 0) return;
    this.#reported = this.#dropped;
    const fields = { dropped: count };
    this.#queue.unshift({ level: "warn", at: this.#now(), fields, msg: "Log records were dropped" });
  }
}

/**
 * The single exit of the log: whatever a batch holds is redacted here, after it became text. One search over the batch
 * costs much less than one for each line.
 */
function formatter({ format, redactor, color }: LoggerOptions): (batch: readonly LogRecord[]) => string {
  const jsonLine = createJsonLines();
  return (batch) => {
    let lines = "";
    for (const record of batch) lines += jsonLine(record);
    const clean = redactor.redactLines(lines);
    if (format === "json") return clean;
    return linesOf(clean)
      .map((line) => formatRecord(line, color ?? false))
      .join("");
  };
}

function lineByLine(write: (line: string) => void): (text: string) => Promise<boolean> {
  return (text) => {
    for (const line of linesOf(text)) write(line);
    return Promise.resolve(true);
  };
}

/** With their line ends. Only `\n` ends a line: JSON leaves other separators of lines as they are. */
function linesOf(text: string): readonly string[] {
  return text.split(/(?<=\n)/);
}
