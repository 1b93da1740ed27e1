// The keys behind the lanes of one tier, by priority.
import type { KeyHealth } from "./key-health.ts";
import type { Lane } from "./lanes.ts";
import type { Pool } from "./pool.ts";
import type { Stall } from "./search.ts";

/** The keys of equal priority of all lanes. */
export interface PriorityLevel {
  readonly priority: number;
  readonly stalls: readonly Stall[];
}

/** Walks the priorities of the lanes together, lower first. */
export function byPriority(lanes: readonly Lane[]): Iterable<PriorityLevel> {
  const [lane] = lanes;
  return lane !== undefined && lanes.length === 1 ? levelsOf(lane) : levelsOfAll(lanes);
}

function* levelsOf(lane: Lane): Iterable<PriorityLevel> {
  for (const { priority, keys, weightSums, rosters } of lane.pool.groups) {
    yield { priority, stalls: [{ lane, keys, weightSums, rosters }] };
  }
}

function* levelsOfAll(lanes: readonly Lane[]): Iterable<PriorityLevel> {
  const cursors = lanes.map(() => 0);
  for (;;) {
    const heads = lanes.map((lane, i) => lane.pool.groups[cursors[i] ?? 0]);
    const priority = Math.min(...heads.map((group) => group?.priority ?? Number.POSITIVE_INFINITY));
    if (priority === Number.POSITIVE_INFINITY) return;
    const stalls: Stall[] = [];
    for (const [i, lane] of lanes.entries()) {
      const group = heads[i];
      if (group?.priority !== priority) continue;
      cursors[i] = (cursors[i] ?? 0) + 1;
      stalls.push({ lane, keys: group.keys, weightSums: group.weightSums, rosters: group.rosters });
    }
    yield { priority, stalls };
  }
}

/** Some keys of each lane, as if they were of equal priority. */
export function stallsOf(lanes: readonly Lane[], keysOf: (pool: Pool) => readonly KeyHealth[]): readonly Stall[] {
  return lanes.flatMap((lane) => {
    const keys = keysOf(lane.pool);
    return keys.length === 0 ? [] : [{ lane, keys, weightSums: undefined, rosters: undefined }];
  });
}
