// Everything that the overview shows, in one answer whose size does not grow with the number of keys.
import { z } from "zod";
import type { PoolSummary } from "../../balancer/contract.ts";
import { type PoolFigures, poolFigures } from "../../balancer/pool-figures.ts";
import type { Config, KeyConfig } from "../../config/config.ts";
import { UserError } from "../../core/user-error.ts";
import { failingProxies } from "../failing-proxies.ts";
import { isoTime, time } from "../iso-time.ts";
import type { ControlPorts } from "../ports.ts";
import { keyCounts, type ProviderRow, providerRow, toProviderRow } from "../provider-rows.ts";
import { recordingNotes, recordingNotesOf } from "../records-status.ts";
import { reloadNotes, reloadNotesOf } from "../reload-rows.ts";
import { daemonOf } from "../running-daemon.ts";
import { toUsageTotals, usageTotals } from "../usage-rows.ts";
import { attentionRow, rankAttention } from "./attention.ts";
import { daemonAttention, proxyAttention } from "./daemon-attention.ts";
import { KeyAttention, type KeysOfStore } from "./key-attention.ts";
import { providerAttention } from "./provider-attention.ts";

const OVERVIEW_PERIODS = ["1m", "1h", "24h", "month"] as const;

/** Of providers beyond it only those are shown whose breaker is not up, and then the first. */
const MOST_PROVIDERS = 100;
const MOST_MODELS = 10;

const shownProvider = providerRow.omit({ used_24h: true, failed_24h: true }).extend({
  more_models: z.int().describe("How many models fail there besides."),
});

const periods = Object.fromEntries(
  OVERVIEW_PERIODS.map((period) => [
    period,
    usageTotals.describe(`As the total of \`stats\` with the period ${period}.`),
  ]),
) as Record<(typeof OVERVIEW_PERIODS)[number], typeof usageTotals>;

export const overviewAnswer = z.object({
  at: time.describe("When it was looked at."),
  version: z.string().describe("Of the daemon."),
  started_at: time.describe("Since when it runs."),
  draining: z.boolean().describe("It stops once what is in flight is finished."),
  in_flight: z.int().describe("Client requests that are being served."),
  queue: z
    .object({
      waiting: z.int().describe("How many wait for a key."),
      longest_ms: z.number().describe("How long the one waits that waits longest; 0 where none does."),
    })
    .describe("Client requests that wait for a key."),
  config_file: z.string().optional().describe("Absent where environment and key store are all there is."),
  ...reloadNotes,
  ...recordingNotes,
  periods: z.object(periods).optional().describe("What requests came to; absent where the counts cannot be read."),
  periods_fault: z.string().optional().describe("Why they cannot be read."),
  keys: keyCounts.describe("How many keys the enabled providers have, by state."),
  providers: z.array(shownProvider).describe("In the order of the configuration, those that are not up first."),
  more_providers: z.int().describe("How many more are configured."),
  attention: z.array(attentionRow).describe("What needs attention now, what weighs most first."),
  more_attention: z.int().describe("How many more items there are of kinds that have many."),
  example: z
    .object({
      model: z.string().optional().describe("A model that can be asked for; absent where none is known."),
      needs_token: z.boolean().describe("Clients need a client token."),
    })
    .describe("What a first request could be."),
});

export type Overview = z.output<typeof overviewAnswer>;

/** `zone`: in which the month begins. */
export async function overviewOf(zone: string, ports: ControlPorts): Promise<Overview> {
  const status = daemonOf(ports).status();
  const { attention, ...standing } = await standingOf(ports);
  const usage = await usageIn(zone, ports);
  const ranked = rankAttention([...attention, ...daemonAttention(ports, status)]);
  return {
    at: isoTime(ports.now()),
    version: ports.version,
    started_at: isoTime(status.startedAt),
    draining: status.isDraining,
    in_flight: status.inFlight,
    queue: { waiting: status.waiting, longest_ms: Math.round(status.longestWaitMs) },
    ...(status.configFile !== undefined && { config_file: status.configFile }),
    ...reloadNotesOf(status),
    ...recordingNotesOf(ports),
    ...usage,
    ...standing,
    attention: [...ranked.rows],
    more_attention: ranked.more,
    example: exampleOf(ports),
  };
}

