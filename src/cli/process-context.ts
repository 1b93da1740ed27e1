// The real process as commands see it.
import { homedir } from "node:os";
import { EXIT } from "../core/exit-codes.ts";
import { lazily } from "../core/lazily.ts";
import { SAME_SIGNAL_MS } from "../core/same-signal.ts";
import { type CliContext, type Input, Interrupted, type Output, type Questions } from "./cli-context.ts";

/** The context of this process. */
export function processContext(): CliContext {
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    input: inputOf(process.stdin),
    ask: questions(),
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    platform: process.platform,
    now: Date.now,
    interruption: lazily(interruption),
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // Whoever reads a pipe may leave before its end, as `head` does: there is nobody left to print for.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    // Terminals that do not know their width say 0.
    get columns() {
      return stream.columns || undefined;
    },
    stream,
  };
}

function inputOf(stream: NodeJS.ReadStream): Input {
  return {
    isTerminal: stream.isTTY === true,
    readAll: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString("utf8");
    },
  };
}

/** Questions stand on the error stream: what a command prints as data stays clean. */
function questions(): Questions {
  const context = { output: process.stderr, clearPromptOnDone: false };
  return {
    secret: async (message) => {
      const { default: password } = await import("@inquirer/password");
      return orInterrupted(password({ message, mask: false, toggleMask: false }, context));
    },
    confirm: async (message) => {
      const { default: confirm } = await import("@inquirer/confirm");
      return orInterrupted(confirm({ message, default: false }, context));
    },
  };
}

async function orInterrupted<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error: unknown) {
    if (error instanceof Error && error.name === "ExitPromptError") throw new Interrupted("Ctrl-C", { cause: error });
    throw error;
  }
}

/** The first Ctrl-C lets the command end what it does, a second one ends it. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  process.on("SIGINT", () => {
    if (!controller.signal.aborted) firstAt = Date.now();
    else if (Date.now() - firstAt >= SAME_SIGNAL_MS) process.exit(EXIT.interrupted);
    controller.abort();
  });
  return controller.signal;
}
