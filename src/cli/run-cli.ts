// Runs one command line and turns whatever happens into an exit code.
import { CommanderError } from "commander";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { buildProgram } from "./build-program.ts";
import { type CliContext, Interrupted } from "./cli-context.ts";
import { COMPLETE } from "./completion/shell-scripts.ts";
import { note } from "./say.ts";

/** Runs the command that `args` name. `serve` resolves once it listens; what it opened keeps the process alive. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  if (args[0] === COMPLETE) {
    const { complete } = await import("./completion/complete.ts");
    return complete(args.slice(1), context);
  }
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
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof UserError) {
    note({ err }, ...error.message.split("\n"));
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  err.write(`This is a bug of openai-balance:\n${text}\n`);
  return EXIT.failed;
}
