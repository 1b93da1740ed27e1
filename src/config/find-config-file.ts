// Finds the config file.

import { posix, win32 } from "node:path";
import { errorCode } from "../core/io-fault.ts";
import type { Environment } from "./interpolate.ts";

export interface FindOptions {
  /** From `--config`. */
  readonly file?: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
  /** The user's home folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** The text of a file. @throws an error with a `code` such as ENOENT. */
  readonly readFile: (path: string) => string;
}

/** `by`: what named the file. A file that a flag or variable names need not exist. */
export interface FoundFile {
  readonly path: string;
  readonly by: "flag" | "variable" | "working folder" | "user folder";
}

const NAME = "config.yaml";

/** The first of `--config`, `$OPENAI_BALANCE_CONFIG`, `./config.yaml` and the one in the user's config folder. */
export function findConfigFile(options: FindOptions): FoundFile | undefined {
  const { resolve, join } = options.platform === "win32" ? win32 : posix;
  if (options.file !== undefined) return { path: resolve(options.cwd, options.file), by: "flag" };
  const named = options.env.OPENAI_BALANCE_CONFIG;
  if (named) return { path: resolve(options.cwd, named), by: "variable" };
  const local = join(options.cwd, NAME);
  if (exists(local, options)) return { path: local, by: "working folder" };
  const user = join(userConfigFolder(options), NAME);
  return exists(user, options) ? { path: user, by: "user folder" } : undefined;
}

/** XDG Base Directory Specification on Linux and wherever XDG_CONFIG_HOME is set, else the platform's own folder. */
export function userConfigFolder({ env, home, platform }: Pick<FindOptions, "env" | "home" | "platform">): string {
  const { join } = platform === "win32" ? win32 : posix;
  if (env.XDG_CONFIG_HOME) return join(env.XDG_CONFIG_HOME, "openai-balance");
  if (platform === "win32") return join(env.APPDATA || join(home, "AppData", "Roaming"), "openai-balance");
  if (platform === "darwin") return join(home, "Library", "Application Support", "openai-balance");
  return join(home, ".config", "openai-balance");
}

/** A file that is there but cannot be read counts: passing over it in silence would start with another config. */
function exists(path: string, { readFile }: FindOptions): boolean {
  try {
    readFile(path);
    return true;
  } catch (error: unknown) {
    const code = errorCode(error);
    return code !== "ENOENT" && code !== "ENOTDIR";
  }
}
