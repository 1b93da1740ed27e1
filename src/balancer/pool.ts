// The keys of one provider with their health, and the health of the provider and its models.
import { Breaker } from "./breaker.ts";
import type { KeySpec, PoolSpec } from "./contract.ts";
import { KeyHealth } from "./key-health.ts";
import { LruMap } from "./lru-map.ts";
import { ModelHealth } from "./model-health.ts";
import { Rests } from "./rests.ts";
import { RetryBudget } from "./retry-budget.ts";
import { Rotation } from "./rotation.ts";
import { Suspicion } from "./suspicion.ts";

const MOST_MODELS = 10_000;
const MOST_REFUSED_MODELS = 1_000;
const REFUSED_MS = 60_000;
const LONGEST_MODEL_NAME = 256;
/** Short, so that the first seconds of an outage are not taken for the fault of one key after the other. */
const SIBLING_FRESH_MS = 10_000;

/** The keys of one priority. */
export interface PriorityGroup {
  readonly priority: number;
  readonly keys: readonly KeyHealth[];
  readonly rotation: Rotation;
  /** Running sums of the weights; undefined when all weights are equal. */
  readonly weightSums: Float64Array | undefined;
}

/** The name under which a model's health is kept: a request without a model has one of its own, long names are cut. */
export function modelKeyOf(model: string | undefined): string {
  if (model === undefined) return "";
  return model.length <= LONGEST_MODEL_NAME ? model : model.slice(0, LONGEST_MODEL_NAME);
}

/** One provider's pool. */
export class Pool {
  readonly breaker = new Breaker();
  readonly suspicion = new Suspicion();
  readonly budget = new RetryBudget();
  isRemoved = false;
  /** Until when a region refusal is old news. */
  regionAlertedUntil = 0;
  #spec: PoolSpec;
  #keys = new Map<string, KeyHealth>();
  #groups: readonly PriorityGroup[] = [];
  readonly #models = new LruMap<string, ModelHealth>(MOST_MODELS);
  readonly #served = new LruMap<string, true>(MOST_MODELS);
  readonly #refused = new LruMap<string, number>(MOST_REFUSED_MODELS);
  readonly #parts = new LruMap<string, Part>(MOST_MODELS, (part) => part.key.models.delete(part.model));

  constructor(spec: PoolSpec) {
    this.#spec = spec;
    this.replace(spec);
  }

  get spec(): PoolSpec {
    return this.#spec;
  }

  /** Keys by priority, lower first. */
  get groups(): readonly PriorityGroup[] {
    return this.#groups;
  }

  get keys(): ReadonlyMap<string, KeyHealth> {
    return this.#keys;
  }

  /** Takes a new configuration; keys that still exist keep their health. */
  replace(spec: PoolSpec): void {
    const previous = this.#keys;
    this.#spec = spec;
    this.#keys = new Map();
    for (const keySpec of spec.keys) {
      const key = previous.get(keySpec.id) ?? new KeyHealth(keySpec);
      key.spec = keySpec;
      this.#keys.set(keySpec.id, key);
    }
    for (const key of previous.values()) key.isRemoved = !this.#keys.has(key.spec.id);
    this.suspicion.retain((key) => !key.isRemoved);
    this.#parts.sweepAll((part) => part.key.isRemoved);
    this.#groups = groupByPriority(this.#keys.values());
  }

