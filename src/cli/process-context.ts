// The real process as commands see it.
import { homedir } from "node:os";
import type { CliContext, Output } from "./cli-context.ts";

/** The context of this process. */
export function processContext(): CliContext {
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    platform: process.platform,
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return { write: (text) => void stream.write(text), isTerminal: stream.isTTY === true };
}
