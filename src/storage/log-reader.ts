// Reads the records of the log, over all its files and while it is being written and rotated, each exactly once.
import { idAt } from "./log-names.ts";
import type { LogPart } from "./log-part.ts";
import { openLogParts } from "./open-log-parts.ts";

/** A record as it stands in the log, without line end, and what it says. */
export interface LogLine {
  readonly text: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** `pause` resolves after the time, or as soon as the signal aborts. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const POLL_MS = 250;

/**
 * Remembers how far it has read. It holds the files of the log open: a file that is renamed stays the same to it, and
 * no new file can be taken for one that was read already. One loop at a time; one that ends early loses nothing.
 */
export class LogReader implements AsyncDisposable {
  readonly #path: string;
  /** Oldest first. */
  #parts: readonly LogPart[] = [];
  /** Those of the parts that have no name in the log any more. */
  #unnamed: ReadonlySet<LogPart> = new Set();
  #lines: readonly string[] = [];
  #next = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Every record that is there and was not read before, oldest first. @throws when a file cannot be read. */
  async *unread(): AsyncGenerator<LogLine> {
    yield* this.#rest();
    await this.#findParts();
    // Newest first, so that a part is never read without all that was written before it to older ones.
    for (const part of this.#parts.toReversed()) await part.measure();
    for (const part of this.#parts) {
      for await (const lines of part.chunksOfLines()) {
        this.#lines = lines;
        this.#next = 0;
        yield* this.#rest();
      }
    }
    await this.#closeFinished();
  }

  /** The records that were not read before and then those that are appended, until the signal aborts. */
  async *follow({ signal, pause }: FollowOptions): AsyncGenerator<LogLine> {
    while (!signal.aborted) {
      for await (const line of this.unread()) {
        yield line;
        if (signal.aborted) return;
      }
      await pause(POLL_MS, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts) await part[Symbol.asyncDispose]();
  }

  *#rest(): Generator<LogLine> {
    while (this.#next < this.#lines.length) {
      const line = parseLine(this.#lines[this.#next++] ?? "");
      if (line !== undefined) yield line;
    }
  }

  /** Adds the parts that are newer than the last one that is known. */
  async #findParts(): Promise<void> {
    const newest = this.#parts.at(-1);
    if (newest !== undefined && newest.id === (await idAt(this.#path))) return;
    const found = await openLogParts(this.#path);
    const known = new Set(this.#parts.map(({ id }) => id));
    const firstNew = found.findLastIndex(({ id }) => known.has(id)) + 1;
    for (const part of found.slice(0, firstNew)) await part[Symbol.asyncDispose]();
    const named = new Set(found.map(({ id }) => id));
    this.#unnamed = new Set(this.#parts.filter(({ id }) => !named.has(id)));
    this.#parts = [...this.#parts, ...found.slice(firstNew)];
  }

  /**
   * Lets go of parts that were dropped or removed. Their writer may not have noticed yet, so that they are read until
   * it has written to a newer one.
   */
  async #closeFinished(): Promise<void> {
    const newestWritten = this.#parts.findLastIndex(({ size }) => size > 0);
    const finished = this.#parts.filter((part, at) => at < newestWritten && this.#unnamed.has(part));
    this.#parts = this.#parts.filter((part) => !finished.includes(part));
    for (const part of finished) await part[Symbol.asyncDispose]();
  }
}

/** The last `count` of those lines whose record matches. */
export async function lastMatches(
  lines: AsyncIterable<LogLine>,
  count: number,
  isMatch: (record: LogLine["record"]) => boolean,
): Promise<readonly LogLine[]> {
  const last: LogLine[] = [];
  for await (const line of lines) {
    if (isMatch(line.record) && last.push(line) > count) last.shift();
  }
  return last;
}

/** Undefined for what is no record: a line that a crash or a full disk cut off, or one that redaction broke. */
function parseLine(text: string): LogLine | undefined {
  try {
    const record: unknown = JSON.parse(text);
    return isRecord(record) ? { text, record } : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is LogLine["record"] {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
