// The daemon that an operation needs, as it runs.
import type { DaemonPort } from "./daemon-port.ts";
import type { ControlPorts } from "./ports.ts";

/** Whoever calls what needs it without a daemon has made a mistake of ours: commands ask for one first. */
export function daemonOf({ daemon }: Pick<ControlPorts, "daemon">): DaemonPort {
  if (daemon === undefined) throw new Error("Cannot do this without a running daemon");
  return daemon;
}
