// `logs.list`, `logs.get`, `logs.follow`, `logs.export`, `logs.count` and `logs.delete`: the records of requests.
import { z } from "zod";
import { EXIT } from "../../core/exit-codes.ts";
import { mapInSlices } from "../../core/slices.ts";
import { UserError } from "../../core/user-error.ts";
import type { RequestDetail } from "../../records/record.ts";
import { isoTime, time } from "../iso-time.ts";
import { call, stream } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";
import { RECORD_FILES } from "../record-files.ts";
import { recordDetail, recordRow, toRecordDetail, toRecordRow } from "../record-rows.ts";
import { filterOf, type RecordSelection, recordSelection, refuseUnknownNames } from "../record-selection.ts";
import { recordingFault, recordingNotes, recordingNotesOf } from "../records-status.ts";

const MOST_RECORDS = 10_000;
const MOST_IDS = 10_000;

export const logsList = call({
  name: "logs.list",
  kind: "read",
  who: "admin",
  summary: "Lists request records that match, page by page.",
  input: z.strictObject({
    ...recordSelection,
    sort: z.enum(["time", "duration", "tokens", "cost"]).default("time").describe("By what they are sorted."),
    order: z.enum(["desc", "asc"]).default("desc").describe("`desc`: the latest, longest, most first."),
    limit: z.int().min(1).max(MOST_RECORDS).default(100).describe("How many at most."),
    after: z.int().min(0).optional().describe("The `seq` of a record: only what was recorded behind it."),
    cursor: z.string().min(1).optional().describe("The `next` or `previous` of another page: goes on from it."),
  }),
  output: z.object({
    records: z.array(recordRow).describe("In the order that was asked for."),
    next: z.string().optional().describe("The `cursor` of the next page; absent at the end."),
    newest: z
      .int()
      .optional()
      .describe(
        "The `seq` of the newest record before that, whether it matches or not: as `after` it asks for what came since.",
      ),
    previous: z.string().optional().describe("The `cursor` of the page before; absent where the list begins."),
    ...recordingNotes,
  }),
  async run({ sort, order, limit, after, cursor, ...given }, ports, signal) {
    const filter = await filterOf(given, ports);
    const question = {
      ...filter,
      ...{ sort, order, limit },
      ...(after !== undefined && { afterSeq: after }),
      ...(cursor !== undefined && { cursor }),
    };
    const newest = await ports.records.newest(signal);
    const { records, next, previous } = await ports.records.list(question, signal);
    if (records.length === 0 && cursor === undefined && after === undefined) await refuseUnknownNames(filter, ports);
    return {
      records: await mapInSlices(records, toRecordRow),
      ...(newest > 0 && { newest }),
      ...(next !== undefined && { next }),
      ...(previous !== undefined && { previous }),
      ...recordingNotesOf(ports),
    };
  },
});

export const logsGet = call({
  name: "logs.get",
  kind: "read",
  who: "admin",
  summary:
    "Tells all that is kept of one request: every attempt, what the provider answered, the body where that is recorded.",
  input: z.strictObject({
    id: z.string().min(1).optional().describe("The id of the request."),
    key: z
      .string()
      .min(1)
      .optional()
      .describe("In place of `id`: the request in which this key failed last, by its name or id."),
    at: time.optional().describe("With `key`: at this time or before; now by default."),
  }),
  output: z.object({ record: recordDetail.describe("The request.") }),
  async run(given, ports, signal) {
    return { record: toRecordDetail(await found(given, ports, signal)) };
  },
});

export const logsFollow = stream({
  name: "logs.follow",
  kind: "read",
  who: "admin",
  summary: "Answers with request records as they are written, until the caller leaves.",
  input: z.strictObject({
    ...recordSelection,
    after: z
      .int()
      .min(0)
      .optional()
      .describe("The `seq` of a record: what came behind it first; only what comes from now on by default."),
  }),
  output: recordRow,
  async *run({ after, ...given }, ports, signal) {
    const filter = await filterOf(given, ports);
    for await (const record of ports.records.follow(filter, after, signal)) yield toRecordRow(record);
  },
});

