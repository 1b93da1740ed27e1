// What a command may know of the process around it.

/** A stream for text. `isTerminal`: a person reads it. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
}

/** Everything that comes from outside, so that commands run the same in a test. Data goes to `out`, the rest to `err`. */
export interface CliContext {
  readonly out: Output;
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The user's home folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/** The options that every command takes. */
export interface GlobalOptions {
  /** False with `--no-color`. */
  readonly color: boolean;
  readonly quiet?: boolean;
}
