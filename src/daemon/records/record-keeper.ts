// Keeps a record of each finished request in the database, and counts of all, and says so when that is not possible.
import { join } from "node:path";
import type { RecordsStatus } from "../../admin/records-port.ts";
import type { Config } from "../../config/config.ts";
import type { Logger } from "../../core/logger.ts";
import type { Redactor } from "../../core/redaction.ts";
import type { Schedule } from "../../proxy/timing.ts";
import type { Trace } from "../../proxy/trace.ts";
import { pause } from "../../proxy/waiting/pause.ts";
import type { ZoneOffset } from "../../records/hour-bucket.ts";
import { localOffset } from "../../records/hour-bucket.ts";
import { RollUpBook, type RollUpPage, requestsOf } from "../../records/roll-up-book.ts";
import type { DatabaseThread } from "../../storage/database-thread.ts";
import type { FolderLock } from "../../storage/folder-lock.ts";
import { FOLDER_FILES, type OpenFolder } from "../../storage/open-folder.ts";
import type { RecordBatch, WrittenRecords } from "../../storage/records/record-batch.ts";
import { PriceTable } from "../../tokens/price-table.ts";
import { logBug } from "../log-events.ts";
import { packBatch } from "./pack-batch.ts";
import { RecordChooser } from "./record-chooser.ts";
import { RecordQueue } from "./record-queue.ts";
import { type RecordRow, recordRow } from "./record-row.ts";
import { RecordsLog } from "./records-log.ts";
import { costNanosOf, countedRequest, requestCounts } from "./request-counts.ts";
import { Retention } from "./retention.ts";

export interface RecordKeeperOptions {
  readonly folder: OpenFolder;
  /** Without the lock of the folder nothing is written. */
  readonly lock: Pick<FolderLock, "fault"> | undefined;
  readonly thread: DatabaseThread;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly now: () => number;
  readonly schedule: Schedule;
  readonly config: Config;
  /** So many requests more are in the database. */
  readonly onWritten?: (count: number) => void;
  /** Some are there no more. */
  readonly onGone?: () => void;
  /** @default that of the process */
  readonly offsetOf?: ZoneOffset;
}

/** How far the disk is behind, besides the quarter of a second of the feed. */
const BEHIND_MS = 500;
const RETRY_MS = 1_000;
/** Rows that are written in one piece. */
const MOST_AT_ONCE = 1_000;
/** With bodies: on its way to the thread a batch is in memory several times. */
const MOST_BYTES_AT_ONCE = 8 * 1024 * 1024;
/** Rows of counts a second: with thousands of keys they are written less often, and none is lost for it. */
const COUNTS_PER_SECOND = 500;
/** What the most rows that the book holds wait for. */
const MOST_WAIT_MS = 120_000;
/** How long an end waits for a file that is locked, or a disk that does not answer. */
const CLOSE_MS = 5_000;

export class RecordKeeper {
  readonly #options: RecordKeeperOptions;
  readonly #path: string;
  readonly #book: RollUpBook;
  readonly #queue = new RecordQueue();
  readonly #chooser: RecordChooser;
  readonly #log: RecordsLog;
  readonly #retention: Retention;
  #config: Config["requests"];
  #prices: PriceTable;
  /** Why nothing is kept at all. */
  readonly #fault: string | undefined;
  /** What could not be written yet. */
  #unwritten: RecordBatch | undefined;
  #unwrittenRows = 0;
  /** What no queue is to blame for: bugs, rows that the database does not take, and what an end left behind. */
  #lost = 0;
  #begunAnew: string | undefined;
  #writtenAt: number | undefined;
  #countsDueAt = Number.NEGATIVE_INFINITY;
  #stopTimer: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  /** Aborted when nothing is written any more. */
  readonly #ended = new AbortController();