  /** Shortens every rest that ends later than `latest`, after the longest allowed rest was lowered. */
  capRests(latest: number): void {
    for (const key of this.#keys.values()) key.capRests(latest);
  }

  /** After the clock went back: nothing lasts longer than it did. */
  rebase(now: number): void {
    this.breaker.rebase(now);
    this.suspicion.rebase(now);
    this.regionAlertedUntil = 0;
    this.#refused.sweepAll(() => true);
    for (const [, health] of this.#models.entries()) health.rebase(now);
    for (const key of this.#keys.values()) key.rebase(now);
  }

  models(): IterableIterator<[string, ModelHealth]> {
    return this.#models.entries();
  }

  model(modelKey: string): ModelHealth | undefined {
    return this.#models.get(modelKey);
  }

  /** The health of a model, created where it is new. */
  touchModel(modelKey: string, now: number): ModelHealth {
    const health = this.#models.get(modelKey) ?? new ModelHealth(modelKey, now);
    health.touch(now);
    this.#models.set(modelKey, health);
    this.#models.sweep((other) => other.isOver(now));
    return health;
  }

  /** The rests of a key×model, created where they are new. */
  touchPart(key: KeyHealth, modelKey: string, now: number): Rests {
    const rests = key.models.get(modelKey) ?? new Rests();
    key.models.set(modelKey, rests);
    this.#parts.set(partId(key.spec, modelKey), { key, model: modelKey, rests });
    this.#parts.sweep((part) => part.rests !== rests && part.rests.isOver(now));
    return rests;
  }

  /** Makes a key like new but for what it was used; one that an operator keeps out stays out. */
  resetKey(key: KeyHealth): void {
    key.rests.clearAll();
    key.failures = 0;
    for (const modelKey of key.models.keys()) this.dropPart(key, modelKey);
    key.operations.clear();
    this.suspicion.forget(key);
  }

  dropPart(key: KeyHealth, modelKey: string): void {
    key.models.delete(modelKey);
    this.#parts.delete(partId(key.spec, modelKey));
  }

  /** Known: the operator named it, or a key has served it. */
  isKnown(model: string | undefined): boolean {
    return (
      model !== undefined && model !== "" && (this.#served.get(modelKeyOf(model)) === true || this.#spec.names(model))
    );
  }

  noteServed(modelKey: string): void {
    if (this.#served.get(modelKey) === true) return;
    this.#served.set(modelKey, true);
    this.#refused.delete(modelKey);
  }

  /** Two keys have refused an unknown model: for 60 s each further request tries one key only. */
  noteRefused(modelKey: string, now: number): void {
    this.#refused.set(modelKey, now + REFUSED_MS);
  }

  isRefused(modelKey: string, now: number): boolean {
    return now < (this.#refused.get(modelKey) ?? 0);
  }

  /** True while other providers of a route go first. The probe of a suspect provider does not wait for them to fail. */
  isOpen(modelKey: string, now: number): boolean {
    if (this.breaker.isOpen(now)) return true;
    if (this.suspicion.isDoubted(now) && !this.suspicion.isSuspect) return true;
    return this.#models.get(modelKey)?.breaker.isOpen(now) ?? false;
  }

  /** Another key has just had a success with this model, and nothing there is open: a failure now is the key's. */
  siblingsAnswer(key: KeyHealth, model: string | undefined, now: number): boolean {
    const modelKey = modelKeyOf(model);
    if (this.isOpen(modelKey, now)) return false;
    const siblingAt = this.#models.get(modelKey)?.successes.lastOfOthers(key);
    return siblingAt !== undefined && siblingAt > now - SIBLING_FRESH_MS;
  }

  /** True while not even a request that has no other way may go here. */
  isShut(now: number): boolean {
    return this.suspicion.isSuspect && now < this.suspicion.nextProbeAt;
  }

  stateAt(now: number): "up" | "open" | "suspect" {
    if (this.suspicion.isSuspect) return "suspect";
    return this.breaker.isOpen(now) ? "open" : "up";
  }
}

interface Part {
  readonly key: KeyHealth;
  readonly model: string;
  readonly rests: Rests;
}

function partId(key: KeySpec, modelKey: string): string {
  return `${key.id}\0${modelKey}`;
}

function groupByPriority(keys: Iterable<KeyHealth>): readonly PriorityGroup[] {
  const byPriority = Map.groupBy(keys, (key) => key.spec.priority);
  return [...byPriority.entries()]
    .sort(([a], [b]) => a - b)
    .map(([priority, members]) => ({
      priority,
      keys: members,
      rotation: new Rotation(),
      weightSums: weightSumsOf(members),
    }));
}

function weightSumsOf(keys: readonly KeyHealth[]): Float64Array | undefined {
  const first = keys[0]?.spec.weight;
  if (keys.every((key) => key.spec.weight === first)) return undefined;
  let sum = 0;
  return Float64Array.from(keys, (key) => {
    sum += key.spec.weight;
    return sum;
  });
}
