// Everything that asks without a client: failed keys and outbound proxies by the clock, and providers that are out.
import type { Need } from "../balancer/contract.ts";
import { chatOperation } from "../proxy/attempt/probe.ts";
import { CallSpacing } from "./call-spacing.ts";
import type { Instance } from "./instance.ts";
import type { ProbeMeans } from "./next-probe.ts";
import { type ProbeResult, ProviderProbes } from "./provider-probes.ts";
import { checkProxies } from "./proxies-port.ts";
import { ProxyChecks } from "./proxy-checks.ts";
import { type KeyPool, Recheck } from "./recheck.ts";
import { checkKey } from "./test-calls.ts";

const NO_CALL: ProbeResult = { isOk: false, outcome: "no_call" };

/** Answers what ends them. `onBug` takes what a call throws. */
export function startChecks(instance: Instance, onBug: (error: unknown) => void): () => void {
  const { balancer, timing } = instance;
  const spacing = new CallSpacing(timing);
  const check = async (provider: string, keyId: string, signal: AbortSignal): Promise<ProbeResult> => {
    const found = instance.handler.setup.providers.get(provider);
    const key = found?.keys.get(keyId);
    if (found === undefined || key === undefined) return NO_CALL;
    return checkKey(found, key, isChat(instance), instance, signal).catch((error: unknown) => {
      onBug(error);
      return NO_CALL;
    });
  };
  const recheck = new Recheck({
    health: () => instance.config.health,
    pools: () => keyPools(instance),
    key: (provider, keyId) => balancer.reportKey({ provider, keyId }, timing.now()),
    check,
    spacing,
    schedule: timing.schedule,
  });
  const probes = new ProviderProbes({
    isOff: () => instance.config.health.probe === "off",
    pools: () => balancer.summarize(timing.now()),
    means: (provider) => meansOf(provider, instance),
    pick: (provider, means) => pickKey(provider, means, instance),
    check,
    spacing,
    timing,
  });
  instance.onHealth = (changes) => probes.note(changes);
  const proxies = proxyChecks(instance, onBug);
  return () => {
    proxies.stop();
    recheck.stop();
    probes.stop();
  };
}

function proxyChecks(instance: Instance, onBug: (error: unknown) => void): ProxyChecks {
  return new ProxyChecks({
    settings: () => instance.config.outboundHealth,
    checkAll: (signal) => checkProxies(instance, signal).catch(onBug),
    schedule: instance.timing.schedule,
  });
}

function keyPools({ handler }: Instance): readonly KeyPool[] {
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
