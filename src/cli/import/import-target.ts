// What an import acts on: a config file, and whoever takes the keys.
import type { Connection } from "../connection.ts";

/** `text`: without its secrets where the file is there. */
export interface ConfigTarget {
  readonly file: string;
  readonly isNew: boolean;
  readonly text: string;
  /** @throws UserError that says what would be wrong with the text. */
  check(text: string): Promise<void>;
  /** In effect when it resolves, for a daemon that runs. @throws UserError; the file is as before then. */
  write(text: string): Promise<void>;
  /** Takes back what was written. */
  undo(): Promise<void>;
}

/** `config`: undefined where a daemon runs without a config file, or where none is needed. */
export interface ImportTarget extends AsyncDisposable {
  readonly connection: Connection;
  readonly config: ConfigTarget | undefined;
  /** The connection by which keys are added, once the config file is written. */
  connectionForKeys(): Promise<Connection>;
}
