// Reads a file that is kept in two generations: one that is damaged is set aside, and the one before it is used.
import { existsSync, readFileSync, renameSync } from "node:fs";
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
  readonly parse: (text: string, file: string) => T;
  /** A time, fit for a file name, that tells apart what was set aside; undefined leaves everything where it is. */
  readonly stamp: string | undefined;
}

/** Where the generation before the current one is kept. */
export function previousOf(path: string): string {
  return `${path}.1`;
}

/**
 * The newest generation that can be read. Damaged ones are renamed to `<name>.corrupt-<stamp>`, never deleted, and only
 * once nothing is left that may throw. No generation at all is no fault.
 * @throws StuckFile, what the parser throws, and the system's error for a file that is there and cannot be read.
 */
export function readGenerations<T>(path: string, { parse, stamp }: GenerationOptions<T>): Reading<T> {
  const current = readOne(path, parse);
  if (current.kind === "sound") return { value: current.value, notes: [] };
  const before = previousOf(path);
  const previous = readOne(before, parse);
  if (current.kind === "missing" && previous.kind === "missing") return { value: undefined, notes: [] };
  const notes = [current.kind === "missing" ? `${path} is missing` : setAside(path, stamp, current.fault)];
  if (previous.kind === "damaged") notes.push(setAside(before, stamp, previous.fault));
  if (previous.kind !== "sound") return { value: undefined, notes };
  return { value: previous.value, notes: [...notes, `${before}, the generation before, is used`] };
}

type Generation<T> =
  | { readonly kind: "sound"; readonly value: T }
  | { readonly kind: "missing" }
  | { readonly kind: "damaged"; readonly fault: string };

function readOne<T>(file: string, parse: GenerationOptions<T>["parse"]): Generation<T> {
  try {
    return { kind: "sound", value: parse(readFileSync(file, "utf8"), file) };
  } catch (error: unknown) {
    if (errorCode(error) === "ENOENT") return { kind: "missing" };
    if (error instanceof DamagedFile) return { kind: "damaged", fault: error.message };
    throw error;
  }
}

/** Gives a file that cannot be used another name, and says so. @throws StuckFile. */
function setAside(file: string, stamp: string | undefined, fault: string): string {
  if (stamp === undefined) return `${file} is damaged: ${fault}`;
  const name = freeName(`${file}.corrupt-${stamp}`);
  try {
    renameSync(file, name);
    return `${file} is damaged: ${fault}; it is kept as ${name}`;
  } catch (error: unknown) {
    throw new StuckFile(`${file} is damaged: ${fault}; it cannot be renamed: ${ioFault(error)}`, { cause: error });
  }
}

/** Clocks stand still now and then; what was set aside before is never replaced. */
function freeName(name: string): string {
  let free = name;
  for (let number = 2; existsSync(free); number++) free = `${name}-${number}`;
  return free;
}
