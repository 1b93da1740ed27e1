// What the balancer needs to know of the configured providers and keys.
import type { KeySpec, Limits, PoolSpec } from "../balancer/contract.ts";
import type { Config, KeyConfig, ProviderConfig } from "../config/config.ts";
import { compileGlobs } from "../core/glob.ts";
import { onceForEach } from "../core/once-for-each.ts";

/** One pool for each enabled provider. `isListed`: whether the provider's own list has the model. */
export function poolSpecs(config: Config, isListed: (provider: string, model: string) => boolean): PoolSpec[] {
  const targets = targetsByProvider(config);
  return config.providers
    .filter(({ enabled }) => enabled)
    .map((provider) => {
      const named = namedModels(provider, targets.get(provider.name) ?? []);
      return {
        provider: provider.name,
        keys: provider.keys.map(keySpec),
        maxFailures: provider.maxFailures,
        strategy: provider.strategy,
        affinity: provider.affinity,
        names: (model: string) => named.has(model) || isListed(provider.name, model),
      };
    });
}

/** Most keys are the same after a reload. */
const keySpec = onceForEach((key: KeyConfig): KeySpec => {
  const { id, name, weight, priority, models, quotaGroup, limits, modelLimits } = key;
  return {
    id,
    name,
    weight,
    priority,
    serves: models === undefined ? () => true : compileGlobs(models),
    quotaGroup,
    limits,
    modelLimits: modelLimits && limitsByModel(modelLimits),
  };
});

/** Keys that inherit the same patterns share one function. */
const limitsByModel = onceForEach((patterns: NonNullable<KeyConfig["modelLimits"]>) => {
  const compiled = patterns.map(({ pattern, limits }) => ({ matches: compileGlobs([pattern]), limits }));
  return (model: string): Limits | undefined => compiled.find(({ matches }) => matches(model))?.limits;
});

function targetsByProvider({ models }: Config): ReadonlyMap<string, readonly string[]> {
  const byProvider = new Map<string, string[]>();
  for (const { provider, model } of [...models.values()].flat(2)) {
    byProvider.set(provider, [...(byProvider.get(provider) ?? []), model]);
  }
  return byProvider;
}

function namedModels(provider: ProviderConfig, targets: readonly string[]): ReadonlySet<string> {
  const patterns = [...provider.models.include, ...provider.keys.flatMap(({ models }) => models ?? [])];
  return new Set([...targets, ...patterns.filter((pattern) => !/[*?]/.test(pattern))]);
}
