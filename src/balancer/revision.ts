// How much of the health has changed, so that whoever keeps it on disk knows what is due.

/** Counts that only grow. `lasting`: what holds for a minute or more, or is the operator's will. */
export interface Revision {
  lasting: number;
  passing: number;
  /** Uses and failures of keys. */
  tallies: number;
}

const LASTING_MS = 60_000;
const LASTING_STATES: ReadonlySet<string> = new Set(["invalid", "exhausted", "disabled", "suspect"]);

/** A change of state is lasting by its states, or by how long it holds. */
export function isLasting(states: readonly string[], leftMs: number): boolean {
  return leftMs >= LASTING_MS || states.some((state) => LASTING_STATES.has(state));
}
