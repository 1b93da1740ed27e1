// A log of numbered records, and what a reader gets of it.
import type { LogLine, LogReader } from "../../src/storage/log-reader.ts";

/** Lines of records with these numbers. */
export function lines(...numbers: readonly number[]): string {
  return numbers.map((number) => `{"level":"info","number":${number}}\n`).join("");
}

export function numberOf({ record }: LogLine): unknown {
  return record.number;
}

export async function unread(reader: LogReader): Promise<readonly unknown[]> {
  return (await Array.fromAsync(reader.unread())).map(numberOf);
}

/** What a follower gets while these steps happen, each in one of its pauses. */
export async function followed(reader: LogReader, steps: readonly (() => unknown)[]): Promise<readonly unknown[]> {
  const stop = new AbortController();
  const left = [...steps];
  const pause = async () => {
    const step = left.shift();
    if (step === undefined) stop.abort();
    else await step();
  };
  return (await Array.fromAsync(reader.follow({ signal: stop.signal, pause }))).map(numberOf);
}
