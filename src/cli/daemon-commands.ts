// `status`, `reload` and `stop`: the running daemon.
import { setTimeout as sleep } from "node:timers/promises";
import type { OutputOf } from "../admin/operation-table.ts";
import { parseDuration } from "../core/durations.ts";
import { EXIT } from "../core/exit-codes.ts";
import { errorCode } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect, connectToDaemon } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { renderFields } from "./field-list.ts";
import { jobNoteLines, webhookNoteLines } from "./note-lines.ts";
import { widthOf } from "./paint.ts";
import { printedJson } from "./print-json.ts";
import { note, say } from "./say.ts";
import { answers } from "./socket-line.ts";
import { withSpinner } from "./spinner.ts";
import { countOf, timeAgo } from "./words.ts";

const POLL_MS = 50;

export interface StatusOptions extends TargetOptions, JsonOption {
  readonly wait?: string;
}

/** `EXIT.unhealthy` when something cannot be kept on the disk. `wait` with `quiet` is content with any answer. */
export async function status(context: CliContext, options: StatusOptions): Promise<number> {
  if (options.wait !== undefined) {
    const hasCome = await waitForDaemon(context, options, options.wait);
    if (hasCome && options.quiet === true && options.json !== true) return EXIT.ok;
  }
  await using connection = await connect(context, options, "daemon");
  const found = await connection.control.call("status", {});
  const { records } = found;
  const faults = [found.folder_fault, found.save_fault, found.store_fault, records.fault].filter(
    (fault) => fault !== undefined,
  );
  const exitCode = faults.length === 0 ? EXIT.ok : EXIT.unhealthy;
  if (printedJson(context, options, found)) return exitCode;
  const now = context.now();
  const rows: readonly (readonly [string, string])[] = [
    ["version", found.version],
    ["listening", found.url],
    ["process", `${found.pid}, started ${timeAgo(found.started_at, now)}${found.draining ? ", stopping" : ""}`],
    ["config", found.config_file ?? "no file, environment and key store only"],
    ...reloadLines(found.reload, now).map((line) => ["reload", line] as const),
    ["data", [found.data_folder, ...(found.folder_fault === undefined ? [] : [found.folder_fault])].join(": ")],
    [
      "serving",
      `${countOf(found.keys, "key")} of ${countOf(found.providers, "provider")}, ${countOf(found.in_flight, "request")} in flight`,
    ],
    [
      "state",
      found.save_fault ??
        (found.saved_at === undefined ? "nothing to save yet" : `saved ${timeAgo(found.saved_at, now)}`),
    ],
    ...(found.store_fault === undefined ? [] : [["keys", found.store_fault] as const]),
    ...jobNoteLines(found, now).map((line) => ["jobs", line] as const),
    ...webhookNoteLines(found).map((line) => ["webhooks", line] as const),
    ...(found.log_dropped === 0 ? [] : [["log", `${countOf(found.log_dropped, "line")} lost`] as const]),
    ["records", recordsText(records, now)],
  ];
  context.out.write(renderFields(rows, widthOf(context)));
  return exitCode;
}

/**
 * True when a daemon answers. systemd names the process that it has started as $MAINPID (systemd.exec(5)): nobody comes
 * once that one has ended.
 * @throws UserError for what is no duration.
 */
async function waitForDaemon(context: CliContext, options: TargetOptions, wait: string): Promise<boolean> {
  const ms = parseDuration(wait);
  if (ms === undefined) throw new UserError(`Cannot wait for "${wait}": expected a duration such as 30s`);
  const end = context.now() + ms;
  const signal = context.interruption();
  const main = Number(context.env.MAINPID);
  while (context.now() < end && !signal.aborted) {
    const isOver = main > 0 && hasEnded(main);
    const found = await connectToDaemon(context, options, signal);
    await found?.[Symbol.asyncDispose]();
    if (found !== undefined) return true;
    if (isOver) return false;
    await sleep(POLL_MS);
  }
  return false;
}

/** There is no such process any more. */
function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error: unknown) {
    return errorCode(error) === "ESRCH";
  }
}

/** Nothing where what runs is what stands in the file. */
function reloadLines(reload: OutputOf<"status">["reload"], now: number): readonly string[] {
  if (reload === undefined) return [];
  const { at, ok, why, diagnostics, need_restart } = reload;
  if (!ok) return [`refused ${timeAgo(at, now)} (${why}), the configuration before stays`, ...diagnostics];
  return need_restart.length === 0 ? [] : [`${need_restart.join(", ")}: in effect from the next start on`];
}

/** `written 1s ago, 2 waiting, 5 lost`. */
function recordsText(records: OutputOf<"status">["records"], now: number): string {
  const { on, fault, written_at, pending, dropped, sampled_out, begun_anew } = records;
  if (!on) return "off: requests.enabled is false";
  const parts = [
    fault ?? (written_at === undefined ? "nothing to write since the start" : `written ${timeAgo(written_at, now)}`),
    ...(pending === 0 ? [] : [`${pending} waiting`]),
    ...(dropped === 0 ? [] : [`${dropped} lost`]),
    ...(sampled_out === 0 ? [] : [`${sampled_out} served ones only counted, above requests.max_rate`]),
    ...(begun_anew === undefined ? [] : [begun_anew]),
  ];
  return parts.join(", ");
}

/** `EXIT.usage` when the new configuration is wrong and the old one stays. */
export async function reload(context: CliContext, options: TargetOptions & JsonOption): Promise<number> {
  await using connection = await connect(context, options, "daemon");
  const result = await connection.control.call("reload", {});
  const exitCode = result.ok ? EXIT.ok : EXIT.usage;
  if (printedJson(context, options, result)) return exitCode;
  if (!result.ok) {
    note(context, "The configuration is wrong, the old one stays:", ...result.diagnostics.map((line) => `  ${line}`));
  } else {
    const title = result.changes.length === 0 ? "Reloaded, nothing has changed" : "Reloaded:";
    say(context, options, title, ...result.changes.map((line) => `  ${line}`));
  }
  return exitCode;
}

/** Waits until the daemon is gone. */
export async function stop(context: CliContext, options: TargetOptions): Promise<number> {
  await using connection = await connect(context, options, "daemon");
  const { pid, in_flight } = await connection.control.call("stop", {});
  const { folder } = connection;
  const waits = in_flight === 0 ? "" : `, after ${countOf(in_flight, "request")} in flight`;
  if (folder === undefined) {
    say(context, options, `The daemon stops${waits}`);
    return EXIT.ok;
  }
  const signal = context.interruption();
  await withSpinner(`Stopping${waits}`, context, options, async () => {
    while (await answers(folder)) {
      if (signal.aborted) throw new UserError("The daemon goes on stopping", EXIT.interrupted);
      await sleep(POLL_MS);
    }
  });
  say(context, options, `Stopped process ${pid}`);
  return EXIT.ok;
}
