// The keys of one provider with their health, and the health of the provider and its models.
import { Breaker } from "./breaker.ts";
import type { KeySpec, PoolSpec, PoolStateName } from "./contract.ts";
import { groupNamesOf } from "./group-names.ts";
import { KeyHealth, type Owner } from "./key-health.ts";
import { newForms } from "./limits/refill-form.ts";
import { LruMap } from "./lru-map.ts";
import { ModelHealth } from "./model-health.ts";
import { Part } from "./part.ts";
import { groupByPriority, type PriorityGroup } from "./priority-group.ts";
import { QuotaGroup } from "./quota-group.ts";
import { RetryBudget } from "./retry-budget.ts";
import { Suspicion } from "./suspicion.ts";

const MOST_MODELS = 10_000;
/** Models for each key that are kept on average, where many keys have some. */
const PARTS_OF_KEY = 4;
const STATED_PARTS_OF_KEY = 64;
const MOST_GROUPS_OF_KEY = 8;
const MOST_REFUSED_MODELS = 1_000;
const REFUSED_MS = 60_000;
const LONGEST_MODEL_NAME = 256;
/** Short, so that the first seconds of an outage are not taken for the fault of one key after the other. */
const SIBLING_FRESH_MS = 10_000;

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
  /** Attempts in flight on all keys. */
  inFlight = 0;
  /** The sum of the keys' weights. */
  weights = 1;
  /** Until when a region refusal is old news. */
  regionAlertedUntil = 0;
  #spec: PoolSpec;
  #keys = new Map<string, KeyHealth>();
  #groups: readonly PriorityGroup[] = [];
  readonly #models = new LruMap<string, ModelHealth>(MOST_MODELS);
  readonly #served = new LruMap<string, true>(MOST_MODELS);
  readonly #refused = new LruMap<string, number>(MOST_REFUSED_MODELS);
  readonly #parts = new LruMap<string, PlacedPart>(MOST_MODELS, ({ key, model }) => key.models.delete(model));
  readonly #quotaGroups = new Map<string, QuotaGroup>();
  /** How limits refill that neither the headers nor the documentation explain. */
  readonly forms = newForms();

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

  /** Not all keys are asked for each request, and so requests share what was found of them. */
  get isLarge(): boolean {
    return this.#groups.some(({ rosters }) => rosters !== undefined);
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
      key.setLimits(this.forms);
      this.#keys.set(keySpec.id, key);
      this.#join(key);
    }
    for (const key of previous.values()) key.isRemoved = !this.#keys.has(key.spec.id);
    this.suspicion.retain((key) => !key.isRemoved);
    this.#parts.sweepAll((part) => part.key.isRemoved);
    // What was spent of a stated limit must not be forgotten because of other models.
    const states = spec.keys.some(({ modelLimits }) => modelLimits !== undefined);
    this.#parts.limit = Math.max(MOST_MODELS, (states ? STATED_PARTS_OF_KEY : PARTS_OF_KEY) * this.#keys.size);
    this.dropEmptyGroups();
    this.#groups = groupByPriority(this.#keys.values());
    this.weights = spec.keys.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** Shortens every rest that ends later than `latest`, after the longest allowed rest was lowered. */
  capRests(latest: number): void {
    for (const key of this.#keys.values()) key.capRests(latest);
    for (const group of this.#quotaGroups.values()) group.capRests(latest);
  }

  /** After the clock went back: nothing lasts longer than it did. */
  rebase(now: number): void {
    this.breaker.rebase(now);
    this.suspicion.rebase(now);
    this.regionAlertedUntil = 0;
    this.#refused.sweepAll(() => true);
    for (const [, health] of this.#models.entries()) health.rebase(now);
    for (const key of this.#keys.values()) key.rebase(now);
    for (const group of this.#quotaGroups.values()) group.rebase(now);
    this.wakeAll();
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

  /** A key×model, created where it is new. */
  touchPart(key: KeyHealth, modelKey: string, now: number): Part {
    const part = key.models.get(modelKey) ?? new Part(this.forms, key.spec.modelLimits?.(modelKey));
    key.models.set(modelKey, part);
    this.#parts.set(partId(key.spec, modelKey), { key, model: modelKey, part });
    this.#parts.sweep((other) => other.part !== part && other.part.isOver(now));
    return part;
  }

  get quotaGroups(): ReadonlyMap<string, QuotaGroup> {
    return this.#quotaGroups;
  }

  /** An answer said whose the key is. Says whether that is new. */
  noteOwner(key: KeyHealth, owner: Owner): boolean {
    const { organization, project } = key.owner ?? {};
    if (organization === owner.organization && project === owner.project) return false;
    key.owner = owner;
    this.#join(key);
    // A key is in two of them at most; who states another owner each time must not grow memory.
    if (this.#quotaGroups.size > MOST_GROUPS_OF_KEY * this.#keys.size) this.dropEmptyGroups();
    return true;
  }

  /** Something about a key may let it serve sooner than was thought. */
  wake(key: KeyHealth): void {
    for (const { rosters, priority } of this.#groups) {
      if (rosters !== undefined && priority === key.spec.priority) rosters.wake(key);
    }
  }

  /** When the next key of a large pool could serve; undefined where one may be able to now. */
  wakesAt(rosterId: string): number | undefined {
    let at = Number.POSITIVE_INFINITY;
    for (const { rosters } of this.#groups) {
      const roster = rosters?.of(rosterId);
      if (roster === undefined || roster.count > 0) return undefined;
      at = Math.min(at, roster.nextAt);
    }
    return at;
  }

  wakeAll(): void {
    for (const { rosters } of this.#groups) rosters?.wakeAll();
  }

  /** Makes a key like new but for what it was used; one that an operator keeps out stays out. */
  resetKey(key: KeyHealth): void {
    key.rests.clearAll();
    key.failures = 0;
    for (const modelKey of key.models.keys()) this.clearModel(key, modelKey);
    key.operations.clear();
    this.suspicion.forget(key);
    key.meter?.clear();
    for (const group of key.groups) group.reset();
    this.wakeAll();
  }

  /** Makes a key like new for one model, with what it shares with others. What was spent of stated limits stays. */
  clearModel(key: KeyHealth, modelKey: string): void {
    const part = key.models.get(modelKey);
    part?.rests.clearAll();
    part?.meter.clear();
    for (const group of key.groups) group.clearModel(modelKey);
    this.wakeAll();
  }

  /** Makes the provider like new, or one of its models; its keys stay as they are. */
  clearBreakers(modelKey: string | undefined): boolean {
    const breakers = modelKey === undefined ? [this.breaker] : [];
    const models = [...this.#models.entries()].filter(([model]) => modelKey === undefined || model === modelKey);
    const all = [...breakers, ...models.map(([, { breaker }]) => breaker)];
    const had = all.filter((breaker) => breaker.clear()).length > 0;
    if (modelKey !== undefined) return had;
    return this.suspicion.clear() || had;
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
    if (this.suspicion.isDoubted(now) && !this.suspicion.isSuspect) return true;
    return this.breakersOf(modelKey).some((breaker) => breaker.stateAt(now) !== "up");
  }

  /** What a request for the model depends on: the provider's breaker, and the model's where it has one. */
  breakersOf(modelKey: string): readonly Breaker[] {
    const model = this.#models.get(modelKey)?.breaker;
    return model === undefined ? [this.breaker] : [this.breaker, model];
  }

  /** When a request that has no other way may go to what is open; in the past if it may now. */
  opensAt(modelKey: string, now: number): number {
    return this.breakersOf(modelKey).reduce((latest, breaker) => Math.max(latest, breaker.earlyAt(now)), 0);
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

  stateAt(now: number): PoolStateName {
    if (this.suspicion.isSuspect) return "suspect";
    return this.breaker.stateAt(now);
  }

  #join(key: KeyHealth): void {
    key.groups = groupNamesOf(key).map(({ id, name }) => {
      const group = this.#quotaGroups.get(id) ?? new QuotaGroup(name, this.forms);
      this.#quotaGroups.set(id, group);
      return group;
    });
  }

  /** Forgets the groups that no key is of any more. */
  dropEmptyGroups(): void {
    if (this.#quotaGroups.size === 0) return;
    const used = new Set([...this.#keys.values()].flatMap(({ groups }) => groups));
    for (const [id, group] of this.#quotaGroups) if (!used.has(group)) this.#quotaGroups.delete(id);
  }
}

interface PlacedPart {
  readonly key: KeyHealth;
  readonly model: string;
  readonly part: Part;
}

function partId(key: KeySpec, modelKey: string): string {
  return `${key.id}\0${modelKey}`;
}
