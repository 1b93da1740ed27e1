// The log: records are queued by the caller, formatted and redacted later in batches, and written without waiting.
import { formatRecord } from "./format-record.ts";
import { createJsonLines, type LogRecord, type RecordLevel } from "./json-line.ts";
import { LogOutput } from "./log-output.ts";
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
  /** How many records were thrown away because an output could not keep up or failed. */
  readonly dropped: number;
  /** Resolves once everything logged so far is written or given up. */
  flush(): Promise<void>;
  setLevel(level: LogLevel): void;
}

/**
 * `write`: takes each finished line with its line end, in place of the error stream. `file`: takes the same records
 * besides, always as JSON; it resolves to false where it gave them up. `color`: colours in the pretty format, off by
 * default. `maxQueued`: records that wait at most, 10,000 by default.
 */
export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: "pretty" | "json";
  readonly redactor: Redactor;
  readonly write?: (line: string) => void;
  readonly file?: (lines: string) => Promise<boolean>;
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
  readonly #toLines: (batch: readonly LogRecord[]) => string;
  readonly #outputs: readonly LogOutput[];
  readonly #now: () => number;
  readonly #maxQueued: number;
  #level: LogLevel;
  #queue: LogRecord[] = [];
  #running: Promise<void> | undefined;
  /** Records that did not fit into the queue. */
  #dropped = 0;
  #reported = 0;

  constructor(options: LoggerOptions) {
    this.#level = options.level;
    this.#now = options.now ?? Date.now;
    this.#maxQueued = options.maxQueued ?? 10_000;
    this.#toLines = lineMaker(options.redactor);
    this.#outputs = this.#open(options);
  }

  get dropped(): number {
    return this.#outputs.reduce((sum, output) => sum + output.dropped, this.#dropped);
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
    await Promise.all(this.#outputs.map((output) => output.drained()));
  }

  #open({ format, color, write, file }: LoggerOptions): readonly LogOutput[] {
    const facts = { maxQueued: this.#maxQueued, dropLine: (count: number) => this.#toLines([this.#dropRecord(count)]) };
    const main = new LogOutput({
      ...facts,
      write: write === undefined ? openLogSink(STDERR) : lineByLine(write),
      format: format === "json" ? unchanged : (lines) => prettyLines(lines, color ?? false),
    });
    return file === undefined ? [main] : [main, new LogOutput({ ...facts, write: file, format: unchanged })];
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
      const lines = this.#toLines(batch);
      for (const output of this.#outputs) output.push(lines, batch.length);
      // A slow output drops for itself; while all are slow, the queue fills.
      await Promise.race(this.#outputs.map((output) => output.drained()));
      this.#reportDrops();
    }
    this.#running = undefined;
  }

  /** Says how many records did not fit, once there is room again. */
  #reportDrops(): void {
    const count = this.#dropped - this.#reported;
    if (count === 0) return;
    this.#reported = this.#dropped;
    this.#queue.unshift(this.#dropRecord(count));
  }

  #dropRecord(count: number): LogRecord {
    return { level: "warn", at: this.#now(), fields: { dropped: count }, msg: "Log records were dropped" };
  }
}

/**
 * The single exit of the log: whatever a batch holds is redacted here, after it became text. One search over the batch
 * costs much less than one for each line.
 */
function lineMaker(redactor: Redactor): (batch: readonly LogRecord[]) => string {
  const jsonLine = createJsonLines();
  return (batch) => {
    let lines = "";
    for (const record of batch) lines += jsonLine(record);
    return redactor.redactLines(lines);
  };
}

function unchanged(lines: string): string {
  return lines;
}

function prettyLines(lines: string, color: boolean): string {
  return linesOf(lines)
    .map((line) => formatRecord(line, { isColored: color }))
    .join("");
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
