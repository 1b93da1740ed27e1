// The admin reads of the seed: providers, their status, and all keys, always masked.
import type { KeyReport, PoolReport } from "../balancer/contract.ts";
import type { Config, KeyConfig, ProviderConfig } from "../config/config.ts";
import { withoutUrlPassword } from "../config/url-password.ts";
import { maskSecret } from "../core/redaction.ts";

/** What follows `/v1/` in the path of an admin read. */
export type AdminReadName = "providers" | "providers/status" | "keys/list";

/** The answer to an admin read as a JSON value. A key without a report counts as valid without failures. */
export function adminRead(name: AdminReadName, config: Config, pools: readonly PoolReport[]): object {
  switch (name) {
    case "providers":
      return readProviders(config);
    case "providers/status":
      return readStatus(config, reportsById(pools));
    case "keys/list":
      return readKeys(config, reportsById(pools));
    default:
      return name satisfies never;
  }
}

/** Failures in a row by masked key and id. */
type Failures = Record<string, number>;

interface SortedKeys {
  readonly valid: Failures;
  readonly invalid: Failures;
}

function readProviders(config: Config): object {
  const data = config.providers.map((provider) => ({
    name: provider.name,
    path: provider.path,
    base_url: withoutUrlPassword(provider.baseUrl),
    enabled: provider.enabled,
    is_default: provider.name === config.defaultProvider,
  }));
  return { status: "success", data, default_provider: config.defaultProvider ?? null, total: data.length };
}

function readStatus(config: Config, reports: ReadonlyMap<string, KeyReport>): object {
  const data = Object.fromEntries(
    config.providers.map((provider) => {
      const { valid, invalid } = sortKeys(provider.keys, reports);
      const status = {
        config: publicConfig(provider),
        keys_status: { valid_keys: valid, invalid_keys: invalid, all_keys: { ...valid, ...invalid } },
        total_keys: provider.keys.length,
        valid_keys_count: Object.keys(valid).length,
        invalid_keys_count: Object.keys(invalid).length,
      };
      return [provider.name, status];
    }),
  );
  return { status: "success", data, default_provider: config.defaultProvider ?? null };
}

function readKeys(config: Config, reports: ReadonlyMap<string, KeyReport>): object {
  const keys = config.providers.flatMap((provider) => provider.keys);
  const { valid, invalid } = sortKeys(keys, reports);
  return { status: "success", data: { valid_keys: valid, invalid_keys: invalid }, total: keys.length };
}

function reportsById(pools: readonly PoolReport[]): ReadonlyMap<string, KeyReport> {
  return new Map(pools.flatMap((pool) => pool.keys.map((key) => [key.id, key] as const)));
}

function sortKeys(keys: readonly KeyConfig[], reports: ReadonlyMap<string, KeyReport>): SortedKeys {
  const sorted: SortedKeys = { valid: {}, invalid: {} };
  for (const key of keys) {
    const report = reports.get(key.id);
    const side = report === undefined || isUsable(report.state) ? sorted.valid : sorted.invalid;
    side[`${maskSecret(key.secret)} #${key.id}`] = report?.failures ?? 0;
  }
  return sorted;
}

/** A rest is no verdict on the key itself. */
function isUsable(state: KeyReport["state"]): boolean {
  switch (state) {
    case "ready":
    case "half_open":
    case "cooling":
      return true;
    case "exhausted":
    case "invalid":
    case "disabled":
      return false;
    default:
      return state satisfies never;
  }
}

/** The settings of a provider without its keys; the values of headers may be secrets. Times are seconds. */
function publicConfig(provider: ProviderConfig): object {
  return {
    name: provider.name,
    path: provider.path,
    base_url: withoutUrlPassword(provider.baseUrl),
    enabled: provider.enabled,
    dialect: provider.dialect,
    custom_headers: Object.fromEntries(Object.keys(provider.headers).map((name) => [name, "****"])),
    timeout: provider.timeouts.firstByteMs / 1000,
    max_failures: provider.maxFailures,
    max_retries: provider.maxRetries,
    test_model: provider.testModel ?? null,
  };
}
