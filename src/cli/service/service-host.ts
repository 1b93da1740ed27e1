// What the service commands use of the machine: systemd's programs, files, who asks.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

export interface HostAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServiceHost {
  /** Runs a program to its end. `code` is -1 where there is no such program. */
  run(program: string, ...args: readonly string[]): Promise<HostAnswer>;
  /** Stands before every absolute path; empty but in tests. */
  readonly root: string;
  readonly uid: number;
  /** The executable that runs, or undefined where it runs from source. */
  readonly program: string | undefined;
  /** systemd is the first process (sd_booted(3)). */
  readonly hasSystemd: boolean;
}

/** This machine. */
export function serviceHost(): ServiceHost {
  return {
    run: runProgram,
    root: "",
    uid: process.getuid?.() ?? -1,
    program: Bun.isStandaloneExecutable ? process.execPath : undefined,
    hasSystemd: existsSync("/run/systemd/system"),
  };
}

function runProgram(program: string, ...args: readonly string[]): Promise<HostAnswer> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.once("error", () => resolve({ code: -1, stdout, stderr: `${program} is not installed` }));
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