  constructor(options: RecordKeeperOptions) {
    const { folder, lock, config, logger, thread, offsetOf = localOffset } = options;
    this.#options = options;
    this.#path = join(folder.path, FOLDER_FILES.database);
    this.#book = new RollUpBook(offsetOf);
    this.#config = config.requests;
    this.#prices = new PriceTable(config.prices);
    this.#chooser = new RecordChooser(config.requests.maxRate);
    this.#log = new RecordsLog(this.#path, logger);
    this.#retention = new Retention({ ...options, path: this.#path, settings: () => this.#config });
    if (lock === undefined) this.#fault = folder.fault ?? "the data folder is not locked";
    thread.onBegunAnew((note) => this.#noteBegunAnew(note));
  }

  status(): RecordsStatus {
    return {
      isOn: this.#config.enabled,
      fault: this.#fault ?? this.#log.fault,
      dropped: this.#dropped,
      sampledOut: this.#chooser.leftOut,
      pending: this.#queue.size + this.#unwrittenRows,
      writtenAt: this.#writtenAt,
      begunAnew: this.#begunAnew,
    };
  }

  use(config: Config): void {
    this.#config = config.requests;
    this.#prices = new PriceTable(config.prices);
    this.#chooser.setRate(config.requests.maxRate);
  }

  /** Takes finished requests; what it costs is bounded by how many they are. */
  note(traces: readonly Trace[]): void {
    if (!this.#config.enabled || this.#fault !== undefined) return;
    this.#noteAll(traces);
    this.#log.sayDropped(this.#dropped);
    this.#startTimer(BEHIND_MS);
  }

  /** Resolves once what was noted is written, or could not be; also what is behind in counts. */
  async settle(): Promise<void> {
    this.#countsDueAt = Number.NEGATIVE_INFINITY;
    await this.#writing;
    await this.#writeOnce();
  }

  /** Takes away what was kept long enough; how many rows. @throws UserError when the database cannot be written. */
  async cleanUp(signal: AbortSignal): Promise<number> {
    const gone = await this.#retention.run(signal);
    if (gone > 0) this.#options.onGone?.();
    return gone;
  }

  /** The last writes of this process; never rejects, and what could not be written is counted and logged. */
  async close(): Promise<void> {
    this.#stopWaiting();
    if (this.#fault !== undefined || this.#ended.signal.aborted) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const stopTimer = this.#options.schedule(CLOSE_MS, resolve);
    const written = this.#lastWrites().catch((error) => logBug(error, "none", this.#options.logger));
    await Promise.race([written, late]);
    stopTimer();
    this.#ended.abort();
    this.#stopWaiting();
    const left = Math.max(this.#queue.size + this.#unwrittenRows, this.#book.requests);
    if (left > 0) this.#lose(left, this.#log.fault ?? "the database did not answer");
  }

  async #lastWrites(): Promise<void> {
    const { schedule, lock } = this.#options;
    const { signal } = this.#ended;
    await this.#retention.end();
    await this.settle();
    // Whoever looks into the file lets go of it soon.
    while (this.#log.fault !== undefined && lock?.fault === undefined && !signal.aborted) {
      await pause(RETRY_MS, signal, schedule);
      await this.settle();
    }
  }

  get #dropped(): number {
    return this.#queue.dropped + this.#book.lost + this.#lost;
  }

  #lose(count: number, reason: string): void {
    this.#lost += count;
    this.#log.sayLost(this.#dropped, reason);
  }

  /** A bug of ours costs what it was about, and nothing else. */
  #loseToBug(count: number, error: unknown): void {
    logBug(error, "none", this.#options.logger);
    this.#lose(count, "an internal error");
  }

  #noteBegunAnew(note: string): void {
    this.#begunAnew = note;
    this.#options.logger.error({ note }, "The database begins anew");
    this.#options.onGone?.();
  }

  #noteAll(traces: readonly Trace[]): void {
    const errors: unknown[] = [];
    for (const trace of traces) {
      try {
        this.#noteOne(trace);
      } catch (error: unknown) {
        errors.push(error);
      }
    }
    if (errors.length > 0) this.#loseToBug(errors.length, errors[0]);
  }

  #noteOne(trace: Trace): void {
    const costNanos = costNanosOf(trace, this.#prices);
    this.#book.add(countedRequest(trace), requestCounts(trace, costNanos));
    const weight = this.#chooser.take(trace);
    if (weight > 0) this.#queue.add(recordRow(trace, { costNanos, weight }));
  }

  #stopWaiting(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #startTimer(delayMs: number): void {
    if (this.#ended.signal.aborted) return;
    this.#stopTimer ??= this.#options.schedule(delayMs, () => {
      this.#stopTimer = undefined;
      void this.#writeOnce();
    });
  }

  /** One write at a time. */
  #writeOnce(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#log.fault !== undefined) this.#startTimer(RETRY_MS);
      else if (this.#queue.size > 0 || this.#book.size > 0) this.#startTimer(BEHIND_MS);
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    for (;;) {
      const batch = this.#unwritten ?? (await this.#nextBatch());
      if (batch === undefined) return;
      this.#unwritten = batch;
      const fault = await this.#send(batch);
      // It was told as lost already.
      if (this.#ended.signal.aborted) return;
      this.#log.sayFault(fault, this.#dropped);
      if (fault !== undefined) return;
      this.#unwritten = undefined;
      this.#unwrittenRows = 0;
      this.#writtenAt = this.#options.now();
    }
  }

  async #nextBatch(): Promise<RecordBatch | undefined> {
    const rows = this.#queue.take(MOST_AT_ONCE, MOST_BYTES_AT_ONCE);
    const pages = this.#takeCounts();
    if (rows.length === 0 && pages.length === 0) return undefined;
    this.#unwrittenRows = rows.length;
    const batch = await this.#pack(rows, pages);
    if (batch !== undefined || rows.length === 0 || pages.length === 0) return batch;
    return this.#pack([], pages);
  }

  /** Undefined where that cannot be done. */
  async #pack(rows: readonly RecordRow[], pages: readonly RollUpPage[]): Promise<RecordBatch | undefined> {
    try {
      return await packBatch(rows, pages, this.#options.redactor);
    } catch (error: unknown) {
      this.#unwrittenRows = 0;
      this.#loseToBug(rows.length === 0 ? requestsOf(pages) : rows.length, error);
      return undefined;
    }
  }

  #takeCounts() {
    const now = this.#options.now();
    const { size } = this.#book;
    const waitMs = this.#countsDueAt - now;
    // More is left after the clock went back.
    if (size === 0 || (waitMs > 0 && waitMs <= MOST_WAIT_MS)) return [];
    this.#countsDueAt = now + (size / COUNTS_PER_SECOND) * 1_000;
    return this.#book.take();
  }

  async #send(batch: RecordBatch): Promise<string | undefined> {
    const { thread, lock } = this.#options;
    if (lock?.fault !== undefined) return lock.fault;
    const { fault, result } = await thread.ask({ kind: "records", path: this.#path, batch });
    if (fault !== undefined) return fault;
    const { usedBytes, refused } = result as WrittenRecords;
    if (refused > 0) this.#lose(refused, "the database does not take them");
    this.#retention.heard(usedBytes);
    this.#options.onWritten?.(this.#unwrittenRows - refused);
    return undefined;
  }
}
