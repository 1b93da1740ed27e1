// Finds what a command acts on: a daemon, one that is far away, or without any the data folder itself.
import { type Control, daemonControl } from "../admin/control-client.ts";
import { SERVICE_FOLDER } from "../config/data-folder.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext } from "./cli-context.ts";
import { dataFolderOf } from "./data-options.ts";
import { printDiagnostics } from "./diagnostic-output.ts";
import { type ConfigOptions, environment, readConfig } from "./read-config.ts";
import { type RemoteOptions, remoteLine } from "./remote-line.ts";
import { answers, isForbidden, socketLine, whoRunsIn } from "./socket-line.ts";

export interface TargetOptions extends ConfigOptions, RemoteOptions {}

/** What a command needs: `daemon`: one that runs. `write`: to change what is on the disk. */
export type Purpose = "read" | "write" | "daemon";

/** `close` gives back what was opened. */
export interface Connection extends AsyncDisposable {
  readonly control: Control;
  /** The data folder, where it is on this machine. */
  readonly folder: string | undefined;
}

/**
 * Connects, and says on the error stream what an operator must know about what was found.
 * @throws UserError, with `EXIT.unreachable` where a daemon is needed and none runs.
 */
export async function connect(context: CliContext, options: TargetOptions, purpose: Purpose): Promise<Connection> {
  const line = remoteLine(context, options);
  if (line !== undefined) return { control: daemonControl(line), folder: undefined, [Symbol.asyncDispose]: nothing };
  const { path, isNamed } = dataFolderOf(context, options);
  for (const folder of isNamed ? [path] : [path, SERVICE_FOLDER]) {
    if (await runs(folder))
      return { control: daemonControl(socketLine(folder)), folder, [Symbol.asyncDispose]: nothing };
  }
  const isHidden = !isNamed && isForbidden(SERVICE_FOLDER);
  const hint = isHidden
    ? `; one may run as a service, whose folder ${SERVICE_FOLDER} only its own user may use (try sudo)`
    : "";
  if (purpose === "daemon") throw new UserError(`No daemon runs on the data folder ${path}${hint}`, EXIT.unreachable);
  if (isHidden) context.err.write(`No daemon of this user runs${hint}\n`);
  return offline(context, options, { path, purpose });
}

async function runs(folder: string): Promise<boolean> {
  try {
    return await answers(folder);
  } catch (error: unknown) {
    throw new UserError(`The daemon of ${folder} does not answer`, EXIT.unreachable, { cause: error });
  }
}

interface OfflineTarget {
  readonly path: string;
  readonly purpose: "read" | "write";
}

async function offline(
  context: CliContext,
  options: TargetOptions,
  { path, purpose }: OfflineTarget,
): Promise<Connection> {
  const [data, core, logging] = await Promise.all([
    import("../daemon/data.ts"),
    import("../daemon/open-offline.ts"),
    import("./silent-log.ts"),
  ]);
  const { env, cwd } = { env: environment(context, options), cwd: context.cwd };
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const opened =
    purpose === "write"
      ? await data.openData({ path, env, cwd, now: Date.now, sleep, whoHas: () => whoRunsIn(path) })
      : data.readData({ path, env, cwd, now: Date.now });
  const first = readConfig(context, options, { stored: data.storedKeysOf(opened.keyStore) });
  if (!first.ok) {
    printDiagnostics(first, context, options);
    throw new UserError("Until that is mended, keys cannot be looked at or changed", EXIT.usage);
  }
  const { logger, redactor } = logging.silentLog();
  const instance = core.openOffline({
    data: opened,
    first: first as LoadedConfig,
    load: (stored, replaced) => readConfig(context, options, { stored, replaced }),
    logger,
    redactor,
    version: "",
    demo: false,
    now: Date.now,
    random: Math.random,
  });
  for (const note of instance.notes) context.err.write(`${note}\n`);
  return { control: instance.control, folder: path, [Symbol.asyncDispose]: () => instance.close() };
}

async function nothing(): Promise<void> {}