/** How providers and keys fare, and what of them needs attention. */
async function standingOf(ports: ControlPorts) {
  const { providers, defaultProvider } = ports.config();
  const keys = new KeyAttention();
  const figures = await poolFigures(ports.glance(), {
    now: ports.now(),
    onKey: (key, state, provider) => keys.note(key, state, provider),
  });
  const pools = new Map(figures.map((pool) => [pool.provider, summaryOf(pool)]));
  const rows = providers.map((found) => toProviderRow(found, pools.get(found.name), found.name === defaultProvider));
  const proxies = await failingProxies(ports);
  return {
    keys: sumOf(rows.filter(({ state }) => state !== "off")),
    ...shown(rows),
    attention: [
      ...providerAttention(rows),
      ...keys.rows(rows, (provider) => keysOfStore(providers.find(({ name }) => name === provider)?.keys ?? [])),
      ...proxies.map(proxyAttention),
    ],
  };
}

function keysOfStore(keys: readonly KeyConfig[]): KeysOfStore {
  const isStored = ({ source }: KeyConfig) => source.kind === "key-store";
  return {
    hasAny: () => keys.some(isStored),
    among: (ids) => {
      const wanted = new Set(ids);
      return keys.filter((key) => wanted.has(key.id) && isStored(key)).map(({ id }) => id);
    },
  };
}

function summaryOf({ keys, each: _each, parts: _parts, ...pool }: PoolFigures): PoolSummary {
  const { disabled_by_rule: byRule, ...states } = keys;
  return { ...pool, keys: { ...states, disabled: states.disabled + byRule }, used: 0, failed: 0 };
}

function shown(rows: readonly ProviderRow[]): Pick<Overview, "providers" | "more_providers"> {
  const isFine = ({ state }: ProviderRow) => (state === "up" ? 1 : state === "off" ? 2 : 0);
  const ordered = rows.toSorted((a, b) => isFine(a) - isFine(b));
  return {
    providers: ordered
      .slice(0, MOST_PROVIDERS)
      .map(({ used_24h: _used, failed_24h: _failed, open_models, ...row }) => ({
        ...row,
        open_models: open_models.slice(0, MOST_MODELS),
        more_models: Math.max(0, open_models.length - MOST_MODELS),
      })),
    more_providers: Math.max(0, rows.length - MOST_PROVIDERS),
  };
}

function sumOf(rows: readonly ProviderRow[]): ProviderRow["keys"] {
  const sum = { total: 0, ready: 0, half_open: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0 };
  for (const { keys } of rows) for (const state of Object.keys(sum) as (keyof typeof sum)[]) sum[state] += keys[state];
  return sum;
}

/** Without counts the rest is worth showing all the same. */
async function usageIn(zone: string, { records }: ControlPorts): Promise<Pick<Overview, "periods" | "periods_fault">> {
  // Others may have asked for the same, so that it is not broken off for the one who leaves.
  const { signal } = new AbortController();
  const ask = (period: (typeof OVERVIEW_PERIODS)[number]) =>
    records.usage({ period, zone, limit: 1, hasSeries: false }, signal).then(toUsageTotals);
  try {
    const [minute, hour, day, month] = await Promise.all([ask("1m"), ask("1h"), ask("24h"), ask("month")]);
    return { periods: { "1m": minute, "1h": hour, "24h": day, month } };
  } catch (error: unknown) {
    if (!(error instanceof UserError)) throw error;
    return { periods_fault: error.message };
  }
}

function exampleOf(ports: ControlPorts): Overview["example"] {
  const model = modelOf(ports.config());
  return { ...(model !== undefined && { model }), needs_token: !ports.tokens.isOpenToAll() };
}

/** One that a request without a provider in its path gets to. */
function modelOf({ providers, defaultProvider, models }: Config): string | undefined {
  const usual = providers.find(({ name }) => name === defaultProvider);
  return usual?.testModel ?? models.keys().next().value;
}
