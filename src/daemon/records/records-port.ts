// What the operations on request records act on: the thread that reads them, and whoever writes them.
import { join } from "node:path";
import type { DetailQuestion, RecordsPort, RemoveQuestion } from "../../admin/records-port.ts";
import { pause } from "../../proxy/waiting/pause.ts";
import type { RequestRecord } from "../../records/record.ts";
import type { RecordFilter } from "../../records/record-filter.ts";
import { MOST_AHEAD_MS, rangeAfter, rangeOfTimes, SEQS_OF_MS } from "../../records/seq-range.ts";
import { FOLDER_FILES } from "../../storage/open-folder.ts";
import type { Instance } from "../instance.ts";
import { countRecords, exportRecords, listRecords, recordsAfter } from "./read-records.ts";
import { readAttention, readUsage } from "./read-usage.ts";
import { removeRecords } from "./remove-records.ts";

/** How long what was written waits for who follows. */
const POLL_MS = 500;
/** Looks in a row that may fail: 10 s, and more where each waits for a lock. */
const MOST_FAULTS = 20;

export function recordsPort(instance: Instance): RecordsPort {
  const { reader, timing } = instance;
  return {
    status: () => instance.observers.records.status(),
    list: (question, signal) => listRecords(reader, question, signal),
    newest: (signal) => newestPlace(instance, signal),
    count: (filter, signal) => countRecords(reader, filter, { signal, now: () => performance.now() }),
    detail: (which, signal) => reader.ask("detail", which satisfies DetailQuestion, signal),
    follow: (filter, after, signal) => follow(instance, { filter, after }, signal),
    export: (filter, signal) => exportRecords(reader, filter, signal),
    remove: (which, signal) => remove(instance, which, signal),
    usage: (question, signal) => readUsage(question, { reader, signal, now: timing.now() }),
    values: async (question, signal) => (await reader.ask("values", question, signal)) ?? [],
    attention: (question, signal) => readAttention(question, { reader, signal, now: timing.now() }),
  };
}

async function remove(instance: Instance, which: RemoveQuestion, signal: AbortSignal): Promise<number> {
  const { observers, reader, options } = instance;
  // What has ended is meant too, also where it is not written yet.
  await observers.catchUp();
  await observers.records.settle();
  const newest = async () => (await reader.ask("newest", undefined, signal)) ?? 0;
  const path = join(options.data.folder.path, FOLDER_FILES.database);
  const removed = await removeRecords(
    which,
    { path, thread: observers.database, lock: options.data.lock, newest },
    signal,
  );
  if (removed > 0) observers.live.noteChanged("records");
  return removed;
}

/** What was written while the clock was ahead comes after all that is written now. */
function mostPlace(now: number): number {
  return (now + MOST_AHEAD_MS) * SEQS_OF_MS;
}

async function newestPlace({ reader, timing }: Instance, signal: AbortSignal): Promise<number> {
  return (await reader.ask("newest", mostPlace(timing.now()), signal)) ?? 0;
}

/** A file that is damaged is begun anew meanwhile, and whoever has it locked lets go of it. */
async function* follow(
  instance: Instance,
  wanted: { readonly filter: RecordFilter; readonly after: number | undefined },
  signal: AbortSignal,
): AsyncGenerator<RequestRecord> {
  const { schedule } = instance.timing;
  const follower = new Follower(instance, wanted);
  // What cannot be read at all is said at once.
  let faultsLeft = 0;
  while (!signal.aborted) {
    try {
      yield* follower.look(signal);
      faultsLeft = MOST_FAULTS;
    } catch (error: unknown) {
      // Whoever left is not told of it.
      if (signal.aborted) return;
      if (faultsLeft === 0) throw error;
      faultsLeft -= 1;
    }
    await pause(POLL_MS, signal, schedule);
  }
}

class Follower {
  readonly #instance: Instance;
  readonly #filter: RecordFilter;
  /** The last place that was looked at. */
  #seen: number | undefined;

  constructor(
    instance: Instance,
    { filter, after }: { readonly filter: RecordFilter; readonly after: number | undefined },
  ) {
    this.#instance = instance;
    this.#filter = filter;
    this.#seen = after;
  }

  async *look(signal: AbortSignal): AsyncGenerator<RequestRecord> {
    const { reader, timing } = this.#instance;
    const most = mostPlace(timing.now());
    const newest = await newestPlace(this.#instance, signal);
    // It is less where records were deleted, another file was begun, or the clock went back.
    this.#seen = Math.min(this.#seen ?? newest, newest);
    const all = rangeOfTimes(this.#filter);
    const range = { ...rangeAfter(all, this.#seen, false), high: Math.min(all.high, most) };
    for await (const record of recordsAfter(reader, { filter: this.#filter, range }, signal)) {
      yield record;
      this.#seen = record.seq;
    }
    // With a filter that hardly anything matches, no look begins at the same place again.
    this.#seen = Math.max(this.#seen, newest);
  }
}
