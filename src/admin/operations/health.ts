// `health`: how the providers and their keys fare.
import { z } from "zod";
import type { PoolReport } from "../../balancer/contract.ts";
import type { ProviderConfig } from "../../config/config.ts";
import { isoTime, time } from "../iso-time.ts";
import { KEY_STATES, type KeyRow, keyRow, keyRows } from "../key-rows.ts";
import { call } from "../operation.ts";
import { checkProvider } from "../select-keys.ts";

const counts = z.object({
  total: z.int().describe("All of them."),
  ...Object.fromEntries(KEY_STATES.map((state) => [state, z.int().describe(`How many are ${state}.`)])),
}) as z.ZodObject<Record<"total" | (typeof KEY_STATES)[number], z.ZodInt>>;

const provider = z.object({
  name: z.string().describe("The provider's name."),
  state: z
    .enum(["up", "open", "suspect", "off", "no_key", "no_usable_key"])
    .describe("`open`: others go first. `suspect`: tried by one request at a time. `off`: not enabled."),
  until: time.optional().describe("When it is tried as usual again."),
  is_default: z.boolean().describe("It serves requests that name no provider."),
  keys: counts.describe("How many keys it has, by state."),
  open_models: z
    .array(
      z.object({
        model: z.string().describe("The upstream's name of the model."),
        until: time.describe("When it is tried as usual again."),
      }),
    )
    .describe("Models that fail there."),
  in_flight: z.int().describe("Calls that it has not answered yet."),
  used_24h: z.int().describe("Attempts of its keys in the last 24 hours."),
  failed_24h: z.int().describe("Those of them that failed by no fault of the client."),
});

export const health = call({
  name: "health",
  kind: "read",
  who: "admin",
  summary: "Shows providers, their breakers, keys by state, and every key that does not serve all it could.",
  input: z.strictObject({ provider: z.string().optional().describe("Only this provider.") }),
  output: z.object({
    healthy: z
      .boolean()
      .describe("Every enabled provider is up and has a key that may serve; no key is invalid or exhausted."),
    providers: z.array(provider).describe("All that are configured, or the one that was asked for."),
    keys: z.array(keyRow).describe("Keys that are not ready, and those with models or operations that rest."),
    store_fault: z.string().optional().describe("Why the key store cannot be opened."),
  }),
  run(input, ports) {
    const config = ports.config();
    checkProvider(input.provider, config);
    const pools = ports.pools();
    const rows = keyRows(config, pools, input.provider);
    const byProvider = Map.groupBy(rows, (row) => row.provider);
    const providers = config.providers
      .filter(({ name }) => input.provider === undefined || name === input.provider)
      .map((found) => {
        const pool = pools.find((report) => report.provider === found.name);
        const isDefault = found.name === config.defaultProvider;
        return providerRow(found, pool, { isDefault, rows: byProvider.get(found.name) ?? [] });
      });
    const { fault } = ports.keys;
    return {
      healthy: fault === undefined && providers.every(isHealthy),
      providers,
      keys: rows.filter(({ state, parts }) => state !== "ready" || parts.length > 0),
      ...(fault !== undefined && { store_fault: fault }),
    };
  },
});

type ProviderRow = z.output<typeof provider>;

interface Owned {
  readonly isDefault: boolean;
  readonly rows: readonly KeyRow[];
}

function providerRow(
  { name, enabled }: ProviderConfig,
  pool: PoolReport | undefined,
  { isDefault, rows }: Owned,
): ProviderRow {
  const keys = countsOf(rows);
  const sum = (field: "in_flight" | "used_24h" | "failed_24h") => rows.reduce((all, row) => all + row[field], 0);
  return {
    name,
    state: stateOf(enabled, pool, keys),
    ...(pool?.until !== undefined && { until: isoTime(pool.until) }),
    is_default: isDefault,
    keys,
    open_models: (pool?.openModels ?? []).map(({ model, until }) => ({ model, until: isoTime(until) })),
    in_flight: sum("in_flight"),
    used_24h: sum("used_24h"),
    failed_24h: sum("failed_24h"),
  };
}

function countsOf(rows: readonly KeyRow[]): ProviderRow["keys"] {
  const keys = { total: rows.length, ready: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0 };
  for (const { state } of rows) keys[state] += 1;
  return keys;
}

function stateOf(enabled: boolean, pool: PoolReport | undefined, keys: ProviderRow["keys"]): ProviderRow["state"] {
  if (!enabled) return "off";
  if (keys.total === 0) return "no_key";
  // Its refusals are in doubt, also where every key met one.
  if (pool?.state === "suspect" && keys.disabled < keys.total) return "suspect";
  if (keys.ready + keys.cooling === 0) return "no_usable_key";
  return pool?.state ?? "up";
}

function isHealthy({ state, keys, open_models }: ProviderRow): boolean {
  if (state === "off") return true;
  return state === "up" && keys.invalid + keys.exhausted === 0 && open_models.length === 0;
}
