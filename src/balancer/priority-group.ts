// The keys of one provider that have the same priority.
import type { KeyHealth } from "./key-health.ts";
import { Rosters } from "./roster.ts";
import { Rotation } from "./rotation.ts";

/** The keys of one priority. */
export interface PriorityGroup {
  readonly priority: number;
  readonly keys: readonly KeyHealth[];
  readonly rotation: Rotation;
  /** Running sums of the weights; undefined when all weights are equal. */
  readonly weightSums: Float64Array | undefined;
  /** Who could serve which model; undefined where the keys are few enough to ask each of them. */
  readonly rosters: Rosters | undefined;
}

/** Up to this many keys are compared with each other; of more some are sampled. */
export const COMPARED = 64;

/** In the order of priority, lower first. */
export function groupByPriority(keys: Iterable<KeyHealth>): readonly PriorityGroup[] {
  const byPriority = Map.groupBy(keys, (key) => key.spec.priority);
  return [...byPriority.entries()]
    .sort(([a], [b]) => a - b)
    .map(([priority, members]) => {
      for (const [place, key] of members.entries()) key.place = place;
      return {
        priority,
        keys: members,
        rotation: new Rotation(),
        weightSums: weightSumsOf(members),
        rosters: members.length > COMPARED ? new Rosters(members) : undefined,
      };
    });
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
