// Decides when the state must be written: what lasts at once, what passes soon, counts now and then.
import { ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";

/** How much has changed, in counts that only grow. */
export interface StateRevision {
  readonly lasting: number;
  readonly passing: number;
  readonly tallies: number;
}

export interface SaverOptions {
  readonly revision: () => StateRevision;
  /** Writes the state as it is now. @throws the error of the system, or a UserError. */
  readonly write: () => Promise<void>;
  readonly schedule: (delayMs: number, run: () => void) => () => void;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  /** Called when writing begins to fail, with the reason in words, and with undefined when it works again. */
  readonly onFault: (fault: string | undefined, error?: unknown) => void;
}

/** Changes that come together are written together: an incident kills many keys at once. */
const LASTING_DELAY_MS = 10;
const PASSING_DELAY_MS = 1_000;
const TALLIES_DELAY_MS = 30_000;
/** After a failure: the disk is full, and stays so for a while. */
const RETRY_MS = 5_000;

/** Keeps a file up to date with a state that changes; never throws but from `save`. */
export class StateSaver {
  readonly #options: SaverOptions;
  #saved: StateRevision;
  #savedAt: number | undefined;
  #fault: string | undefined;
  #stopTimer: (() => void) | undefined;
  /** The delay that the running timer began with. */
  #armedMs = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #isStopped = false;

  /** The state as it is now counts as saved. */
  constructor(options: SaverOptions) {
    this.#options = options;
    this.#saved = { ...options.revision() };
  }

  /** Why the state is not on the disk; undefined while it is, or will be within its time. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** When it was written last by this process. */
  get savedAt(): number | undefined {
    return this.#savedAt;
  }

  /** To be called after whatever may have changed something: it costs three comparisons. */
  look(): void {
    if (this.#isStopped || this.#running !== undefined) return;
    const { lasting, passing, tallies } = this.#options.revision();
    if (this.#fault !== undefined) this.#arm(RETRY_MS);
    else if (lasting !== this.#saved.lasting) this.#arm(LASTING_DELAY_MS);
    else if (passing !== this.#saved.passing) this.#arm(PASSING_DELAY_MS);
    else if (tallies !== this.#saved.tallies) this.#arm(TALLIES_DELAY_MS);
  }

  /** Resolves once everything that had changed before the call is on the disk. @throws the error of the system. */
  async save(): Promise<void> {
    // A write that runs may have passed by what changed last.
    if (this.#running !== undefined) await this.#running.catch(() => {});
    await (this.#running ?? this.#write());
  }

  /** No more writes by the clock. */
  stop(): void {
    this.#isStopped = true;
    this.#disarm();
  }

  #arm(delayMs: number): void {
    if (this.#armedMs <= delayMs) return;
    this.#disarm();
    this.#armedMs = delayMs;
    this.#stopTimer = this.#options.schedule(delayMs, () => {
      this.#disarm();
      // The failure is told by `onFault`.
      this.#write().catch(() => {});
    });
  }

  #disarm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#armedMs = Number.POSITIVE_INFINITY;
  }

  #write(): Promise<void> {
    this.#running ??= this.#writeNow().finally(() => {
      this.#running = undefined;
      this.look();
    });
    return this.#running;
  }

  async #writeNow(): Promise<void> {
    this.#disarm();
    // What changes while the state is written is due again.
    const revision = { ...this.#options.revision() };
    try {
      await this.#options.write();
    } catch (error: unknown) {
      this.#noteFault(error instanceof UserError ? error.message : ioFault(error), error);
      throw error;
    }
    this.#saved = revision;
    this.#savedAt = this.#options.now();
    this.#noteFault(undefined);
  }

  #noteFault(fault: string | undefined, error?: unknown): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.#options.onFault(fault, error);
  }
}
