// Reads a file that is kept in two generations: one that is damaged is set aside, and the one before it is used.
import { readFileSync, renameSync } from "node:fs";
import { errorCode, ioFault } from "./io-fault.ts";

/** Thrown by a parser for content that is damaged, as opposed to content that must not be touched. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

/** Thrown where a damaged file cannot be renamed either: nothing may be written in its place. */
export class StuckFile extends Error {
  override readonly name = "StuckFile";
}

/** `notes`: what an operator must know, a sentence each without its final period; empty when all was as it should. */
export interface Reading<T> {
  readonly value: T | undefined;
  readonly notes: readonly string[];
}

export interface GenerationOptions<T> {
  /** @throws DamagedFile for damaged content; every other error passes through. */
  readonly parse: (text: string) => T;
  /** A time, fit for a file name, that tells apart what was set aside; undefined leaves everything where it is. */
  readonly stamp: string | undefined;
}

/** Where the generation before the current one is kept. */
export function previousOf(path: string): string {
  return `${path}.1`;
}

/**
 * The newest generation that can be read. Damaged ones are renamed to `<name>.corrupt-<stamp>`, never deleted. No
 * generation at all is no fault.
 * @throws StuckFile, what the parser throws, and the system's error for a file that is there and cannot be read.
 */
export function readGenerations<T>(path: string, options: GenerationOptions<T>): Reading<T> {
  const notes: string[] = [];
  for (const file of [path, previousOf(path)]) {
    try {
      const value = options.parse(readFileSync(file, "utf8"));
      if (file !== path) notes.push(`${file}, the generation before, is used`);
      return { value, notes };
    } catch (error: unknown) {
      if (errorCode(error) === "ENOENT") {
        if (file === path) notes.push(`${path} is missing`);
        continue;
      }
      if (!(error instanceof DamagedFile)) throw error;
      notes.push(setAside(file, options.stamp, error.message));
    }
  }
  return { value: undefined, notes: isNew(notes) ? [] : notes };
}

/** Gives a file that cannot be used another name, and says so. @throws StuckFile. */
function setAside(file: string, stamp: string | undefined, fault: string): string {
  if (stamp === undefined) return `${file} is damaged: ${fault}`;
  const name = `${file}.corrupt-${stamp}`;
  try {
    renameSync(file, name);
    return `${file} is damaged: ${fault}; it is kept as ${name}`;
  } catch (error: unknown) {
    throw new StuckFile(`${file} is damaged: ${fault}; it cannot be renamed: ${ioFault(error)}`, { cause: error });
  }
}

/** Only that the file is missing: there never was one. */
function isNew(notes: readonly string[]): boolean {
  return notes.length === 1 && notes[0]?.endsWith(" is missing") === true;
}
