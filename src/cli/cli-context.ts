// What a command may know of the process around it.

import type { ServiceHost } from "./service/service-host.ts";

/** A stream for text. `isTerminal`: a person reads it. `columns`: the width of the terminal. */
export interface Output {
  write(text: string): void;
  /** From now on the process goes on where a write fails, which ends it else. */
  doWithout?(): void;
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  /** What a library may draw on; without it nothing is drawn. */
  readonly stream?: NodeJS.WriteStream;
}

/** Where text comes from. */
export interface Input {
  /** All of it, to its end. */
  readAll(): Promise<string>;
  readonly isTerminal: boolean;
}

/** Questions to the person at the terminal. Each rejects with `Interrupted` when the answer is Ctrl-C. */
export interface Questions {
  /** What is typed is not shown. */
  secret(message: string): Promise<string>;
  confirm(message: string): Promise<boolean>;
}

/** Everything that comes from outside, so that commands run the same in a test. Data goes to `out`, the rest to `err`. */
export interface CliContext {
  readonly out: Output;
  readonly err: Output;
  readonly input: Input;
  readonly ask: Questions;
  /** Shows a page in a browser of this desktop; false where that is not possible. */
  readonly browse: (url: string) => Promise<boolean>;
  /** What starts services on this machine. */
  readonly serviceHost: () => Promise<ServiceHost>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The user's home folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  /** Aborts with Ctrl-C, from the first time that it is asked for on. */
  readonly interruption: () => AbortSignal;
}

/** The options that every command takes. */
export interface GlobalOptions {
  /** False with `--no-color`. */
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** Of commands whose output a script may read. */
export interface JsonOption {
  readonly json?: boolean;
}

/** Thrown when a person ends a command with Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}
