// Makes what is used of the settings of metrics.
import type { MetricsConfig } from "./config.ts";
import type { LoadContext } from "./load-context.ts";
import type { RawConfig } from "./schema.ts";

export function normaliseMetrics(raw: RawConfig["metrics"], context: LoadContext): MetricsConfig {
  for (const name of ["public", "per_key"] as const) {
    if (!raw.enabled && raw[name] && context.isSet(["metrics", name]))
      context.list.error(["metrics", name], "has no effect: metrics.enabled is false");
  }
  return { enabled: raw.enabled, isPublic: raw.public, perKey: raw.per_key };
}
