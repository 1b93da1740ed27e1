// Connects the definition of a command with the code that it runs.
import type { Command } from "commander";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";

/** Ends a command with its exit code. */
export type Done = (exitCode: number) => void;

/** What a definition is given. */
export interface ProgramParts {
  readonly context: CliContext;
  readonly done: Done;
}

/** What a command runs: after the context come its arguments, then its options. */
type Run = (context: CliContext, ...rest: never[]) => number | Promise<number>;

/** The action of a command: `load` brings its code. */
export function runs({ context, done }: ProgramParts, load: () => Promise<Run>): (...args: unknown[]) => Promise<void> {
  return async (...all) => {
    const self = all.at(-1) as Command;
    refuseEmptyOptions(self);
    const args = [...all.slice(0, -2), self.optsWithGlobals()];
    const run = (await load()) as (context: CliContext, ...rest: unknown[]) => number | Promise<number>;
    done(await run(context, ...args));
  };
}

/** As a script gives them whose variable is not set: taken for "none was given" they would widen what is acted on. */
function refuseEmptyOptions(self: Command): void {
  const empty = self.options.find((option) => self.getOptionValue(option.attributeName()) === "");
  if (empty !== undefined) throw new UserError(`Cannot use ${empty.long}: expected a value, got an empty string`);
}
