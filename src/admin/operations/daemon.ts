// `status`, `reload` and `stop`: the running daemon itself.
import { z } from "zod";
import { isoTime, time } from "../iso-time.ts";
import { jobNotes, jobNotesOf } from "../job-rows.ts";
import { call } from "../operation.ts";
import { recordsStatus, recordsStatusOf } from "../records-status.ts";
import { reloadNotes, reloadNotesOf } from "../reload-rows.ts";
import { daemonOf } from "../running-daemon.ts";
import { webhookNotes, webhookNotesOf } from "../webhook-notes.ts";

export const status = call({
  name: "status",
  kind: "read",
  who: "admin",
  summary: "Says what runs, where, since when, and whether what it knows is on the disk.",
  input: z.strictObject({}),
  output: z.object({
    version: z.string().describe("Of the daemon, which need not be that of the command."),
    pid: z.int().describe("Its process id."),
    url: z.string().describe("Where it listens."),
    started_at: time.describe("Since when it runs."),
    config_file: z.string().optional().describe("Absent where environment and key store are all there is."),
    data_folder: z.string().describe("Where keys, health, request records and the log are kept."),
    in_flight: z.int().describe("Client requests that are being served."),
    draining: z.boolean().describe("It stops once what is in flight is finished."),
    providers: z.int().describe("How many providers are configured."),
    keys: z.int().describe("How many keys they have."),
    saved_at: time.optional().describe("When the state was last written."),
    save_fault: z.string().optional().describe("Why the state cannot be written: a restart would forget it."),
    folder_fault: z.string().optional().describe("Why nothing can be kept in the data folder."),
    store_fault: z.string().optional().describe("Why the key store cannot be opened."),
    log_dropped: z.int().describe("Lines of the log that could not be written."),
    records: recordsStatus.describe("How request records fare."),
    ...reloadNotes,
    ...jobNotes,
    ...webhookNotes,
  }),
  run(_input, ports) {
    const found = daemonOf(ports).status();
    const { providers } = ports.config();
    const { fault } = ports.keys;
    return {
      version: ports.version,
      pid: found.pid,
      url: found.url,
      started_at: isoTime(found.startedAt),
      ...(found.configFile !== undefined && { config_file: found.configFile }),
      data_folder: found.folder,
      in_flight: found.inFlight,
      draining: found.isDraining,
      providers: providers.length,
      keys: providers.reduce((sum, { keys }) => sum + keys.length, 0),
      ...(found.savedAt !== undefined && { saved_at: isoTime(found.savedAt) }),
      ...(found.saveFault !== undefined && { save_fault: found.saveFault }),
      ...(found.folderFault !== undefined && { folder_fault: found.folderFault }),
      ...(fault !== undefined && { store_fault: fault }),
      log_dropped: found.logDropped,
      records: recordsStatusOf(ports.records),
      ...reloadNotesOf(found),
      ...jobNotesOf(ports),
      ...webhookNotesOf(ports),
    };
  },
});

export const reload = call({
  name: "reload",
  kind: "change",
  who: "admin",
  summary: "Reads the configuration anew; when it is wrong the old one stays.",
  input: z.strictObject({}),
  output: z.object({
    ok: z.boolean().describe("False where the configuration is wrong and the old one stays."),
    changes: z.array(z.string()).describe("What is different now, without values."),
    diagnostics: z.array(z.string()).describe("Why the old configuration stays."),
  }),
  async run(_input, ports) {
    const { ok, changes, diagnostics } = await daemonOf(ports).reload();
    return { ok, changes: [...changes], diagnostics: [...diagnostics] };
  },
});

export const stop = call({
  name: "stop",
  kind: "change",
  who: "admin",
  summary: "Stops the daemon after what is in flight is finished, within `server.drain_timeout`.",
  input: z.strictObject({}),
  output: z.object({
    pid: z.int().describe("The process that stops."),
    in_flight: z.int().describe("Client requests that it finishes first."),
  }),
  run(_input, ports) {
    const daemon = daemonOf(ports);
    const { pid, inFlight } = daemon.status();
    daemon.stop();
    return { pid, in_flight: inFlight };
  },
});
