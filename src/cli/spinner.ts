// Shows a person that a long step goes on; programs see nothing of it.
import type { CliContext, GlobalOptions } from "./cli-context.ts";
import { hasColor } from "./paint.ts";

/** A step that goes on. */
export interface Progress {
  say(text: string): void;
}

const NONE: Progress = { say: () => {} };

/** Runs the step under a spinner on the error stream; the spinner is gone when the step is over. */
export async function withSpinner<T>(
  text: string,
  context: CliContext,
  options: GlobalOptions,
  run: (progress: Progress) => Promise<T>,
): Promise<T> {
  const { isTerminal, stream } = context.err;
  // Of a terminal without a width (a pseudo-terminal that nobody sized) the library would clear endless lines.
  const isSized = stream !== undefined && stream.columns > 0;
  if (!isTerminal || !isSized || options.quiet) return run(NONE);
  const { default: ora } = await import("ora");
  // Ctrl-C must reach the command, and what is typed ahead the shell.
  const spinner = ora({
    text,
    stream,
    discardStdin: false,
    color: hasColor(context.err, context, options) ? "cyan" : false,
  }).start();
  try {
    return await run({
      say: (next) => {
        spinner.text = next;
      },
    });
  } finally {
    spinner.stop();
  }
}
