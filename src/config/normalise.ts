// Makes the snapshot that the program runs on of the configuration as it is written.

import { parseDuration } from "../core/durations.ts";
import { checkProviderNames } from "./check-provider-names.ts";
import type { ClientToken } from "./client-token.ts";
import type { Config, ProviderConfig, QueueConfig, ServerConfig } from "./config.ts";
import type { FieldPath } from "./field-path.ts";
import type { LoadContext } from "./load-context.ts";
import { normaliseAuth } from "./normalise-auth.ts";
import { normaliseCors } from "./normalise-cors.ts";
import { checkDays } from "./normalise-limits.ts";
import { normaliseMetrics } from "./normalise-metrics.ts";
import { areAllProvidersKnown, normaliseModels } from "./normalise-models.ts";
import { normaliseProvider } from "./normalise-provider.ts";
import { checkProxies, normaliseOwnProxies, normaliseProxies, normaliseProxyCheck } from "./normalise-proxies.ts";
import { normaliseRequests } from "./normalise-requests.ts";
import { normaliseTopRules, warnOfCaps } from "./normalise-rules.ts";
import { bytes, milliseconds } from "./normalise-timeouts.ts";
import { normaliseTls } from "./normalise-tls.ts";
import { normalisePrices } from "./normalise-token-rules.ts";
import { normaliseWebhooks } from "./normalise-webhooks.ts";
import { type ResolvedProvider, resolveProvider } from "./resolve-provider.ts";
import type { RawConfig } from "./schema.ts";

export interface Normalised {
  readonly config: Config;
  /** The configuration as it is written, with everything that presets and inheritance add. */
  readonly effective: Omit<RawConfig, "providers"> & { readonly providers: readonly ResolvedProvider[] };
}

/** Reports every contradiction; the result is of use only if there was no error. */
export function normalise(raw: RawConfig, context: LoadContext): Normalised {
  const resolved = raw.providers.map((provider, index) => resolveProvider(provider, index, raw, context));
  checkTimeouts(raw, context);
  checkDays(raw, context);
  const topRules = normaliseTopRules(raw, context);
  warnOfCaps(raw, context);
  const proxies = normaliseProxies(raw.proxies, context);
  const providers = resolved.map((provider, index) => {
    const path = ["providers", index];
    const own = normaliseProvider(provider, path, context);
    const outbound = normaliseOwnProxies(provider.proxies, path, context) ?? proxies;
    return { ...own, rules: [...own.rules, ...topRules(own.name)], ...(outbound.proxies.length > 0 && { outbound }) };
  });
  checkProxies(raw.proxies, { providers }, context);
  const scene = { providers, hasPrices: raw.usage.prices.length > 0 };
  const auth = normaliseAuth(raw, scene, context);
  const config: Config = {
    server: normaliseServer(raw.server, auth.clientTokens, context),
    auth,
    defaultProvider: chooseDefault(raw.default_provider, providers, context),
    providers,
    models: normaliseModels(raw.models, providers, context),
    retry: { maxRotations: raw.retry.max_rotations, budget: raw.retry.budget, budgetMin: raw.retry.budget_min },
    health: {
      maxCooldownMs: milliseconds(raw.health.max_cooldown),
      probe: raw.health.probe,
      checkIntervalMs: milliseconds(raw.health.check_interval),
    },
    queue: normaliseQueue(raw.queue, context),
    strategy: raw.strategy,
    prices: normalisePrices(raw, scene, context),
    requests: normaliseRequests(raw.requests, context),
    logging: raw.logging,
    metrics: normaliseMetrics(raw.metrics, context),
    outboundHealth: normaliseProxyCheck(raw.proxies),
    webhooks: normaliseWebhooks(raw.webhooks, providers, context),
  };
  checkProviderNames(resolved, context);
  return { config, effective: { ...raw, providers: resolved } };
}

function normaliseServer(raw: RawConfig["server"], tokens: readonly ClientToken[], context: LoadContext): ServerConfig {
  const maxBodyBytes = bytes(raw.max_body);
  const maxBufferedBytes = bytes(raw.max_buffered);
  if (maxBufferedBytes < maxBodyBytes) {
    context.list.error(
      ["server", "max_buffered"],
      "is smaller than server.max_body, so that such a body would never fit",
    );
  }
  const maxUploadBytes = bytes(raw.max_upload);
  if (context.isSet(["server", "max_upload"]) && maxUploadBytes > 0 && maxUploadBytes <= maxBodyBytes) {
    context.list.error(["server", "max_upload"], "has no effect: it is not above server.max_body");
  }
  return {
    host: raw.host.replace(/^\[(.*)\]$/, "$1"),
    port: raw.port,
    maxBodyBytes,
    maxUploadBytes,
    maxBufferedBytes,
    bodyTimeoutMs: milliseconds(raw.body_timeout),
    drainTimeoutMs: milliseconds(raw.drain_timeout),
    repairPaths: raw.repair_paths,
    debugHeaders: raw.debug_headers,
    passRatelimitHeaders: raw.pass_ratelimit_headers,
    trustedProxies: raw.trusted_proxies,
    tls: normaliseTls(raw.tls, context),
    cors: normaliseCors(raw.cors, tokens, context),
  };
}

function normaliseQueue(raw: RawConfig["queue"], context: LoadContext): QueueConfig {
  const maxWaitMs = milliseconds(raw.max_wait);
  if (maxWaitMs === 0 && context.isSet(["queue", "max_size"]))
    context.list.error(["queue", "max_size"], "has no effect: max_wait is 0s");
  return { maxWaitMs, maxSize: raw.max_size };
}

/** The one that is named; else the first enabled one with keys, else the first enabled one. */
function chooseDefault(
  wanted: string | undefined,
  providers: readonly ProviderConfig[],
  { list }: LoadContext,
): string | undefined {
  const enabled = providers.filter((provider) => provider.enabled);
  const first = enabled.find(({ keys }) => keys.length > 0) ?? enabled[0];
  const named = providers.find(({ name }) => name === wanted);
  if (wanted === undefined || (wanted === "default" && named === undefined)) return first?.name;
  const path = ["default_provider"];
  if (named === undefined && areAllProvidersKnown(list)) list.error(path, "expected the name of a provider");
  if (named?.enabled === false) list.error(path, "expected the name of an enabled provider");
  return named?.name;
}

/** `response_retry` above the `response` beside it would never apply. */
function checkTimeouts(raw: RawConfig, context: LoadContext): void {
  const places: FieldPath[] = [["timeouts"], ...raw.providers.map((_, index) => ["providers", index, "timeouts"])];
  for (const place of places) {
    const timeouts = place.length === 1 ? raw.timeouts : raw.providers[Number(place[1])]?.timeouts;
    const maps = [{ path: place, map: timeouts }];
    for (const [pattern, map] of Object.entries(timeouts?.models ?? {}))
      maps.push({ path: [...place, "models", pattern], map });
    for (const { path, map } of maps) {
      const areWritten = context.isSet([...path, "response"]) && context.isSet([...path, "response_retry"]);
      const isAbove = (parseDuration(map?.response_retry ?? "") ?? 0) > (parseDuration(map?.response ?? "") ?? 0);
      if (areWritten && isAbove) context.list.error([...path, "response_retry"], "has no effect: it is above response");
    }
  }
}
