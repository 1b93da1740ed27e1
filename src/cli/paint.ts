// What a terminal can show: colours and width for a person, neither for a program.
import { Chalk, type ChalkInstance } from "chalk";
import type { CliContext, GlobalOptions, Output } from "./cli-context.ts";

/** Whether an output gets colours: a terminal, without `--no-color` and NO_COLOR (https://no-color.org). */
export function hasColor(output: Output, { env }: CliContext, { color }: GlobalOptions): boolean {
  return output.isTerminal && color && !env.NO_COLOR && env.TERM !== "dumb";
}

/** The colours for an output. */
export function paintFor(output: Output, context: CliContext, options: GlobalOptions): ChalkInstance {
  return new Chalk({ level: hasColor(output, context, options) ? 1 : 0 });
}

/** The width that a table may have; pipes have all the room that they need. */
export function widthOf({ out }: CliContext): number | undefined {
  return out.isTerminal ? (out.columns ?? 80) : undefined;
}
