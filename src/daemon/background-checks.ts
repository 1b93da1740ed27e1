// Calls that no client asked for: how keys are asked, and providers that are out.
import type { Need } from "../balancer/contract.ts";
import { chatOperation } from "../proxy/attempt/probe.ts";
import { CallSpacing } from "./call-spacing.ts";
import type { Instance } from "./instance.ts";
import type { KeyPool } from "./jobs/recheck.ts";
import { logBug } from "./log-events.ts";
import type { ProbeMeans } from "./next-probe.ts";
import { type ProbeResult, ProviderProbes } from "./provider-probes.ts";
import { checkKey } from "./test-calls.ts";

const NO_CALL: ProbeResult = { isOk: false, outcome: "no_call" };

/** Calls that no client asked for. */
export interface BackgroundCalls {
  /** One call with one key, whose result counts for health; never rejects. */
  readonly check: (provider: string, keyId: string, signal: AbortSignal) => Promise<ProbeResult>;
  readonly spacing: CallSpacing;
}

export function backgroundCalls(instance: Instance): BackgroundCalls {
  return {
    spacing: new CallSpacing(instance.timing),
    check: async (provider, keyId, signal) => {
      const found = instance.handler.setup.providers.get(provider);
      const key = found?.keys.get(keyId);
      if (found === undefined || key === undefined) return NO_CALL;
      return checkKey(found, key, isChat(instance), instance, signal).catch((error: unknown) => {
        logBug(error, "none", instance.options.logger);
        return NO_CALL;
      });
    },
  };
}

/** Asks providers that are out; answers what ends that. */
export function startProbes(instance: Instance, calls: BackgroundCalls): () => void {
  const { balancer, timing } = instance;
  const probes = new ProviderProbes({
    isOff: () => instance.config.health.probe === "off",
    pools: () => balancer.summarize(timing.now()),
    means: (provider) => meansOf(provider, instance),
    pick: (provider, means) => pickKey(provider, means, instance),
    ...calls,
    timing,
  });
  instance.onHealth = (changes) => probes.note(changes);
  return () => probes.stop();
}

/** The ids of all keys. */
export function keyPools({ handler }: Instance): readonly KeyPool[] {
  return Array.from(handler.setup.providers, ([provider, { keys }]) => ({ provider, keys: [...keys.keys()] }));
}

function isChat({ config }: Instance): boolean {
  return config.health.probe === "chat";
}

function meansOf(provider: string, instance: Instance): ProbeMeans | undefined {
  const config = instance.handler.setup.providers.get(provider)?.config;
  const model = isChat(instance) ? config?.testModel : undefined;
  return model === undefined && config?.probePath === undefined ? undefined : { model };
}

function pickKey(provider: string, { model }: ProbeMeans, instance: Instance): string | undefined {
  const { balancer, timing, handler } = instance;
  const { dialect } = handler.setup.providers.get(provider) ?? {};
  const need: Need = {
    route: [[{ provider, model }]],
    operation: model === undefined ? "models" : chatOperation(dialect ?? {}),
    client: "probe",
    ...(model === undefined && { isFree: true }),
  };
  const pick = balancer.pick(need, [], timing.now());
  return pick.kind === "candidate" ? pick.candidate.keyId : undefined;
}
