// Smaller versions of scenarios, for tests: fewer keys and requests, the same bounds.
import type { ProviderSpec, Scenario } from "./scenario.ts";

const SHARE = 1 / 3;
const MIN_KEYS = 6;
const MAX_KEYS = 60;

/** A third of the keys and of the requests; groups and sizes stay whole, and so do the windows. */
export function reduce(scenario: Scenario): Scenario {
  const { traffic } = scenario;
  const load = "perSecond" in traffic.load ? { perSecond: traffic.load.perSecond * SHARE } : traffic.load;
  return { ...scenario, providers: scenario.providers.map(reduceProvider), traffic: { ...traffic, load } };
}

function reduceProvider(provider: ProviderSpec): ProviderSpec {
  const { keys, groupSize = 1, sizes = [1] } = provider;
  const step = groupSize * sizes.length;
  const wanted = Math.min(MAX_KEYS, Math.max(MIN_KEYS, keys * SHARE));
  return { ...provider, keys: Math.min(keys, Math.ceil(wanted / step) * step) };
}
