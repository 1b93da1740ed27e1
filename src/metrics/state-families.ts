// How things stand at this moment, as metrics.
import type { PoolStateName } from "../balancer/contract.ts";
import type { PoolFigures } from "../balancer/pool-figures.ts";
import type { QueueFigures } from "../proxy/waiting/wait-queue.ts";
import { type Family, type Sample, single } from "./family.ts";
import { METRICS } from "./metric-table.ts";
import type { RequestCounts } from "./request-counts.ts";

/** What is kept of requests; see `RecordsStatus`. */
export interface RecordFigures {
  readonly dropped: number;
  readonly sampledOut: number;
  readonly pending: number;
}

/** What became of the messages to one webhook. */
export interface WebhookFigures {
  readonly name: string;
  readonly pending: number;
  readonly delivered: number;
  readonly dropped: number;
}

export interface StateFigures {
  readonly version: string;
  readonly inFlight: number;
  readonly queue: QueueFigures;
  readonly pools: readonly PoolFigures[];
  readonly logDropped: number;
  readonly records: RecordFigures;
  readonly webhooks: readonly WebhookFigures[];
  /** Whether something is wrong, by what cannot be kept. */
  readonly diskFaults: Readonly<Record<string, boolean>>;
}

/** Everything but what is of single keys. */
export function stateFamilies(state: StateFigures): readonly Family[] {
  const { queue, pools, records } = state;
  const ended = Object.entries(queue.ended).map(([end, { count }]) => ({ labels: { end }, value: count }));
  const faults = Object.entries(state.diskFaults).map(([what, is]) => ({ labels: { what }, value: is ? 1 : 0 }));
  return [
    { ...METRICS.build, samples: [{ labels: { version: state.version }, value: 1 }] },
    single(METRICS.inFlight, state.inFlight),
    { ...METRICS.attemptsInFlight, samples: ofPools(pools, ({ inFlight }) => [[{}, inFlight]]) },
    single(METRICS.queueLength, queue.length),
    single(METRICS.queueLongest, queue.longestWaitMs / 1000),
    { ...METRICS.queueEnded, samples: ended },
    single(METRICS.queueRefused, queue.refused),
    { ...METRICS.keys, samples: ofPools(pools, ({ keys }) => byState(keys)) },
    { ...METRICS.keyParts, samples: ofPools(pools, ({ parts }) => byState(parts)) },
    { ...METRICS.cooldown, samples: ofPools(pools, cooldowns) },
    { ...METRICS.provider, samples: ofPools(pools, ({ state: current }) => byState(oneOf(current))) },
    { ...METRICS.openModels, samples: ofPools(pools, openModels) },
    single(METRICS.logDropped, state.logDropped),
    single(METRICS.recordsDropped, records.dropped),
    single(METRICS.recordsSampled, records.sampledOut),
    single(METRICS.recordsPending, records.pending),
    { ...METRICS.webhooks, samples: state.webhooks.flatMap(webhookSamples) },
    {
      ...METRICS.webhooksPending,
      samples: state.webhooks.map(({ name, pending }) => ({ labels: { webhook: name }, value: pending })),
    },
    { ...METRICS.diskFault, samples: faults },
  ];
}

/** What is of single keys: their states, and their attempts under the names that they have now. */
export function keyFamilies(pools: readonly PoolFigures[], counts: RequestCounts): readonly Family[] {
  return [
    { ...METRICS.keyState, samples: keyStates(pools) },
    { ...METRICS.keyAttempts, samples: keyAttempts(pools, counts) },
  ];
}

function webhookSamples({ name, delivered, dropped }: WebhookFigures): readonly Sample[] {
  return Object.entries({ delivered, dropped }).map(([result, value]) => ({
    labels: { webhook: name, result },
    value,
  }));
}

function* keyStates(pools: readonly PoolFigures[]): Generator<Sample> {
  for (const { provider, each } of pools)
    for (const { id, name, state } of each) yield { labels: { provider, key_id: id, key: name, state }, value: 1 };
}

function* keyAttempts(pools: readonly PoolFigures[], { keyAttempts: book }: RequestCounts): Generator<Sample> {
  const names = new Map(pools.flatMap(({ each }) => each.map(({ id, name }) => [id, name] as const)));
  for (const { labels, counted } of book.all()) {
    const { provider, key_id, outcome } = labels;
    yield { labels: { provider, key_id, key: names.get(key_id) ?? "", outcome }, value: counted.count };
  }
}

type Figure = readonly [labels: Sample["labels"], value: number];

function* ofPools(
  pools: readonly PoolFigures[],
  figuresOf: (pool: PoolFigures) => Iterable<Figure>,
): Generator<Sample> {
  for (const pool of pools)
    for (const [labels, value] of figuresOf(pool)) yield { labels: { provider: pool.provider, ...labels }, value };
}

function byState(counts: Readonly<Record<string, number>>): Figure[] {
  return Object.entries(counts).map(([state, value]) => [{ state }, value]);
}

function oneOf(current: PoolStateName): Readonly<Record<PoolStateName, number>> {
  return { up: 0, suspect: 0, open: 0, half_open: 0, [current]: 1 };
}

function openModels({ openModels: models }: PoolFigures): Figure[] {
  const count = (wanted: string) => models.filter(({ state }) => state === wanted).length;
  return byState({ open: count("open"), half_open: count("half_open") });
}

function cooldowns({ firstBackMs, lastBackMs }: PoolFigures): Figure[] {
  return [
    [{ edge: "first" }, firstBackMs / 1000],
    [{ edge: "last" }, lastBackMs / 1000],
  ];
}
