// The models that a configuration names, for completion while no daemon knows more.
import type { Config } from "../../config/config.ts";
import type { Candidate } from "./completion-of.ts";

/** Names of one's own, then the test model of each provider. */
export function configuredModels({ models, providers }: Config): readonly Candidate[] {
  const own = [...models.keys()].map((value) => ({ value, description: "name of your own" }));
  const tested = providers.flatMap(({ name, enabled, testModel }) =>
    enabled && testModel !== undefined && !models.has(testModel) ? [{ value: testModel, description: name }] : [],
  );
  const seen = new Set<string>();
  return [...own, ...tested].filter(({ value }) => !seen.has(value) && seen.add(value));
}
