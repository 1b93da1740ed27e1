// The choice of one key within a tier of equal priority, by its strategy.
import type { Strategy } from "./contract.ts";
import { mayUse, probeOf, rosterIdOf, sleepsUntil, usableAt } from "./gates.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Lane, Scene } from "./lanes.ts";
import type { PriorityGroup } from "./priority-group.ts";
import type { Roster } from "./roster.ts";
import type { Rotation } from "./rotation.ts";
import { type Score, scoreOf } from "./strategy.ts";

const SAMPLES = 8;
/** Looks for samples before all keys that are awake are asked in order. */
const MOST_LOOKS = 64;
const GOLDEN = 0.618033988749895;

/** The keys of equal rank of one lane. */
export interface Stall extends Pick<PriorityGroup, "keys" | "weightSums" | "rosters"> {
  readonly lane: Lane;
}

/** A key found, with the lane that leads to it. */
export interface Found {
  readonly lane: Lane;
  readonly key: KeyHealth;
}

/** What a search needs to know. */
export interface SearchContext {
  readonly scene: Scene;
  readonly strategy: Strategy;
  readonly random: () => number;
  /** False once this request was the probe of something: it leaves that to others, if it has another way. */
  readonly mayProbe: boolean;
  readonly onTrial: OnTrial;
}

/** Keys that are half-open, but not for this request: whether they are left out, and whether one was. */
export interface OnTrial {
  isLeftOut: boolean;
  wasMet: boolean;
}

/** The best key of the stalls, which are of equal rank and priority. A key that waits for its probe comes first. */
export function bestOf(stalls: readonly Stall[], rotation: Rotation, context: SearchContext): Found | undefined {
  const search = new Search(rotation, context);
  for (const stall of stalls) {
    if (stall.rosters === undefined) search.compare(stall);
    else search.sample(stall, stall.rosters.of(rosterIdOf(stall.lane, context.scene.need)));
  }
  return search.best;
}

/** True if the request has not tried the key, and every level lets it through. */
export function isOpenTo(lane: Lane, key: KeyHealth, scene: Scene): boolean {
  if (lane.freshOnly && lane.pool.suspicion.has(key)) return false;
  if (scene.past.excludes(key, lane.modelKey) || usableAt(lane, key, scene) > scene.now) return false;
  return mayUse(scene.need, lane.pool, key);
}

class Search {
  best: Found | undefined;
  #grade = Number.POSITIVE_INFINITY;
  readonly #score: Score = { first: Number.POSITIVE_INFINITY, second: Number.POSITIVE_INFINITY };
  readonly #offered: Score = { first: 0, second: 0 };
  #standsFor = 1;
  readonly #rotation: Rotation;
  readonly #context: SearchContext;
  readonly #scene: Scene;

  constructor(rotation: Rotation, context: SearchContext) {
    this.#rotation = rotation;
    this.#context = context;
    this.#scene = context.scene;
  }

