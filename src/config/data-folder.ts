// Where the program keeps what it writes.
import { posix, win32 } from "node:path";
import type { FindOptions } from "./find-config-file.ts";

export interface DataFolderOptions extends Pick<FindOptions, "env" | "cwd" | "home" | "platform"> {
  /** From `--data-dir`. */
  readonly folder?: string | undefined;
}

/** `isNamed`: a flag or a variable named it. */
export interface FoundFolder {
  readonly path: string;
  readonly isNamed: boolean;
}

/** Where a daemon that runs as a service keeps its data. */
export const SERVICE_FOLDER = "/var/lib/openai-balance";

/** The first of `--data-dir`, `$OPENAI_BALANCE_DATA_DIR` and the user's own folder. */
export function findDataFolder(options: DataFolderOptions): FoundFolder {
  const { resolve } = options.platform === "win32" ? win32 : posix;
  // An empty one is that of a variable that is not set: the working folder is not meant.
  const named = options.folder || options.env.OPENAI_BALANCE_DATA_DIR;
  return named
    ? { path: resolve(options.cwd, named), isNamed: true }
    : { path: userDataFolder(options), isNamed: false };
}

/** XDG Base Directory Specification on Linux and wherever XDG_STATE_HOME is set, else the platform's own folder. */
function userDataFolder({ env, home, platform }: DataFolderOptions): string {
  const { join } = platform === "win32" ? win32 : posix;
  if (env.XDG_STATE_HOME) return join(env.XDG_STATE_HOME, "openai-balance");
  if (platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "openai-balance");
  if (platform === "darwin") return join(home, "Library", "Application Support", "openai-balance");
  return join(home, ".local", "state", "openai-balance");
}
