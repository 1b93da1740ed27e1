// Completes limits by those around them: of a provider by the top level, of a key by its provider.

import { COUNT_NAMES, type RawLimits, type ResolvedLimits } from "./limits-schema.ts";

type ModelCounts = NonNullable<RawLimits["models"]>[string];

/** Each single limit by itself; own patterns for models come first. Without own ones it is the very object around. */
export function inheritLimits(own: RawLimits | undefined, around: ResolvedLimits): ResolvedLimits {
  if (own === undefined) return around;
  const models: Record<string, ModelCounts> = { ...own.models };
  for (const [pattern, counts] of Object.entries(around.models ?? {})) {
    models[pattern] = { ...counts, ...own.models?.[pattern] };
  }
  const limits = { ...around, ...own, day: own.day ?? around.day };
  return Object.keys(models).length > 0 ? { ...limits, models } : limits;
}

/** The paths below `limits` that `own` leaves to what is around. */
export function inheritedPaths(own: RawLimits | undefined, around: ResolvedLimits): readonly (readonly string[])[] {
  const names = [...COUNT_NAMES, "day"] as const;
  const single = names.filter((name) => own?.[name] === undefined).map((name) => [name]);
  return [...single, ...Object.keys(around.models ?? {}).map((pattern) => ["models", pattern])];
}
