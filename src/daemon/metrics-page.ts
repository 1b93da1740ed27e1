// Answers what asks for metrics.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { KeyGlance, PoolGlance } from "../balancer/contract.ts";
import { poolFigures } from "../balancer/pool-figures.ts";
import type { Family } from "../metrics/family.ts";
import type { RequestCounts } from "../metrics/request-counts.ts";
import { requestFamilies } from "../metrics/request-families.ts";
import { keyFamilies, type StateFigures, stateFamilies } from "../metrics/state-families.ts";
import type { Instance } from "./instance.ts";

/** What is asked of a daemon at each scrape. */
export interface MetricsSource {
  readonly counts: RequestCounts;
  readonly now: () => number;
  redact(text: string): string;
  pools(now: number): readonly PoolGlance[];
  state(now: number): Omit<StateFigures, "pools">;
  /** Everything that has ended is counted when it resolves. */
  catchUp(): Promise<void>;
}

/** Metrics of a daemon. */
export function metricsPage({ observers, balancer, handler, state, objects, timing, options }: Instance): MetricsPage {
  const { data, logger, version } = options;
  return new MetricsPage({
    counts: observers.counts,
    now: timing.now,
    redact: (text) => options.redactor.redact(text),
    pools: (now) => balancer.glance(now),
    state: (now) => ({
      version,
      inFlight: handler.inFlight,
      queue: handler.queue.figures(now),
      logDropped: logger.dropped,
      records: observers.records.status(),
      webhooks: observers.webhooks.states().map(({ config, ...report }) => ({ ...report, name: config.name })),
      diskFaults: {
        folder: (data.folder.fault ?? data.lock?.fault) !== undefined,
        state: state.fault !== undefined,
        objects: objects.fault !== undefined,
        records: observers.records.status().fault !== undefined,
      },
    }),
    catchUp: () => observers.catchUp(),
  });
}

/** Whoever asks while an answer is made gets that one: many scrapers cost no more than one. */
export class MetricsPage {
  readonly #source: MetricsSource;
  #making: Promise<string> | undefined;

  constructor(source: MetricsSource) {
    this.#source = source;
  }

  async answer(): Promise<Response> {
    // Who starts a daemon does not wait for what is needed here only.
    const { CONTENT_TYPE } = await import("../metrics/exposition.ts");
    this.#making ??= this.#text().finally(() => {
      this.#making = undefined;
    });
    return new Response(await this.#making, { headers: { "content-type": CONTENT_TYPE, "cache-control": "no-store" } });
  }

  async #text(): Promise<string> {
    const { exposition } = await import("../metrics/exposition.ts");
    let text = "";
    for await (const piece of exposition(await this.#families())) text += piece;
    return text;
  }

  async #families(): Promise<readonly Family[]> {
    const { counts } = this.#source;
    const { processFamilies } = await import("../metrics/process-families.ts");
    // What is loaded for the first answer is not loaded in one go.
    await nextTurn();
    await this.#source.catchUp();
    const now = this.#source.now();
    const nameOf = counts.countsKeys ? ({ name }: KeyGlance) => this.#source.redact(name) : undefined;
    const pools = await poolFigures(this.#source.pools(now), { now, nameOf });
    return [
      ...stateFamilies({ ...this.#source.state(now), pools }),
      ...requestFamilies(counts),
      ...(counts.countsKeys ? keyFamilies(pools, counts) : []),
      ...(await processFamilies()),
    ];
  }
}
