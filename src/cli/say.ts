// Sentences for a person, as opposed to data: they fit the terminal, and nothing in them can drive it.
import { printable } from "../core/printable.ts";
import type { CliContext, GlobalOptions, Output } from "./cli-context.ts";

const WIDTH = 80;
const INDENT = "  ";
/** A line break inside a command would break the command. */
const TO_BE_COPIED = /^ *(?:\w+=\S* |source <\()*(?:openai-balance|curl) /;

/** Says on standard output what was done, unless `--quiet` is given. */
export function say({ out }: CliContext, { quiet }: Pick<GlobalOptions, "quiet">, ...lines: readonly string[]): void {
  if (!quiet) out.write(fitted(lines, out));
}

/** Says on the error stream what to do next, unless `--quiet` is given. */
export function hint(
  context: Pick<CliContext, "err">,
  { quiet }: Pick<GlobalOptions, "quiet">,
  ...lines: readonly string[]
): void {
  if (!quiet) note(context, ...lines);
}

/** Says on the error stream what somebody must know besides the data. */
export function note({ err }: Pick<CliContext, "err">, ...lines: readonly string[]): void {
  err.write(fitted(lines, err));
}

/**
 * Lines as an output can show them: those that are too long for a terminal go on below themselves. A line break inside
 * of one is escaped, as it may be in the name of somebody else.
 */
export function fitted(lines: readonly string[], { isTerminal, columns = WIDTH }: Output): string {
  const safe = lines.map(printable);
  return (isTerminal ? safe.flatMap((line) => broken(line, columns)) : safe).map((line) => `${line}\n`).join("");
}

function broken(line: string, columns: number): readonly string[] {
  if (Bun.stringWidth(line) <= columns || TO_BE_COPIED.test(line)) return [line];
  const start = /^ */.exec(line)?.[0] ?? "";
  const room = Math.max(1, columns - start.length - INDENT.length);
  const [first = "", ...rest] = Bun.wrapAnsi(line.trim(), room, { wordWrap: true, hard: false, trim: true }).split(
    "\n",
  );
  return [start + first, ...rest.map((part) => start + INDENT + part)];
}
