// The timeouts that apply to one provider and model.
import type { TimeoutsConfig } from "../config/config.ts";
import { compileGlobs } from "../core/glob.ts";
import type { Provider } from "../upstream/provider.ts";

type Rule = (model: string) => Partial<TimeoutsConfig> | undefined;

const compiled = new WeakMap<Provider, Rule>();

/** The provider's, with the fields of the first matching pattern of `timeouts.models` over them. */
export function timeoutsOf(provider: Provider, model: string | undefined): TimeoutsConfig {
  const { timeouts, modelTimeouts } = provider.config;
  if (model === undefined || modelTimeouts.length === 0) return timeouts;
  const special = ruleOf(provider)(model);
  return special === undefined ? timeouts : { ...timeouts, ...special };
}

function ruleOf(provider: Provider): Rule {
  const known = compiled.get(provider);
  if (known !== undefined) return known;
  const rules = provider.config.modelTimeouts.map(({ pattern, timeouts }) => ({
    matches: compileGlobs([pattern]),
    timeouts,
  }));
  const rule: Rule = (model) => rules.find(({ matches }) => matches(model))?.timeouts;
  compiled.set(provider, rule);
  return rule;
}
