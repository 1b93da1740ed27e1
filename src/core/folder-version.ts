// The newest version of the program that has used a data folder: what is said of files that a newer version wrote.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { replaceFile } from "./atomic-file.ts";

const FILE = "version.json";
const NUMBERS = /^(\d+)\.(\d+)\.(\d+)/;

/** Not by zod: the threads of the database need this file, and each would have all of it a second time. */
const VERSION = /^\d+\.\d+\.\d+[\w.+-]{0,40}$/;

/** What to do about a file that a newer version wrote, a sentence without its final period. */
export function newerAdvice(file: string): string {
  const version = newestVersion(dirname(file));
  const which = version === undefined ? "" : ` (${version} is the newest that has used this folder)`;
  return `Use that version${which}, or another --data-dir`;
}

/** Undefined where nothing says so. */
export function newestVersion(folder: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, FILE), "utf8")) as { readonly version?: unknown };
    return typeof version === "string" && VERSION.test(version) ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Notes that this version uses the folder, unless a newer one has. Whoever calls it has the lock of the folder. */
export async function noteVersion(folder: string, version: string): Promise<void> {
  const before = newestVersion(folder);
  if (before !== undefined && !isNewer(version, before)) return;
  // What cannot be written is told of by what matters more.
  await replaceFile(join(folder, FILE), `${JSON.stringify({ version })}\n`).catch(() => {});
}

/** By their numbers; what is no version is not newer than any. */
export function isNewer(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => (NUMBERS.exec(text) ?? []).slice(1).map(Number));
  const at = (a ?? []).findIndex((number, place) => number !== b?.[place]);
  return at >= 0 && (a?.[at] ?? 0) > (b?.[at] ?? 0);
}
