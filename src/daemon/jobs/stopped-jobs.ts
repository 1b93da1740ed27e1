// Which jobs an operator has stopped, over restarts.
import type { JobEntry } from "../../storage/job-entry.ts";
import type { StateRevision } from "../../storage/state-saver.ts";

export class StoppedJobs {
  /** Also names that this version does not know: another one may. */
  readonly #since = new Map<string, number>();
  #changes = 0;

  get revision(): StateRevision {
    return { lasting: this.#changes, passing: 0, tallies: 0 };
  }

  /** Wall-clock milliseconds. */
  since(name: string): number | undefined {
    return this.#since.get(name);
  }

  /** What is stopped already stays so from when it was. */
  set(name: string, at: number | undefined): void {
    if ((at === undefined) !== this.#since.has(name)) return;
    if (at === undefined) this.#since.delete(name);
    else this.#since.set(name, at);
    this.#changes += 1;
  }

  entries(): readonly JobEntry[] {
    return Array.from(this.#since, ([name, stopped]) => ({ kind: "job", name, state: { stopped } }));
  }

  restore(entries: readonly JobEntry[]): void {
    for (const { name, state } of entries) this.#since.set(name, state.stopped);
  }
}
