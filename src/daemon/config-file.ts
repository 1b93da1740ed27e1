// Reads and writes the config file: one change at a time, in one step, the version before kept beside it.
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { replaceFile } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { type FileOwner, setRights } from "../core/file-rights.ts";
import { previousOf } from "../core/generations.ts";
import { ioFault } from "../core/io-fault.ts";
import { Turns } from "../core/turns.ts";
import { UserError } from "../core/user-error.ts";

/** What is said where there is none. */
export const NO_CONFIG_FILE =
  "There is no config file to change: openai-balance init writes one. Until then the environment and the key store configure everything";

/** Two changes at once must not undo each other. */
export const CONFIG_TURNS = new Turns();

/** What a link leads to is changed, not the link. @throws UserError. */
export function realPath(named: string): string {
  try {
    return realpathSync(named);
  } catch (error: unknown) {
    throw unreadable(named, error);
  }
}

/** `named`: what messages call it. @throws UserError. */
export function readConfigFile(file: string, named: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error: unknown) {
    throw unreadable(named, error);
  }
}

/** The version before; undefined where there is none that can be read. */
export function readPrevious(file: string): Buffer | undefined {
  try {
    return existsSync(previousOf(file)) ? readFileSync(previousOf(file)) : undefined;
  } catch {
    return undefined;
  }
}

/** Why the file cannot be written, in words; undefined if nothing speaks against it. */
export function whyReadOnly(file: string): string | undefined {
  try {
    checkWritable(file);
    // Another file takes its place.
    accessSync(dirname(file), constants.W_OK);
    return undefined;
  } catch (error: unknown) {
    return ioFault(error);
  }
}

/** @throws UserError; the file is as before then. */
export async function writeConfigFile(file: string, named: string, text: string): Promise<void> {
  try {
    const { mode, uid, gid } = checkWritable(file);
    await replaceFile(file, text, { previous: previousOf(file), mode: mode & 0o777 });
    // Done by now: where root may not give it back, as on some network file systems, it stays root's.
    if (process.geteuid?.() === 0) giveBack(file, { uid, gid });
  } catch (error: unknown) {
    throw new UserError(`Cannot write ${named}: ${ioFault(error)}; nothing was changed`, EXIT.failed, { cause: error });
  }
}

function giveBack(file: string, owner: FileOwner): void {
  try {
    setRights(file, { owner });
  } catch {}
}

/** The administrator may write everything, but a file that is read-only is meant to be. @throws the system's error. */
function checkWritable(file: string) {
  const stats = statSync(file);
  accessSync(file, constants.W_OK);
  if ((stats.mode & 0o222) === 0) throw Object.assign(new Error("read-only"), { code: "EACCES" });
  return stats;
}

function unreadable(named: string, error: unknown): UserError {
  return new UserError(`Cannot read ${named}: ${ioFault(error)}`, EXIT.failed, { cause: error });
}
