// Reaches the daemon of a data folder over its control socket.
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { daemonControl, type Line } from "../admin/control-client.ts";
import { errorCode } from "../core/io-fault.ts";
import { FOLDER_FILES } from "../storage/open-folder.ts";

/** A daemon that does not answer for so long hangs. */
const PATIENCE_MS = 5_000;

/** The way to the daemon of a folder, whether it runs or not. */
export function socketLine(folder: string): Line {
  const unix = join(folder, FOLDER_FILES.socket);
  return {
    kind: "daemon",
    name: `the daemon of ${folder}`,
    send: (path, init) => fetch(`http://localhost${path}`, { ...init, unix, timeout: false } as RequestInit),
  };
}

/**
 * True if a daemon answers; a socket that a dead one left behind does not. `signal`: ends the wait sooner.
 * @throws when one is there and hangs.
 */
export async function answers(folder: string, signal?: AbortSignal): Promise<boolean> {
  if (!existsSync(join(folder, FOLDER_FILES.socket))) return false;
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const end = signal === undefined ? patience : AbortSignal.any([patience, signal]);
  try {
    await socketLine(folder).send("/", { signal: end });
    return true;
  } catch (error: unknown) {
    if (end.aborted) throw error;
    return false;
  }
}

/** True for a folder that this user may not look into, or whose daemon this user may not call. */
export function isForbidden(folder: string): boolean {
  try {
    accessSync(join(folder, FOLDER_FILES.socket), constants.W_OK);
    return false;
  } catch (error: unknown) {
    return errorCode(error) === "EACCES";
  }
}

/** Who runs on a folder, for messages; undefined if nobody says so. */
export async function whoRunsIn(folder: string): Promise<string | undefined> {
  try {
    if (!(await answers(folder))) return undefined;
    const { pid, url } = await daemonControl(socketLine(folder)).call("status", {}, AbortSignal.timeout(PATIENCE_MS));
    return `the daemon with process id ${pid}, which listens on ${url}`;
  } catch {
    return undefined;
  }
}
