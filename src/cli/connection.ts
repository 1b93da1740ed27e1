// What a command holds while it talks to a daemon, or to the data folder of none.
import type { Control } from "../admin/control-client.ts";
import type { ConfigOptions } from "./read-config.ts";
import type { RemoteOptions } from "./remote-line.ts";

/** The options that say which daemon is meant. */
export interface TargetOptions extends ConfigOptions, RemoteOptions {}

/**
 * What a command needs: `daemon`: one that runs. `write`: to change what is on the disk. `log`: to read the log, under
 * whatever configuration.
 */
export type Purpose = "read" | "write" | "log" | "daemon";

/** Disposing of it gives back what was opened. */
export interface Connection extends AsyncDisposable {
  readonly control: Control;
  /** The data folder, where it is on this machine. */
  readonly folder: string | undefined;
}

/** What is added to what was done: without a daemon it counts later. */
export function whenText({ control }: Connection): string {
  return control.kind === "offline" ? ", from the next start on" : "";
}
