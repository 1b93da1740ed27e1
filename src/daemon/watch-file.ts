// Tells when a file changed, whatever way it was replaced.
import { type BigIntStats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Schedule } from "../proxy/timing.ts";

/** One look a second: it sees renames, symbolic links that move and network file systems, which events miss. */
const INTERVAL_MS = 1_000;

/** Calls `onChange` after each change; the function that it returns stops watching. */
export function watchFile(path: string, schedule: Schedule, onChange: () => void): () => void {
  // What is written from now on is seen: the first look is not waited for.
  let last = firstFingerprint(path);
  let isStopped = false;
  let stopTimer = () => {};
  const look = async () => {
    const seen = await fingerprint(path);
    if (isStopped) return;
    // A file that is missing for a moment is being replaced.
    if (seen !== undefined && last !== undefined && seen !== last) onChange();
    last = seen ?? last;
    stopTimer = schedule(INTERVAL_MS, look);
  };
  stopTimer = schedule(INTERVAL_MS, look);
  return () => {
    isStopped = true;
    stopTimer();
  };
}

async function fingerprint(path: string): Promise<string | undefined> {
  try {
    return textOf(await stat(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

function firstFingerprint(path: string): string | undefined {
  try {
    return textOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

function textOf({ mtimeNs, size, ino }: BigIntStats): string {
  return `${mtimeNs}:${size}:${ino}`;
}
