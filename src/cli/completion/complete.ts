// The hidden command that shells ask while a line is typed: prints what its last word may become.
import { EXIT } from "../../core/exit-codes.ts";
import { printable } from "../../core/printable.ts";
import { buildProgram } from "../build-program.ts";
import type { CliContext } from "../cli-context.ts";
import { bashReply } from "./bash-reply.ts";
import { type Candidate, type Completion, completionOf } from "./completion-of.ts";
import { readWord, SHELLS, type Shell, splitLine, type TypedWord } from "./typed-word.ts";

/** Nobody waits longer for a candidate. */
const PATIENCE_MS = 500;
const MOST_DESCRIPTION = 80;
/** `NAME=value` before a command. */
const ASSIGNMENT = /^\w+=/;

/** The line as far as it is typed. */
interface Typed {
  readonly shell: Shell;
  /** The words before that under the cursor, the program first. */
  readonly words: readonly string[];
  readonly word: TypedWord;
  /** As much of the word as readline replaces. */
  readonly begun: string;
}

/**
 * Prints candidates, one a line, with what they mean after a TAB where the shell shows it. A line without a candidate
 * asks the shell itself: `files` or `folders` after the TAB. `args`: the shell; of bash the line up to the cursor and
 * what readline replaces of it; of others the words, that under the cursor last. Nothing that goes wrong is told: it
 * would stand in the middle of what a person types.
 */
export async function complete(args: readonly string[], context: CliContext): Promise<number> {
  try {
    const typed = typedOf(args);
    const silent = { ...context, out: SILENT, err: SILENT };
    if (typed !== undefined) context.out.write((await replies(typed, silent)).map((line) => `${line}\n`).join(""));
  } catch {
    // No candidate.
  }
  return EXIT.ok;
}

const SILENT = { write: () => {}, isTerminal: false, columns: undefined } as const;

function typedOf([name, ...rest]: readonly string[]): Typed | undefined {
  const shell = SHELLS.find((known) => known === name);
  if (shell === undefined) return undefined;
  if (shell !== "bash") {
    const words = rest.slice(0, -1).map((raw) => readWord(raw, shell).value);
    return { shell, words, word: readWord(rest.at(-1) ?? "", shell), begun: "" };
  }
  const [line = "", begun = ""] = rest;
  const all = splitLine(line);
  const start = all.findIndex(({ raw }) => !ASSIGNMENT.test(raw));
  const words = all.slice(Math.max(0, start), -1).map(({ value }) => value);
  return { shell, words, word: all.at(-1) ?? readWord("", shell), begun };
}

async function replies(typed: Typed, context: CliContext): Promise<readonly string[]> {
  const program = buildProgram(context, () => {});
  const completion = completionOf(program, typed.words.slice(1), typed.word.value);
  const { kind } = completion;
  if (kind === "file" || kind === "folder") return [`\t${kind}s`];
  const found = [...completion.candidates, ...(await lookedUp(completion, context))];
  return found.flatMap((candidate) => lineOf(candidate, typed) ?? []);
}

/** Values that begin as the word does, at once or not at all. */
async function lookedUp(completion: Completion, context: CliContext): Promise<readonly Candidate[]> {
  const { kind, typed, prefix } = completion;
  if (kind === undefined || kind === "file" || kind === "folder") return [];
  const signal = AbortSignal.timeout(PATIENCE_MS);
  // Commands and options need nothing of it.
  const { findValues } = await import("./find-values.ts");
  const found = await Promise.race([findValues(kind, { context, completion, signal }), aborted(signal)]);
  return found
    .filter(({ value }) => value.startsWith(typed) && isOneLine(value))
    .map(({ value, description }) => ({ value: prefix + value, description }));
}

/** What one line can hold, and a terminal show. */
function isOneLine(text: string): boolean {
  return printable(text) === text;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

function lineOf({ value, description }: Candidate, { shell, word, begun }: Typed): string | undefined {
  if (shell === "bash") return bashReply(value, word, begun);
  const shown = shortened(printable(description));
  return shown === "" ? value : `${value}\t${shown}`;
}

function shortened(text: string): string {
  const chars = [...text];
  return chars.length > MOST_DESCRIPTION ? `${chars.slice(0, MOST_DESCRIPTION - 1).join("")}…` : text;
}
