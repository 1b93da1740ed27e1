// How the log's files are named, and what tells one from another when names move.
import type { BigIntStats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** The log itself at age 0, `daemon.log.1` at age 1, and so on. */
export function logName(path: string, age: number): string {
  return age === 0 ? path : `${path}.${age}`;
}

/** The names that exist, newest first; those of a rotation that is not ours, such as `.gz`, are left out. */
export async function existingLogNames(path: string): Promise<readonly string[]> {
  const own = basename(path);
  const ages = (await namesIn(dirname(path))).flatMap((name) => {
    if (name === own) return [0];
    const suffix = name.startsWith(`${own}.`) ? name.slice(own.length + 1) : "";
    return /^[1-9]\d?$/.test(suffix) ? [Number(suffix)] : [];
  });
  return ages.sort((a, b) => a - b).map((age) => logName(path, age));
}

/** What stays the same when a file is renamed; undefined for what is no regular file. */
export function fileId(stats: BigIntStats): string | undefined {
  return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
}

/** Which file has this name now; undefined when none has. @throws when the folder cannot be searched. */
export async function idAt(path: string): Promise<string | undefined> {
  try {
    return fileId(await stat(path, { bigint: true }));
  } catch (error: unknown) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether a call failed because there is nothing of that name. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error: unknown) {
    if (isMissing(error)) return [];
    throw error;
  }
}
