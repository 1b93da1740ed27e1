// How the strategies compare keys: the lower score goes first.
import type { Strategy } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Lane } from "./lanes.ts";
import type { Rotation } from "./rotation.ts";

/** `second` decides between equal `first`. */
export interface Score {
  first: number;
  second: number;
}

export interface Contender {
  readonly lane: Lane;
  readonly key: KeyHealth;
  readonly rotation: Rotation;
  readonly now: number;
  readonly random: () => number;
  /** For how many like it the key was drawn: itself, where all keys are compared. */
  readonly standsFor: number;
}

/** Writes the score of a key into `score`, as this runs for every key of every choice. */
export function scoreOf(strategy: Strategy, contender: Contender, score: Score): void {
  const { lane, key, now, random, standsFor } = contender;
  switch (strategy) {
    case "balanced":
      score.first = key.inFlight / key.spec.weight;
      score.second = turnOf(contender);
      return;
    case "round_robin":
      score.first = 0;
      score.second = turnOf(contender);
      return;
    case "random":
      // The smallest of exponential times is drawn in proportion to the weights (Efraimidis and Spirakis, 2006).
      score.first = 0;
      score.second = -Math.log(1 - random()) / (key.spec.weight * standsFor);
      return;
    case "fill_first":
      score.first = lane.place;
      score.second = key.place;
      return;
    case "least_used":
      score.first = key.tally.sums(now).used / key.spec.weight;
      score.second = turnOf(contender);
      return;
    case "headroom":
      score.first = -headroomOf(contender);
      score.second = turnOf(contender);
      return;
    default:
      strategy satisfies never;
  }
}

/** In doubt the turn is left to chance, so that a block of dead keys is not met in a row. */
function turnOf({ lane, key, rotation, random }: Contender): number {
  return lane.freshOnly ? random() : rotation.tagOf(key, lane.place);
}

/** The smallest share left of any limit that is known: the key's, the model's there, those that it shares. */
function headroomOf({ lane, key, now }: Contender): number {
  let least = key.meter?.headroom(now) ?? 1;
  const part = key.models.get(lane.modelKey);
  if (part !== undefined) least = Math.min(least, part.meter.headroom(now));
  for (const group of key.groups) least = Math.min(least, group.part(lane.modelKey)?.meter.headroom(now) ?? 1);
  return least;
}
