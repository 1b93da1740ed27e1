// Reads the files that a configuration names: secrets, key lists, certificates.

import { posix, win32 } from "node:path";
import { errorCode } from "../core/io-fault.ts";
import type { FindOptions } from "./find-config-file.ts";

/** How the configuration reaches files. `folder`: that of the config file, or the working folder without one. */
export interface FileAccess extends Pick<FindOptions, "home" | "platform" | "readFile"> {
  readonly folder: string;
}

export type FileText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "the file does not exist",
  ENOTDIR: "the file does not exist",
  EACCES: "the file may not be read",
  EPERM: "the file may not be read",
  EISDIR: "it is a folder",
};

/** The text of a file; a relative path starts at `folder`, `~/` at the home folder. */
export function readNamedFile(path: string, access: FileAccess): FileText {
  try {
    return { ok: true, text: access.readFile(fullPath(path, access)).replace(/^\uFEFF/, "") };
  } catch (error: unknown) {
    return { ok: false, reason: fileFault(error) };
  }
}

/** Where a named file is. */
export function fullPath(path: string, access: FileAccess): string {
  const { resolve } = access.platform === "win32" ? win32 : posix;
  return path.startsWith("~/") ? resolve(access.home, path.slice(2)) : resolve(access.folder, path);
}

/** Why a file could not be read, in words. */
export function fileFault(error: unknown): string {
  const code = errorCode(error);
  return REASONS[code ?? ""] ?? `the file cannot be read${code === undefined ? "" : ` (${code})`}`;
}
