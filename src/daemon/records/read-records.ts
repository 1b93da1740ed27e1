// Lists of request records, asked of the reading thread step by step: between two of them everybody can leave.
import type { RecordCount, RecordPage } from "../../admin/records-port.ts";
import type { RequestDetail, RequestRecord } from "../../records/record.ts";
import { readCursor, writeCursor } from "../../records/record-cursor.ts";
import type { RecordFilter, RecordQuestion, RecordSort } from "../../records/record-filter.ts";
import { mergeStandings, type Standing, type ValueSort } from "../../records/record-order.ts";
import { rangeAfter, rangeOfTimes, type SeqRange } from "../../records/seq-range.ts";
import type { ReaderThread } from "../../storage/records/reader-thread.ts";

export type Reader = Pick<ReaderThread, "ask">;

/** Records that come over in one piece: to take more of them at once would hold up requests. */
const MOST_AT_ONCE = 200;

/** One page. To go back the same is asked in the opposite order, from the begin of the page that is left. */
export async function listRecords(reader: Reader, question: RecordQuestion, signal: AbortSignal): Promise<RecordPage> {
  const { sort, order, cursor } = question;
  const after = cursor === undefined ? undefined : readCursor(question, cursor);
  const cursorAt = (place: Standing | undefined, isBack: boolean) =>
    place && writeCursor(question, { value: place.value, seq: place.seq, isBack });
  const isBack = after?.isBack === true;
  const asked = { ...question, order: isBack ? OPPOSITE[order] : order, after };
  const found = await (sort === "time"
    ? byTime(reader, { ...asked, sort }, signal)
    : byValue(reader, { ...asked, sort }, signal));
  const { records, first, last, hasMore } = found;
  if (!isBack) {
    const previous = after === undefined ? undefined : cursorAt(first, true);
    return { records, next: hasMore ? cursorAt(last, false) : undefined, previous };
  }
  const previous = hasMore ? cursorAt(last, true) : undefined;
  return { records: records.toReversed(), next: cursorAt(first, false), previous };
}

const OPPOSITE = { asc: "desc", desc: "asc" } as const;

/** In the order that was asked for; `first` and `last`: where they stand. */
interface Found {
  readonly records: readonly RequestRecord[];
  readonly first: Standing | undefined;
  readonly last: Standing | undefined;
  readonly hasMore: boolean;
}

/** A person waits for the number before a question is asked. */
const PATIENCE_MS = 2_000;

/** How many match; `now`: milliseconds that only grow. */
export async function countRecords(
  reader: Reader,
  filter: RecordFilter,
  { signal, now }: { readonly signal: AbortSignal; readonly now: () => number },
): Promise<RecordCount> {
  const began = now();
  let range = rangeOfTimes(filter);
  let all = 0;
  for (let step = 0; ; step++) {
    const question = { filter, range, isDescending: true, limit: MOST_AT_ONCE, step };
    const { count, edge } = (await reader.ask("count", question, signal)) ?? { count: 0, edge: undefined };
    all += count;
    if (edge === undefined) return { count: all, isAll: true };
    if (now() - began > PATIENCE_MS) return { count: all, isAll: false };
    range = rangeAfter(range, edge, true);
  }
}

/** What matches in a range, oldest first, some at a time. */
export async function* exportRecords(
  reader: Reader,
  filter: RecordFilter,
  signal: AbortSignal,
): AsyncGenerator<RequestDetail> {
  let range = rangeOfTimes(filter);
  for (let step = 0; ; step++) {
    const question = { filter, range, isDescending: false, limit: MOST_AT_ONCE, step };
    const { details, edge } = (await reader.ask("details", question, signal)) ?? NO_DETAILS;
    yield* details;
    if (edge === undefined) return;
    range = rangeAfter(range, edge, false);
  }
}

/** What has come after `seq`, in its order; the last place that was looked at comes with it. */
export async function* recordsAfter(
  reader: Reader,
  { filter, range }: { readonly filter: RecordFilter; readonly range: SeqRange },
  signal: AbortSignal,
): AsyncGenerator<RequestRecord> {
  let left = range;
  for (let step = 0; ; step++) {
    const question = { filter, range: left, isDescending: false, limit: MOST_AT_ONCE, step };
    const { records, edge } = (await reader.ask("page", question, signal)) ?? NO_RECORDS;
    yield* records;
    if (edge === undefined) return;
    left = rangeAfter(left, edge, false);
  }
}

interface Wanted<Sort extends RecordSort> extends RecordQuestion {
  readonly sort: Sort;
  readonly after: Standing | undefined;
}

async function byTime(reader: Reader, wanted: Wanted<"time">, signal: AbortSignal): Promise<Found> {
  const { order, limit, after } = wanted;
  const filter = filterOf(wanted);
  const isDescending = order === "desc";
  const all = rangeOfTimes(filter);
  let range = after === undefined ? all : rangeAfter(all, after.seq, isDescending);
  const found: RequestRecord[] = [];
  // One more says whether there is a next page.
  for (let step = 0; found.length <= limit; step++) {
    const most = Math.min(MOST_AT_ONCE, limit + 1 - found.length);
    const question = { filter, range, isDescending, limit: most, step };
    const { records, edge } = (await reader.ask("page", question, signal)) ?? NO_RECORDS;
    found.push(...records);
    if (edge === undefined) break;
    range = rangeAfter(range, edge, isDescending);
  }
  const records = found.slice(0, limit);
  const placeOf = (record: RequestRecord | undefined) => record && { value: 0, seq: record.seq };
  return { records, first: placeOf(records[0]), last: placeOf(records.at(-1)), hasMore: found.length > limit };
}

async function byValue(reader: Reader, wanted: Wanted<ValueSort>, signal: AbortSignal): Promise<Found> {
  const { limit } = wanted;
  const found = await standingsOf(reader, { ...wanted, limit: limit + 1 }, signal);
  const first = found.slice(0, limit);
  const records: RequestRecord[] = [];
  for (let at = 0; at < first.length; at += MOST_AT_ONCE) {
    const seqs = first.slice(at, at + MOST_AT_ONCE).map(({ seq }) => seq);
    records.push(...((await reader.ask("records", seqs, signal)) ?? []));
  }
  return { records, first: first[0], last: first.at(-1), hasMore: found.length > limit };
}

/** Everything that matches has to be looked at: no index is in the order of these values. */
async function standingsOf(
  reader: Reader,
  wanted: Wanted<ValueSort>,
  signal: AbortSignal,
): Promise<readonly Standing[]> {
  const { sort, order, limit, after } = wanted;
  const filter = filterOf(wanted);
  let range = rangeOfTimes(filter);
  let first: readonly Standing[] = [];
  for (let step = 0; ; step++) {
    const before = first.length < limit ? undefined : first.at(-1);
    const question = { filter, range, isDescending: true, limit, step, sort, order, after, before };
    const { standings, edge } = (await reader.ask("standings", question, signal)) ?? NO_STANDINGS;
    first = mergeStandings(first, standings, { isDescending: order === "desc", limit });
    if (edge === undefined) return first;
    range = rangeAfter(range, edge, true);
  }
}

/** The question without what is none of its filter. */
function filterOf(question: RecordQuestion & { readonly after?: unknown }): RecordFilter {
  const { sort: _sort, order: _order, limit: _limit, cursor: _cursor, after: _after, ...filter } = question;
  return filter;
}

const NO_STANDINGS = { standings: [], edge: undefined };
const NO_RECORDS = { records: [], edge: undefined };
const NO_DETAILS = { details: [], edge: undefined };
