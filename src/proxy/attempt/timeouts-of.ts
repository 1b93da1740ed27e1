// The timeouts that apply to one provider and model.
import type { TimeoutsConfig } from "../../config/config.ts";
import { compileGlobs } from "../../core/glob.ts";
import type { Provider } from "../../upstream/provider.ts";

type Rule = (model: string) => TimeoutsConfig;

const compiled = new WeakMap<Provider, Rule>();

/** The provider's, with the fields of the first matching pattern of `timeouts.models` over them. */
export function timeoutsOf(provider: Provider, model: string | undefined): TimeoutsConfig {
  const { timeouts, modelTimeouts } = provider.config;
  return model === undefined || modelTimeouts.length === 0 ? timeouts : ruleOf(provider)(model);
}

function ruleOf(provider: Provider): Rule {
  const known = compiled.get(provider);
  if (known !== undefined) return known;
  const { timeouts, modelTimeouts } = provider.config;
  const rules = modelTimeouts.map((special) => ({
    matches: compileGlobs([special.pattern]),
    timeouts: { ...timeouts, ...special.timeouts },
  }));
  const rule: Rule = (model) => rules.find(({ matches }) => matches(model))?.timeouts ?? timeouts;
  compiled.set(provider, rule);
  return rule;
}
