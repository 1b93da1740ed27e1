// Who hears of what happens: the log at once, records and metrics a moment later.
import type { Change } from "../balancer/contract.ts";
import type { Config } from "../config/config.ts";
import type { Logger } from "../core/logger.ts";
import type { Schedule } from "../proxy/timing.ts";
import type { Trace } from "../proxy/trace.ts";
import { logChange, logTrace } from "./log-events.ts";
import { TraceFeed } from "./trace-feed.ts";

export interface ObserversOptions {
  readonly logger: Logger;
  readonly schedule: Schedule;
}

export class Observers {
  readonly #logger: Logger;
  readonly #feed: TraceFeed;

  constructor({ logger, schedule }: ObserversOptions) {
    this.#logger = logger;
    this.#feed = new TraceFeed(schedule, []);
  }

  /** A request has ended. */
  noteTrace(trace: Trace): void {
    logTrace(trace, this.#logger);
    this.#feed.note(trace);
  }

  /** The health of keys or providers has changed. */
  noteChanges(changes: readonly Change[]): void {
    for (const change of changes) logChange(change, this.#logger);
  }

  /** Another configuration has come into effect. */
  use(_config: Config): void {}

  /** Whatever was noted has been taken when it resolves. */
  async close(): Promise<void> {
    this.#feed.flush();
  }
}