export const logsExport = stream({
  name: "logs.export",
  kind: "read",
  who: "admin",
  summary: "Gives out all request records that match, oldest first, each with all that is kept of it.",
  input: z.strictObject(recordSelection),
  output: recordDetail,
  download: { name: "openai-balance-requests", forms: RECORD_FILES },
  async *run(given, ports, signal) {
    const filter = await filterOf(given, ports);
    let isEmpty = true;
    for await (const record of ports.records.export(filter, signal)) {
      isEmpty = false;
      yield toRecordDetail(record);
    }
    if (isEmpty && !signal.aborted) await refuseUnknownNames(filter, ports);
  },
});

export const logsCount = call({
  name: "logs.count",
  kind: "read",
  who: "admin",
  summary: "Counts request records that match, as before they are deleted; requests as such are counted by `stats`.",
  input: z.strictObject(recordSelection),
  output: z.object({
    count: z.int().describe("How many match."),
    more: z.boolean().describe("There may be more: counting took too long."),
  }),
  async run(given, ports, signal) {
    const filter = await filterOf(given, ports);
    const { count, isAll } = await ports.records.count(filter, signal);
    if (count === 0 && isAll) await refuseUnknownNames(filter, ports);
    return { count, more: !isAll };
  },
});

export const logsDelete = call({
  name: "logs.delete",
  kind: "change",
  who: "admin",
  summary: "Deletes request records for good, by their ids or by a filter; what `stats` counts of them stays.",
  input: z.strictObject({
    ids: z.array(z.string().min(1)).min(1).max(MOST_IDS).optional().describe("The ids of requests."),
    ...recordSelection,
    all: z.boolean().default(false).describe("Every record there is: must be said where nothing else is."),
  }),
  output: z.object({ deleted: z.int().describe("How many are gone.") }),
  async run({ ids, all, ...given }, ports, signal) {
    const filter = await filterOf(given, ports);
    checkWhich({ ids, all, isFiltered: Object.keys(filter).length > 0 });
    const deleted = await ports.records.remove(ids === undefined ? { filter } : { ids }, signal);
    if (deleted === 0) await refuseUnknownNames(filter, ports);
    return { deleted };
  },
});

interface Which {
  readonly ids: readonly string[] | undefined;
  readonly all: boolean;
  readonly isFiltered: boolean;
}

/** @throws UserError unless exactly one thing says which records are meant. */
function checkWhich({ ids, all, isFiltered }: Which): void {
  const ways = [ids !== undefined, all, isFiltered].filter((isGiven) => isGiven).length;
  if (ways === 0)
    throw new UserError("Which records? Name them by `ids` or by a filter; `all` deletes every one of them");
  if (ways > 1) throw new UserError("Which records? Give only one of `ids`, a filter and `all`");
}

interface Wanted extends Pick<RecordSelection, "id" | "key"> {
  readonly at?: string | undefined;
}

async function found({ id, key, at }: Wanted, ports: ControlPorts, signal: AbortSignal): Promise<RequestDetail> {
  if ((id === undefined) === (key === undefined) || (id !== undefined && at !== undefined))
    throw new UserError("Which request? Give its `id`, or a `key` and the time `at` which it failed");
  if (id !== undefined) {
    const detail = await ports.records.detail({ id }, signal);
    if (detail !== undefined) return detail;
    throw new UserError(`There is no record of that request${whyNone(ports)}`, EXIT.failed);
  }
  const before = at === undefined ? ports.now() : Date.parse(at);
  const filter = await filterOf({ key }, ports);
  const detail = await ports.records.detail({ key: filter.key ?? "", at: before }, signal);
  if (detail !== undefined) return detail;
  await refuseUnknownNames(filter, ports);
  throw new UserError(`No record tells of a failure of this key until ${isoTime(before)}`, EXIT.failed);
}

/** What an operator may not think of. */
function whyNone(ports: ControlPorts): string {
  const { isOn, sampledOut } = ports.records.status();
  const fault = recordingFault(ports);
  if (!isOn) return ": requests are not recorded, since `requests.enabled` is false";
  if (fault !== undefined) return `: none can be written at present (${fault})`;
  const age = ": it may be older than `requests.retention`, or a second young";
  return sampledOut > 0 ? `${age}, or one of the successes above \`requests.max_rate\`` : age;
}
