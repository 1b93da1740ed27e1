// Says once when request records cannot be written, or wait in vain, and once when that is over; and what is lost otherwise.
import type { Logger } from "../../core/logger.ts";

export class RecordsLog {
  readonly #path: string;
  readonly #logger: Logger;
  #fault: string | undefined;
  /** How many were lost when it was said last. */
  #saidDropped = 0;
  #isDropping = false;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** Why the last write failed. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** After each write. `dropped`: all that were lost since the start. */
  sayFault(fault: string | undefined, dropped: number): void {
    const isOver = fault === undefined && (this.#fault !== undefined || this.#isDropping);
    if (fault !== undefined && fault !== this.#fault)
      this.#logger.error(
        { file: this.#path, reason: fault },
        "Request records cannot be written, they wait; trying on",
      );
    if (isOver) {
      const lost = dropped - this.#saidDropped;
      this.#logger.info({ file: this.#path, lost }, "Request records are written again");
      this.#saidDropped = dropped;
      this.#isDropping = false;
    }
    this.#fault = fault;
  }

  /** After each addition. */
  sayDropped(dropped: number): void {
    if (this.#isDropping || dropped === this.#saidDropped) return;
    this.#isDropping = true;
    const reason = this.#fault ?? "the database cannot keep up";
    this.#logger.warn({ file: this.#path, reason }, "Request records are lost, too many wait to be written");
  }

  /** They will never be written, for another reason than too many that wait. */
  sayLost(dropped: number, reason: string): void {
    const lost = dropped - this.#saidDropped;
    this.#logger.error({ file: this.#path, lost, reason }, "Request records are lost");
    this.#saidDropped = dropped;
    this.#isDropping = false;
  }
}
