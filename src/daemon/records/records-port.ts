// What the operations on request records act on: the thread that reads them, and whoever writes them.
import { join } from "node:path";
import type { DetailQuestion, RecordsPort, RemoveQuestion } from "../../admin/records-port.ts";
import { pause } from "../../proxy/waiting/pause.ts";
import type { RequestRecord } from "../../records/record.ts";
import type { RecordFilter } from "../../records/record-filter.ts";
import { MOST_AHEAD_MS, rangeAfter, rangeOfTimes, SEQS_OF_MS } from "../../records/seq-range.ts";
import { FOLDER_FILES } from "../../storage/open-folder.ts";
import type { Instance } from "../instance.ts";
import { exportRecords, listRecords, recordsAfter } from "./read-records.ts";
import { readAttention, readUsage } from "./read-usage.ts";
import { removeRecords } from "./remove-records.ts";

/** How long what was written waits for who follows. */
const POLL_MS = 500;

export function recordsPort(instance: Instance): RecordsPort {
  const { reader, timing } = instance;
  return {
    status: () => instance.observers.records.status(),
    list: (question, signal) => listRecords(reader, question, signal),
    detail: (which, signal) => reader.ask("detail", which satisfies DetailQuestion, signal),
    follow: (filter, after, signal) => follow(instance, { filter, after }, signal),
    export: (filter, signal) => exportRecords(reader, filter, signal),
    remove: (which, signal) => remove(instance, which, signal),
    usage: (question, signal) => readUsage(question, { reader, signal, now: timing.now() }),
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
  return removeRecords(which, { path, thread: observers.database, lock: options.data.lock, newest }, signal);
}

async function* follow(
  { reader, timing }: Instance,
  { filter, after }: { readonly filter: RecordFilter; readonly after: number | undefined },
  signal: AbortSignal,
): AsyncGenerator<RequestRecord> {
  const all = rangeOfTimes(filter);
  // What was written while the clock was ahead comes after all that is written now.
  const most = () => (timing.now() + MOST_AHEAD_MS) * SEQS_OF_MS;
  const newestOf = async () => (await reader.ask("newest", most(), signal)) ?? 0;
  try {
    let seen = after === undefined || after >= most() ? await newestOf() : after;
    while (!signal.aborted) {
      const newest = await newestOf();
      const range = { ...rangeAfter(all, seen, false), high: Math.min(all.high, most()) };
      for await (const record of recordsAfter(reader, { filter, range }, signal)) {
        yield record;
        seen = record.seq;
      }
      // With a filter that hardly anything matches, no look begins at the same place again.
      seen = Math.max(seen, newest);
      await pause(POLL_MS, signal, timing.schedule);
    }
  } catch (error: unknown) {
    // Whoever left is not told of it.
    if (!signal.aborted) throw error;
  }
}
