// Who hears of what happens: the log at once, records, metrics and webhooks a moment later.
import type { Change } from "../balancer/contract.ts";
import type { Config } from "../config/config.ts";
import type { Logger } from "../core/logger.ts";
import type { Redactor } from "../core/redaction.ts";
import { RequestCounts } from "../metrics/request-counts.ts";
import type { ModelCatalog } from "../proxy/models/model-catalog.ts";
import { isPreflight } from "../proxy/preflight.ts";
import type { Schedule } from "../proxy/timing.ts";
import type { Trace } from "../proxy/trace.ts";
import { DatabaseThread } from "../storage/database-thread.ts";
import { createUndiciTransport } from "../upstream/undici-transport.ts";
import type { Data } from "./data.ts";
import { logBug, logChange, logTrace } from "./log-events.ts";
import { RecordKeeper } from "./records/record-keeper.ts";
import { TraceFeed } from "./trace-feed.ts";
import { WebhookKeeper } from "./webhook-keeper.ts";

export interface ObserversOptions {
  readonly data: Pick<Data, "folder" | "lock">;
  readonly config: Config;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly now: () => number;
  readonly random: () => number;
  readonly schedule: Schedule;
  /** What the providers say they have. */
  readonly catalog: ModelCatalog;
}

export class Observers {
  /** Writes the database for everybody. */
  readonly database = new DatabaseThread();
  readonly records: RecordKeeper;
  readonly #logger: Logger;
  readonly #feed: TraceFeed;
  readonly webhooks: WebhookKeeper;
  /** What metrics say of requests. */
  readonly counts: RequestCounts;

  constructor(options: ObserversOptions) {
    const { data, logger, redactor, config, catalog, schedule } = options;
    const redact = (text: string) => redactor.redact(text);
    this.#logger = logger;
    this.records = new RecordKeeper({ ...options, folder: data.folder, lock: data.lock, thread: this.database });
    this.counts = new RequestCounts(config, { redact, isListed: (provider, model) => catalog.has(provider, model) });
    const readers = [
      (traces: readonly Trace[]) => this.records.note(traces),
      (traces: readonly Trace[]) => this.counts.note(traces),
    ];
    this.#feed = new TraceFeed(schedule, { readers, onBug: (error) => logBug(error, "none", logger) });
    this.webhooks = webhookKeeper(options);
  }

  /** A request has ended, or what a browser asks before one. */
  noteTrace(trace: Trace): void {
    logTrace(trace, this.#logger);
    if (!isPreflight(trace)) this.#feed.note(trace);
  }

  /** The health of keys or providers has changed. */
  noteChanges(changes: readonly Change[]): void {
    for (const change of changes) logChange(change, this.#logger);
    this.webhooks.noteChanges(changes);
  }

  /** Another configuration has come into effect. */
  use(config: Config): void {
    // Requests are kept as was said when they ended.
    this.#feed.flush();
    this.records.use(config);
    this.webhooks.use(config.webhooks);
    this.counts.use(config);
  }

  /** Whatever was noted before has been taken when it resolves. */
  catchUp(): Promise<void> {
    return this.#feed.catchUp();
  }

  /** Whatever was noted has been taken when it resolves. */
  async close(): Promise<void> {
    this.#feed.flush();
    await Promise.all([this.records.close(), this.webhooks.close()]);
  }
}

/** With connections of their own: they are not a provider's, and go through no outbound proxy. */
function webhookKeeper({ now, random, schedule, logger, redactor, config }: ObserversOptions): WebhookKeeper {
  const keeper = new WebhookKeeper({
    timing: { now, random, schedule },
    logger,
    redact: (text) => redactor.redact(text),
    createTransport: () => createUndiciTransport(),
  });
  keeper.use(config.webhooks);
  return keeper;
}
