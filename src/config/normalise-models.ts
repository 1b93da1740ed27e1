// Makes routes of the names that clients may ask for.

import { compileGlobs } from "../core/glob.ts";
import type { ModelRoute, ModelTarget, ProviderConfig } from "./config.ts";
import type { DiagnosticList } from "./diagnostic.ts";
import type { FieldPath } from "./field-path.ts";
import type { LoadContext } from "./load-context.ts";
import type { RawConfig } from "./schema.ts";

/** No provider was left out because it, or its name, is unusable: whatever is not there does not exist. */
export function areAllProvidersKnown(list: DiagnosticList): boolean {
  return !list.hasBroken(/^providers(\[\d+\](\.name)?)?$/);
}

interface Checks {
  readonly byName: ReadonlyMap<string, { readonly index: number; readonly provider: ProviderConfig }>;
  readonly seen: Set<string>;
  readonly context: LoadContext;
}

/** Reports targets at unknown providers, targets that a filter takes out, and targets that stand in a route twice. */
export function normaliseModels(
  models: RawConfig["models"],
  providers: readonly ProviderConfig[],
  context: LoadContext,
): ReadonlyMap<string, ModelRoute> {
  const byName = new Map(providers.map((provider, index) => [provider.name, { index, provider }]));
  const routes = Object.entries(models).map(([name, tiers]): [string, ModelRoute] => {
    const checks = { byName, seen: new Set<string>(), context };
    const route = tiers.map((tier, index) => {
      const path = ["models", name, index];
      if (typeof tier === "string") return [targetOf(tier, path, checks)];
      return tier.map((target, position) => targetOf(target, [...path, position], checks));
    });
    return [name, route];
  });
  return new Map(routes);
}

function targetOf(text: string, path: FieldPath, { byName, seen, context }: Checks): ModelTarget {
  const slash = text.indexOf("/");
  const target = { provider: text.slice(0, slash), model: text.slice(slash + 1) };
  const found = byName.get(target.provider);
  const { list } = context;
  if (found === undefined) {
    if (areAllProvidersKnown(list)) list.error(path, "expected a target whose first part is the name of a provider");
  } else if (!found.provider.enabled) {
    list.warning(path, `is skipped, since providers[${found.index}] is not enabled`);
  } else if (!passes(found.provider, target.model)) {
    list.error(path, `has no effect: providers[${found.index}].models filters the model out`);
  }
  if (seen.has(text)) list.error(path, "stands in this route twice");
  seen.add(text);
  return target;
}

function passes({ models }: ProviderConfig, model: string): boolean {
  return compileGlobs(models.include)(model) && !compileGlobs(models.exclude)(model);
}
