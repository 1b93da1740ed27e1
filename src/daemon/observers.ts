// Who hears of what happens: the log at once, records, metrics, webhooks and open pages a moment later.
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
import { LiveFeed } from "./live/live-feed.ts";
import { RequestTotals } from "./live/request-totals.ts";
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
  /** Requests that go on now, and those of them that wait for a key. */
  readonly standing: () => { readonly inFlight: number; readonly waiting: number };
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
  /** What open pages follow. */
  readonly live: LiveFeed;

  constructor(options: ObserversOptions) {
    const { data, logger, redactor, config, catalog, schedule, standing } = options;
    const redact = (text: string) => redactor.redact(text);
    this.#logger = logger;
    const totals = new RequestTotals();
    const figures = () => ({ ...standing(), ...totals.sums });
    this.live = new LiveFeed({ timing: options, figures });
    this.records = new RecordKeeper({
      ...options,
      folder: data.folder,
      lock: data.lock,
      thread: this.database,
      onWritten: (count) => this.live.noteWritten(count),
      onGone: () => this.live.noteChanged("records"),
    });
    this.counts = new RequestCounts(config, { redact, isListed: (provider, model) => catalog.has(provider, model) });
    const readers = [
      (traces: readonly Trace[]) => this.records.note(traces),
      (traces: readonly Trace[]) => this.counts.note(traces),
      (traces: readonly Trace[]) => totals.note(traces),
    ];
    this.#feed = new TraceFeed(schedule, { readers, onBug: (error) => logBug(error, "none", logger) });
    this.webhooks = webhookKeeper(options, () => this.live.noteChanged("webhooks"));
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
    this.live.noteHealth(changes);
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
function webhookKeeper(options: ObserversOptions, onDelivery: () => void): WebhookKeeper {
  const { now, random, schedule, logger, redactor, config } = options;
  const keeper = new WebhookKeeper({
    timing: { now, random, schedule },
    logger,
    redact: (text) => redactor.redact(text),
    createTransport: () => createUndiciTransport(),
    onDelivery,
  });
  keeper.use(config.webhooks);
  return keeper;
}
