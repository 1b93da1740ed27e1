// Opens an instance for one command while no daemon runs: the same operations, no sockets, no timers.
import { type Control, localControl } from "../admin/control-client.ts";
import { controlPorts } from "./control-ports.ts";
import { Instance, type InstanceOptions } from "./instance.ts";
import { InstanceJobs } from "./jobs/instance-jobs.ts";

export interface Offline {
  readonly control: Control;
  /** What an operator must know about what was found on the disk. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

const NO_PATHS: InstanceOptions["ownPaths"] = {
  health: nothing,
  ready: nothing,
  metrics: () => Promise.resolve(nothing()),
  adminRead: nothing,
  admit: () => ({ kind: "refused" }),
  admin: () => Promise.resolve(nothing()),
};

/** @throws UserError for a state that a newer version wrote. */
export function openOffline(options: Omit<InstanceOptions, "ownPaths" | "isOffline">): Offline {
  const instance = new Instance({ ...options, ownPaths: NO_PATHS, isOffline: true });
  const { entries, notes } = instance.state.read();
  instance.restore(entries);
  const { jobs } = new InstanceJobs(instance);
  return {
    control: localControl(controlPorts(instance, undefined, jobs)),
    notes: [...options.data.notes, ...notes],
    close: async () => {
      jobs.end();
      await instance.close();
      // Nothing may be written once the lock is given back.
      await instance.state.close();
      await instance.observers.close();
      await instance.objects.close();
      options.data.lock?.release();
    },
  };
}

/** Nothing listens: nobody asks. */
function nothing(): Response {
  return new Response(null, { status: 404 });
}
