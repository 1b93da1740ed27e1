// The real process as commands see it.
import { writeSync } from "node:fs";
import { homedir } from "node:os";
import { EXIT } from "../core/exit-codes.ts";
import { ioFault } from "../core/io-fault.ts";
import { lazily } from "../core/lazily.ts";
import { SAME_SIGNAL_MS } from "../core/same-signal.ts";
import { type CliContext, type Input, Interrupted, type Output, type Questions } from "./cli-context.ts";
import { readAtMost } from "./read-at-most.ts";

const STDERR = 2;
/** How a question fails that a person ended with Ctrl-C or Ctrl-D. */
const ENDED: ReadonlySet<string> = new Set(["ExitPromptError", "AbortPromptError"]);

/** The context of this process. */
export function processContext(): CliContext {
  return {
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    input: inputOf(process.stdin),
    ask: questions(),
    browse: async (url) => (await import("./browse.ts")).browse(url, process),
    serviceHost: async () => (await import("./service/service-host.ts")).serviceHost(),
    env: process.env,
    cwd: process.cwd(),
    home: homeFolder(),
    platform: process.platform,
    now: Date.now,
    interruption: lazily(interruption),
  };
}

/** The root where nobody knows one: a container may run it as a user who stands in no table. */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return "/";
  }
}

function outputOf(stream: NodeJS.WriteStream): Output {
  let isNeeded = true;
  // Whoever reads a pipe may leave before its end, as `head` does: there is nobody left to print for.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (!isNeeded) return;
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    // Not through the stream, which may be the one that failed.
    if (stream !== process.stderr) writeLastWords(`Cannot write to standard output: ${ioFault(error)}\n`);
    process.exit(EXIT.failed);
  });
  return {
    write: (text) => void stream.write(text),
    doWithout: () => {
      isNeeded = false;
    },
    isTerminal: stream.isTTY === true,
    // Terminals that do not know their width say 0.
    get columns() {
      return stream.columns || undefined;
    },
    stream,
  };
}

function writeLastWords(text: string): void {
  try {
    writeSync(STDERR, text);
  } catch {
    // Nobody can be told.
  }
}

function inputOf(stream: NodeJS.ReadStream): Input {
  return {
    isTerminal: stream.isTTY === true,
    readAll: () => readAtMost(stream, "standard input"),
  };
}

/** Questions stand on the error stream: what a command prints as data stays clean. */
function questions(): Questions {
  const context = { output: process.stderr, clearPromptOnDone: false };
  return {
    secret: async (message) => {
      const { default: password } = await import("@inquirer/password");
      return asked((signal) => password({ message, mask: false, toggleMask: false }, { ...context, signal }));
    },
    confirm: async (message) => {
      const { default: confirm } = await import("@inquirer/confirm");
      return asked((signal) => confirm({ message, default: false }, { ...context, signal }));
    },
  };
}

/**
 * Ctrl-D closes the line without an answer: what asks would then wait for what never comes, and the process end as if
 * all was done, with the cursor hidden.
 */
async function asked<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const closed = new AbortController();
  const close = () => closed.abort();
  process.stdin.once("pause", close).once("end", close);
  try {
    return await question(closed.signal);
  } catch (error: unknown) {
    if (error instanceof Error && ENDED.has(error.name)) throw new Interrupted("Ctrl-C", { cause: error });
    throw error;
  } finally {
    process.stdin.off("pause", close).off("end", close);
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
