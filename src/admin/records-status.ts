// What an operator must know of the recording of requests.
import { z } from "zod";
import { isoTime, time } from "./iso-time.ts";
import type { ControlPorts } from "./ports.ts";
import type { RecordsPort } from "./records-port.ts";

export const recordsStatus = z.object({
  on: z.boolean().describe("Requests are recorded: `requests.enabled`."),
  fault: z.string().optional().describe("Why none can be written at present."),
  dropped: z.int().describe("Records that were lost since the start, as they could not be written."),
  sampled_out: z
    .int()
    .describe("Successes since the start that were only counted, not recorded: above `requests.max_rate`."),
  pending: z.int().describe("Records that wait to be written."),
  begun_anew: z
    .string()
    .optional()
    .describe(
      "What happened to the file, where it was damaged or gone since the start, so that another one was begun.",
    ),
  written_at: time.optional().describe("When some were written last."),
});

export type RecordsStatusRow = z.output<typeof recordsStatus>;

export function recordsStatusOf(records: Pick<RecordsPort, "status">): RecordsStatusRow {
  const { isOn, fault, dropped, sampledOut, pending, writtenAt, begunAnew } = records.status();
  return {
    on: isOn,
    ...(fault !== undefined && { fault }),
    dropped,
    sampled_out: sampledOut,
    pending,
    ...(begunAnew !== undefined && { begun_anew: begunAnew }),
    ...(writtenAt !== undefined && { written_at: isoTime(writtenAt) }),
  };
}

/** Why no record can be written at present; undefined where nobody would write one, as no daemon runs. */
export function recordingFault({ daemon, records }: Pick<ControlPorts, "daemon" | "records">): string | undefined {
  return daemon === undefined ? undefined : records.status().fault;
}

/** Beside what records and counts tell: nothing may be missing because none was written. */
export const recordingNotes = {
  recording: z.boolean().describe("Requests are recorded at present: `requests.enabled`."),
  fault: z.string().optional().describe("Why none can be written at present."),
};

/** What `recordingNotes` describes. */
export function recordingNotesOf(ports: Pick<ControlPorts, "daemon" | "records">) {
  const fault = recordingFault(ports);
  return { recording: ports.records.status().isOn, ...(fault !== undefined && { fault }) };
}
