// What the balancer's names stand for in the configuration that a request began with.
import type { Candidate, Need } from "../../balancer/contract.ts";
import type { TimeoutsConfig } from "../../config/config.ts";
import type { Provider, UpstreamKey } from "../../upstream/provider.ts";

/** A candidate with what it stands for. */
export interface Chosen {
  readonly candidate: Candidate;
  readonly provider: Provider;
  readonly key: UpstreamKey;
  readonly times: TimeoutsConfig;
}

export interface Configured {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly timeoutsOf: (provider: Provider, model: string | undefined) => TimeoutsConfig;
}

/** @throws Error for what the configuration does not have, which is a bug: see `Need.hasKey`. */
export function chosenOf(candidate: Candidate, { providers, timeoutsOf }: Configured): Chosen {
  const provider = providers.get(candidate.provider);
  const key = provider?.keys.get(candidate.keyId);
  if (provider === undefined || key === undefined) throw new Error("Cannot use a key that is not configured");
  return { candidate, provider, key, times: timeoutsOf(provider, candidate.model) };
}

/** The commit time of the most patient target, in milliseconds: any of them may be the one that is waited for. */
export function longestCommitMs({ route }: Need, { providers, timeoutsOf }: Configured): number {
  const times = route.flat().map(({ provider, model }) => {
    const target = providers.get(provider);
    return target === undefined ? 0 : timeoutsOf(target, model).commitMs;
  });
  return Math.max(0, ...times);
}
