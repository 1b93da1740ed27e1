// Runs one command line and turns whatever happens into an exit code.
import { CommanderError } from "commander";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { buildProgram } from "./build-program.ts";
import { type CliContext, Interrupted } from "./cli-context.ts";

/** Runs the command that `args` name. `serve` resolves once it listens; what it opened keeps the process alive. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = buildProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error: unknown) {
    return report(error, context);
  }
}

function report(error: unknown, { err }: CliContext): number {
  // Commander has printed its own message by now.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof Interrupted || isAbort(error)) return EXIT.interrupted;
  if (error instanceof UserError) {
    err.write(`${error.message}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  err.write(`This is a bug of openai-balance:\n${text}\n`);
  return EXIT.failed;
}

/** Ctrl-C while a daemon was asked. */
function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
