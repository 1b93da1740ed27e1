// What the daemon cannot keep or read, for answers about it as a whole.
import type { ControlPorts } from "./ports.ts";
import { recordingFault } from "./records-status.ts";

/** Why health cannot be saved, the key store not be opened, requests not be recorded. */
export interface Faults {
  readonly save_fault?: string;
  readonly store_fault?: string;
  readonly records_fault?: string;
}

export function faultsOf(ports: Pick<ControlPorts, "daemon" | "keys" | "records">): Faults {
  const { fault } = ports.keys;
  const { folderFault, saveFault } = ports.daemon?.status() ?? {};
  const recording = recordingFault(ports);
  const saving = folderFault ?? saveFault;
  return {
    ...(saving !== undefined && { save_fault: saving }),
    ...(fault !== undefined && { store_fault: fault }),
    ...(recording !== undefined && { records_fault: recording }),
  };
}
