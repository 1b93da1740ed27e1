// Finds what a command acts on: a daemon, one that is far away, or without any the data folder itself.
import { accessSync, constants, existsSync } from "node:fs";
import { daemonControl } from "../admin/control-client.ts";
import { SERVICE_FOLDER } from "../config/data-folder.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext } from "./cli-context.ts";
import type { Connection, Purpose, TargetOptions } from "./connection.ts";
import { dataFolderOf } from "./data-options.ts";
import { remoteLine } from "./remote-line.ts";
import { note } from "./say.ts";
import { answers, isForbidden, socketLine } from "./socket-line.ts";

/**
 * Connects, and says on the error stream what an operator must know about what was found.
 * @throws UserError, with `EXIT.unreachable` where a daemon is needed and none runs.
 */
export async function connect(context: CliContext, options: TargetOptions, purpose: Purpose): Promise<Connection> {
  const running = await connectToDaemon(context, options);
  if (running !== undefined) return running;
  const { path, isNamed } = dataFolderOf(context, options);
  if (isForbidden(path)) {
    const text = `Cannot see whether a daemon runs on the data folder ${path}: only its own user may use it (try sudo)`;
    throw new UserError(text, purpose === "daemon" ? EXIT.unreachable : EXIT.failed);
  }
  const isHidden = !isNamed && isForbidden(SERVICE_FOLDER);
  const hint = isHidden
    ? `; one may run as a service, whose folder ${SERVICE_FOLDER} only its own user may use (try sudo)`
    : "";
  if (!isNamed && !existsSync(path) && isOwnService()) {
    const text = `The service does not run, whose data are in ${SERVICE_FOLDER}: systemctl start openai-balance starts it, and --data-dir names the folder that is meant without it`;
    throw new UserError(text, purpose === "daemon" ? EXIT.unreachable : EXIT.failed);
  }
  if (purpose === "daemon") throw new UserError(`No daemon runs on the data folder ${path}${hint}`, EXIT.unreachable);
  if (isHidden) note(context, `No daemon of this user runs${hint}`);
  // Only a command without a daemon pays for what a daemon consists of.
  const [{ connectOffline }, { FolderInUse }] = await Promise.all([
    import("./connect-offline.ts"),
    import("../daemon/data.ts"),
  ]);
  try {
    return await connectOffline(context, options, { path, purpose });
  } catch (error: unknown) {
    // Whoever has the folder may be a daemon that was just starting: that one takes the command.
    const started = error instanceof FolderInUse ? await connectToDaemon(context, options) : undefined;
    if (started === undefined) throw error;
    return started;
  }
}

/** The daemon that is meant, far away or here; undefined where none is named and none runs. `signal` ends the wait. */
export async function connectToDaemon(
  context: CliContext,
  options: TargetOptions,
  signal?: AbortSignal,
): Promise<Connection | undefined> {
  const line = await remoteLine(context, options);
  if (line !== undefined) return { control: daemonControl(line), folder: undefined, [Symbol.asyncDispose]: nothing };
  const { path, isNamed } = dataFolderOf(context, options);
  for (const folder of isNamed ? [path] : [path, SERVICE_FOLDER]) {
    if (await runs(folder, signal))
      return { control: daemonControl(socketLine(folder)), folder, [Symbol.asyncDispose]: nothing };
  }
  return undefined;
}

/** Who runs this may act on the data of the service: root, or its user. */
function isOwnService(): boolean {
  try {
    accessSync(SERVICE_FOLDER, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function runs(folder: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return await answers(folder, signal);
  } catch (error: unknown) {
    throw new UserError(`The daemon of ${folder} does not answer`, EXIT.unreachable, { cause: error });
  }
}

async function nothing(): Promise<void> {}
