// Memory and processor time of a process and its children, from /proc; undefined where there is none (not Linux).
import { readdirSync, readFileSync } from "node:fs";

/** Of `utime` and `stime`: USER_HZ, which is 100 on every Linux that Bun runs on (proc(5)). */
const TICKS_PER_SECOND = 100;

/** Resident memory now, and its peak since the start, in bytes. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } | undefined {
  return orUndefined(() => {
    const statuses = family(pid).map((member) => readFileSync(`/proc/${member}/status`, "utf8"));
    return { now: sum(statuses, "VmRSS"), peak: sum(statuses, "VmHWM") };
  });
}

/** Returns a function that tells the processor time spent since this call, in seconds. */
export function stopwatchOf(pid: number): () => number | undefined {
  const before = cpuSecondsOf(pid);
  return () => {
    const after = cpuSecondsOf(pid);
    return before === undefined || after === undefined ? undefined : after - before;
  };
}

function cpuSecondsOf(pid: number): number | undefined {
  return orUndefined(() => {
    const ticks = family(pid).map((member) => {
      const stat = readFileSync(`/proc/${member}/stat`, "utf8");
      // After the name, which may hold spaces: field 3 is the state, 14 and 15 are utime and stime.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(fields[11]) + Number(fields[12]);
    });
    return ticks.reduce((total, own) => total + own, 0) / TICKS_PER_SECOND;
  });
}

function family(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children];
}

function sum(statuses: readonly string[], field: string): number {
  const pattern = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m");
  return statuses.reduce((total, status) => total + Number(pattern.exec(status)?.[1] ?? 0) * 1024, 0);
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
