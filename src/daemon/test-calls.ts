// Test calls of commands and checks: with which key, and by which call.
import type { TestResult, TestTarget } from "../admin/ports.ts";
import type { Need } from "../balancer/contract.ts";
import { chatOperation, type ProbeEnd, runProbe } from "../proxy/attempt/probe.ts";
import { timeoutsOf } from "../proxy/attempt/timeouts-of.ts";
import type { Provider, UpstreamKey } from "../upstream/provider.ts";
import type { Instance } from "./instance.ts";

/** One call, whose result counts for health. */
export async function testCall(target: TestTarget, instance: Instance, signal: AbortSignal): Promise<TestResult> {
  const provider = instance.handler.setup.providers.get(target.provider);
  if (provider === undefined) return noCall(target, "off", "the provider is not enabled");
  const model = target.model ?? provider.config.testModel;
  const key = keyOf(target, provider, model, instance);
  if (key === undefined) return noCall(target, "no_usable_key", "no key of the provider may serve now");
  return callWith(provider, key, model, { instance, signal, isForHealth: true });
}

/** The free call that tells whether a failed key works again, or a short chat where `chat` is true. */
export async function checkKey(
  provider: Provider,
  key: UpstreamKey,
  chat: boolean,
  instance: Instance,
  signal: AbortSignal,
): Promise<TestResult> {
  const model = chat ? provider.config.testModel : undefined;
  return callWith(provider, key, model, { instance, signal, isForHealth: true });
}

interface CallOptions {
  readonly instance: Instance;
  readonly signal: AbortSignal;
  /** False for a key that is not configured. */
  readonly isForHealth: boolean;
}

/** The call for a key. A provider without a model to ask is asked by its free call. */
export async function callWith(
  provider: Provider,
  key: UpstreamKey,
  model: string | undefined,
  { instance, signal, isForHealth }: CallOptions,
): Promise<TestResult> {
  const facts = { provider: provider.config.name, keyId: key.id };
  if (model === undefined && provider.config.probePath === undefined) {
    return noCall({ ...facts, model }, "no_test_model", "no model to ask: set test_model, or name one with --model");
  }
  const { balancer, timing, options } = instance;
  const deps = {
    balancer: isForHealth ? balancer : undefined,
    timing,
    timeoutsOf,
    redact: (text: string) => options.redactor.redact(text),
    onChanges: (changes: Parameters<Instance["noteChanges"]>[0]) => instance.noteChanges(changes),
    waiting: { queue: instance.handler.queue },
  };
  const end = await runProbe({ provider, key, model, signal }, deps);
  return resultOf(end, { ...facts, model });
}

function keyOf(
  { keyId, provider: name }: TestTarget,
  provider: Provider,
  model: string | undefined,
  instance: Instance,
): UpstreamKey | undefined {
  if (keyId !== undefined) return provider.keys.get(keyId);
  const operation = chatOperation(provider.dialect);
  const need: Need = { route: [[{ provider: name, model }]], operation, client: "test" };
  const pick = instance.balancer.pick(need, [], instance.timing.now());
  // With none that may serve the first one tells why.
  return pick.kind === "candidate" ? provider.keys.get(pick.candidate.keyId) : provider.keys.values().next().value;
}

function resultOf(end: ProbeEnd, { provider, keyId, model }: TestTarget): TestResult {
  const { verdict, isOk, latencyMs, firstTokenMs } = end;
  const { status, message } = verdict;
  const outcome = isOk ? "ok" : verdict.outcome;
  const reason = isOk ? undefined : verdict.reason;
  return { provider, keyId, model, isOk, status, outcome, reason, message, latencyMs, firstTokenMs };
}

function noCall({ provider, keyId, model }: TestTarget, outcome: string, message: string): TestResult {
  return {
    provider,
    keyId,
    model,
    isOk: false,
    status: undefined,
    outcome,
    reason: undefined,
    message,
    latencyMs: 0,
    firstTokenMs: undefined,
  };
}
