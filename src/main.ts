// The program: arguments in, exit code out.

import { processContext } from "./cli/process-context.ts";
import { runCli } from "./cli/run-cli.ts";
import { dropTraces } from "./core/drop-traces.ts";

// Not awaited: compiled bytecode refuses a top-level await.
void main();

async function main(): Promise<void> {
  dropTraces(process.env);
  process.exitCode = await runCli(process.argv.slice(2), processContext());
}
