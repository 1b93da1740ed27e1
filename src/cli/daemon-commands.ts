// `status`, `reload` and `stop`: the running daemon.
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect, type TargetOptions } from "./connect.ts";
import { printedJson } from "./print-json.ts";
import { answers } from "./socket-line.ts";
import { withSpinner } from "./spinner.ts";
import { countOf, timeAgo } from "./words.ts";

const POLL_MS = 50;

/** `EXIT.unhealthy` when something cannot be kept on the disk. */
export async function status(context: CliContext, options: TargetOptions & JsonOption): Promise<number> {
  await using connection = await connect(context, options, "daemon");
  const found = await connection.control.call("status", {});
  const faults = [found.folder_fault, found.save_fault, found.store_fault].filter((fault) => fault !== undefined);
  const exitCode = faults.length === 0 ? EXIT.ok : EXIT.unhealthy;
  if (printedJson(context, options, found)) return exitCode;
  const now = context.now();
  const rows: readonly (readonly [string, string])[] = [
    ["version", found.version],
    ["listening", found.url],
    ["process", `${found.pid}, started ${timeAgo(found.started_at, now)}${found.draining ? ", stopping" : ""}`],
    ["config", found.config_file ?? "no file, environment and key store only"],
    ["data", found.data_folder],
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
    ...(found.log_dropped === 0 ? [] : [["log", `${countOf(found.log_dropped, "record")} lost`] as const]),
  ];
  context.out.write(rows.map(([name, text]) => `${name.padEnd(10)}${text}\n`).join(""));
  return exitCode;
}

/** `EXIT.usage` when the new configuration is wrong and the old one stays. */
export async function reload(context: CliContext, options: TargetOptions & JsonOption): Promise<number> {
  await using connection = await connect(context, options, "daemon");
  const result = await connection.control.call("reload", {});
  const exitCode = result.ok ? EXIT.ok : EXIT.usage;
  if (printedJson(context, options, result)) return exitCode;
  if (!result.ok) {
    context.err.write(
      ["The configuration is wrong, the old one stays:", ...result.diagnostics].join("\n  ").concat("\n"),
    );
  } else if (!options.quiet) {
    const lines = result.changes.length === 0 ? ["Reloaded, nothing has changed"] : ["Reloaded:", ...result.changes];
    context.out.write(`${lines.join("\n  ")}\n`);
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
    if (!options.quiet) context.out.write(`The daemon stops${waits}\n`);
    return EXIT.ok;
  }
  const signal = context.interruption();
  await withSpinner(`Stopping${waits}`, context, options, async () => {
    while (await answers(folder)) {
      if (signal.aborted) throw new UserError("The daemon goes on stopping", EXIT.interrupted);
      await sleep(POLL_MS);
    }
  });
  if (!options.quiet) context.out.write(`Stopped process ${pid}\n`);
  return EXIT.ok;
}
