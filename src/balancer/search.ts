// The choice of one key within a tier: fewest in flight per weight, ties in smooth rotation.
import type { KeyHealth } from "./key-health.ts";
import type { Lane, Scene } from "./lanes.ts";
import type { PriorityGroup } from "./pool.ts";
import type { Rotation } from "./rotation.ts";

/** Up to this many keys are compared with each other; more are sampled. */
const COMPARED = 64;
const SAMPLES = 8;
const GOLDEN = 0.618033988749895;

/** The keys of equal rank of one lane. */
export interface Stall {
  readonly lane: Lane;
  readonly keys: readonly KeyHealth[];
  readonly weightSums: PriorityGroup["weightSums"];
}

/** A key found, with the lane that leads to it. */
export interface Found {
  readonly lane: Lane;
  readonly key: KeyHealth;
}

/** True if every level lets the key through for this lane; what this request has tried is not looked at. */
export function isUsable(lane: Lane, key: KeyHealth, { need, now }: Scene): boolean {
  if (key.disabledSince !== undefined) return false;
  if (key.rests.until > now && !isProbeKey(lane, key, now)) return false;
  if ((key.models.get(lane.modelKey)?.until ?? 0) > now) return false;
  if ((key.operations.get(need.operation)?.until ?? 0) > now) return false;
  return lane.model === undefined || key.spec.serves(lane.model);
}

/** The best key of the stalls, which are of equal rank and priority. */
export function bestOf(stalls: readonly Stall[], rotation: Rotation, context: SearchContext): Found | undefined {
  const search = new Search(rotation, context);
  let total = 0;
  for (const stall of stalls) total += stall.keys.length;
  if (total > COMPARED) search.sample(stalls, total);
  else search.compare(stalls);
  return search.best;
}

/** What a search needs to know. */
export interface SearchContext {
  readonly scene: Scene;
  readonly random: () => number;
}

/** The probe of a suspect provider may use a key whose only rest is the one in doubt: with all refused, none else is left. */
function isProbeKey(lane: Lane, key: KeyHealth, now: number): boolean {
  const { suspicion } = lane.pool;
  const cause = suspicion.isSuspect ? suspicion.causeOf(key) : undefined;
  return cause !== undefined && key.rests.untilWithout(cause) <= now;
}

class Search {
  best: Found | undefined;
  #load = Number.POSITIVE_INFINITY;
  #tag = Number.POSITIVE_INFINITY;
  readonly #rotation: Rotation;
  readonly #scene: Scene;
  readonly #random: () => number;

  constructor(rotation: Rotation, { scene, random }: SearchContext) {
    this.#rotation = rotation;
    this.#scene = scene;
    this.#random = random;
  }

  compare(stalls: readonly Stall[]): void {
    for (const stall of stalls) {
      for (const key of stall.keys) {
        // Cheap questions first: most keys lose on load or turn and are never examined further.
        const load = key.inFlight / key.spec.weight;
        if (load > this.#load) continue;
        const tag = this.#tagOf(stall.lane, key);
        if (load === this.#load && tag >= this.#tag) continue;
        if (this.#isOpenTo(stall.lane, key)) this.#keep(stall.lane, key, load, tag);
      }
    }
  }

  /** Examines usable keys from the rotation's place on until there are enough of them to choose from. */
  sample(stalls: readonly Stall[], total: number): void {
    if (stalls.some((stall) => stall.weightSums !== undefined) && this.#sampleByWeight(stalls)) return;
    const step = scatteringStep(total);
    let samples = 0;
    let position = (this.#rotation.turns * step) % total;
    for (let i = 0; i < total && samples < SAMPLES; i++) {
      if (this.#offerAt(stalls, position)) samples += 1;
      position += step;
      if (position >= total) position -= total;
    }
  }

  /** Heavy keys are met as often as their weight says; gives up when too many keys are unusable. */
  #sampleByWeight(stalls: readonly Stall[]): boolean {
    const sums = stalls.map(
      (stall) => stall.weightSums?.at(-1) ?? stall.keys.length * (stall.keys[0]?.spec.weight ?? 1),
    );
    const total = sums.reduce((all, sum) => all + sum, 0);
    let samples = 0;
    for (let i = 0; i < COMPARED && samples < SAMPLES; i++) {
      let at = (((this.#rotation.turns + i) * GOLDEN) % 1) * total;
      const place = sums.findIndex((sum) => {
        if (at < sum) return true;
        at -= sum;
        return false;
      });
      const stall = stalls[place];
      const key = stall === undefined ? undefined : keyAtWeight(stall, at);
      if (stall !== undefined && key !== undefined && this.#offer(stall.lane, key)) samples += 1;
    }
    return samples === SAMPLES;
  }

  #offerAt(stalls: readonly Stall[], position: number): boolean {
    let index = position;
    for (const { lane, keys } of stalls) {
      const key = keys[index];
      if (key !== undefined) return this.#offer(lane, key);
      index -= keys.length;
    }
    return false;
  }

  #offer(lane: Lane, key: KeyHealth): boolean {
    if (!this.#isOpenTo(lane, key)) return false;
    const load = key.inFlight / key.spec.weight;
    const tag = this.#tagOf(lane, key);
    if (load < this.#load || (load === this.#load && tag < this.#tag)) this.#keep(lane, key, load, tag);
    return true;
  }

  /** In doubt the turn is left to chance, so that a block of dead keys is not met in a row. */
  #tagOf(lane: Lane, key: KeyHealth): number {
    return lane.freshOnly ? this.#random() : this.#rotation.tagOf(key, lane.place);
  }

  #isOpenTo(lane: Lane, key: KeyHealth): boolean {
    if (lane.freshOnly && lane.pool.suspicion.has(key)) return false;
    return isUsable(lane, key, this.#scene) && !this.#scene.past.excludes(key, lane.modelKey);
  }

  #keep(lane: Lane, key: KeyHealth, load: number, tag: number): void {
    this.best = { lane, key };
    this.#load = load;
    this.#tag = tag;
  }
}

function keyAtWeight({ keys, weightSums }: Stall, at: number): KeyHealth | undefined {
  if (weightSums === undefined) return keys[Math.floor(at / (keys[0]?.spec.weight ?? 1))];
  let low = 0;
  let high = weightSums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((weightSums[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return keys[low];
}

/** A step that visits every index once and jumps far, so that what lies beside a block of dead keys is not worn out. */
function scatteringStep(total: number): number {
  let step = Math.max(1, Math.floor(total * GOLDEN));
  while (greatestCommonDivisor(step, total) !== 1) step += 1;
  return step;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
