// Which keys a provider has: their secrets, which quota they draw from, and whether they work.
import type { ProviderSpec } from "./scenario.ts";
import type { LimitSpec } from "./upstream/limit.ts";

export interface PlannedKey {
  readonly secret: string;
  readonly name: string;
  /** Keys with the same number share their limits. */
  readonly quota: number;
  readonly limits: readonly LimitSpec[];
  /** Factor of its limits, to compare equals only. */
  readonly size: number;
  readonly fate: "alive" | "dead" | "no-credit";
}

/** The keys in the order of the config; the broken ones are spread evenly among the others. */
export function keysOf(provider: ProviderSpec): readonly PlannedKey[] {
  const { name, keys, sizes = [1], groupSize = 1, dead = 0, noCredit = 0 } = provider;
  return Array.from({ length: keys }, (_, index) => {
    const quota = Math.floor(index / groupSize);
    const size = sizes[quota % sizes.length] ?? 1;
    const fate = isOneOf(index, dead) ? "dead" : isOneOf(keys - 1 - index, noCredit) ? "no-credit" : "alive";
    return {
      secret: `sk-fake-${name}-${index}`,
      name: `${name}-${index}`,
      quota,
      limits: provider.limits.map((limit) => ({ ...limit, limit: limit.limit * size })),
      size,
      fate,
    };
  });
}

/** True for this share of all numbers from 0, evenly spread. */
function isOneOf(index: number, share: number): boolean {
  return Math.floor((index + 1) * share + 1e-9) > Math.floor(index * share + 1e-9);
}
