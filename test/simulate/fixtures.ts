// Small scenarios and requests for the simulator's tests.
import type { Arrival } from "../../simulate/arrivals.ts";
import { keysOf, type PlannedKey } from "../../simulate/key-plan.ts";
import type { ProviderSpec, Scenario } from "../../simulate/scenario.ts";
import { provider, scenario } from "../../simulate/scenarios/base.ts";
import { START } from "../../simulate/virtual-clock.ts";

export const MODEL = { name: "m", route: [["a"]], share: 1 };

/** Request number `index`, `atMs` after the start. */
export function arrival(index = 0, atMs = 0, fields: Partial<Arrival> = {}): Arrival {
  const tokens = { inputTokens: 100, outputTokens: 50, maxOutput: undefined };
  const base = { index, at: START + atMs, client: 0, model: MODEL, serviceMs: 1_000, isStream: false };
  return { ...base, ...tokens, ...fields };
}

/** Requests `everyMs` apart, in order. */
export function arrivals(count: number, everyMs: number, fields: Partial<Arrival> = {}): readonly Arrival[] {
  return Array.from({ length: count }, (_, i) => arrival(i, i * everyMs, fields));
}

/** One minute of one provider `a` with two keys, unless said otherwise. */
export function small(fields: Partial<ProviderSpec> = {}, more: Partial<Scenario> = {}): Scenario {
  const providers = [provider({ keys: 2, ...fields })];
  return { ...scenario({ name: "test", title: "Test", bounds: { goodput: 0.98 } }), providers, windows: 1, ...more };
}

export function keyOf(spec: ProviderSpec, index = 0): PlannedKey {
  const key = keysOf(spec)[index];
  if (key === undefined) throw new Error(`There is no key ${index}`);
  return key;
}