  /** Asks every key; cheap questions first: most lose on load or turn and are never examined further. */
  compare({ lane, keys }: Stall): void {
    for (const key of keys) {
      const grade = this.#gradeOf(lane, key);
      if (grade > this.#grade || this.#isLeftOut(grade) || !this.#isBetter(lane, key, grade)) continue;
      if (isOpenTo(lane, key, this.#scene)) this.#keep(lane, key, grade);
    }
  }

  /** Examines some of the keys that are awake; those that turn out to be unusable go to sleep. */
  sample(stall: Stall, roster: Roster): void {
    roster.advance(this.#scene.now);
    if (this.#context.strategy === "fill_first") {
      this.#first(stall, roster);
      return;
    }
    if (this.#context.strategy === "random" && this.#draw(stall, roster)) return;
    if (stall.weightSums !== undefined && this.#byWeight(stall, roster)) return;
    let samples = 0;
    for (let look = 0; look < MOST_LOOKS && samples < SAMPLES && roster.count > 0; look++) {
      const position = ((this.#rotation.turns + look) * roster.step) % roster.count;
      if (this.#ask(stall.lane, roster.at(position), roster)) samples += 1;
    }
    if (samples > 0) return;
    for (let position = roster.count - 1; position >= 0 && samples < SAMPLES; position--) {
      if (this.#ask(stall.lane, roster.at(position), roster)) samples += 1;
    }
  }

  #first({ lane, keys }: Stall, roster: Roster): void {
    for (const key of keys) {
      if (roster.isAwake(key) && this.#ask(lane, key, roster)) return;
    }
  }

  /** Heavy keys are met as often as their weight says; gives up when too many keys are unusable. */
  #byWeight(stall: Stall, roster: Roster): boolean {
    const total = stall.weightSums?.at(-1) ?? 0;
    let samples = 0;
    for (let look = 0; look < MOST_LOOKS && samples < SAMPLES; look++) {
      const key = keyAtWeight(stall, (((this.#rotation.turns + look) * GOLDEN) % 1) * total);
      if (key !== undefined && roster.isAwake(key) && this.#ask(stall.lane, key, roster)) samples += 1;
    }
    return samples === SAMPLES;
  }

  /** Draws one key by its weight; against those of other stalls it stands for all that are awake. */
  #draw(stall: Stall, roster: Roster): boolean {
    const { lane, keys, weightSums } = stall;
    const { random } = this.#context;
    const total = weightSums?.at(-1) ?? keys.length * (keys[0]?.spec.weight ?? 1);
    for (let look = 0; look < MOST_LOOKS && roster.count > 0; look++) {
      const at = random();
      const key = weightSums === undefined ? roster.at(Math.floor(at * roster.count)) : keyAtWeight(stall, at * total);
      if (key === undefined || !roster.isAwake(key)) continue;
      this.#standsFor = (total * roster.count) / (keys.length * key.spec.weight);
      const isUsable = this.#ask(lane, key, roster);
      this.#standsFor = 1;
      if (isUsable) return true;
    }
    return false;
  }

  /** False for a key that cannot serve, or only if no other can. */
  #ask(lane: Lane, key: KeyHealth | undefined, roster: Roster): boolean {
    if (key === undefined) return false;
    if (!isOpenTo(lane, key, this.#scene)) {
      const until = sleepsUntil(lane, key, this.#scene);
      if (until > this.#scene.now) roster.sleep(key, until);
      return false;
    }
    const grade = this.#gradeOf(lane, key);
    if (this.#isLeftOut(grade)) return false;
    if (grade <= this.#grade && this.#isBetter(lane, key, grade)) this.#keep(lane, key, grade);
    return grade <= 0;
  }

  #gradeOf(lane: Lane, key: KeyHealth): number {
    const probe = probeOf(lane, key, this.#scene.now);
    if (probe === "none") return 0;
    return probe === "due" && this.#context.mayProbe ? -1 : 1;
  }

  #isLeftOut(grade: number): boolean {
    const { onTrial } = this.#context;
    if (grade <= 0) return false;
    onTrial.wasMet = true;
    return onTrial.isLeftOut;
  }

  #isBetter(lane: Lane, key: KeyHealth, grade: number): boolean {
    const { strategy, random } = this.#context;
    const offered = this.#offered;
    const standsFor = this.#standsFor;
    scoreOf(strategy, { lane, key, rotation: this.#rotation, now: this.#scene.now, random, standsFor }, offered);
    if (grade < this.#grade) return true;
    const { first, second } = this.#score;
    return offered.first < first || (offered.first === first && offered.second < second);
  }

  #keep(lane: Lane, key: KeyHealth, grade: number): void {
    this.best = { lane, key };
    this.#grade = grade;
    this.#score.first = this.#offered.first;
    this.#score.second = this.#offered.second;
  }
}

function keyAtWeight({ keys, weightSums }: Stall, at: number): KeyHealth | undefined {
  if (weightSums === undefined) return undefined;
  let low = 0;
  let high = weightSums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((weightSums[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return keys[low];
}
