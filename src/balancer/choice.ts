// The choice of a candidate: over the tiers, ranks and priorities of a route.
import { pinnedLevels } from "./accounts.ts";
import { affineOf } from "./affinity.ts";
import type { Candidate, Need, Strategy, Target } from "./contract.ts";
import { type Lane, RANKS, type Scene, SharedRotations, type Tier, tiersOf } from "./lanes.ts";
import { Rotation } from "./rotation.ts";
import type { Place } from "./running-attempt.ts";
import { bestOf, type Found, type OnTrial, type SearchContext } from "./search.ts";
import { byPriority } from "./stalls.ts";

/** What is the same for the whole choice. `strategy`: of tiers over several providers. */
export interface Asker {
  readonly strategy: Strategy;
  readonly mayProbe: boolean;
}

/** Chooses, and keeps whose turn it is in tiers that span several targets. */
export class Choice {
  readonly #rotations = new SharedRotations();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Starts the turns anew, since keys may be gone. */
  clear(): void {
    this.#rotations.clear();
  }

  /** The best untried candidate: providers in order of preference first, then tiers, then priorities. */
  find(scene: Scene, asker: Asker): Found | undefined {
    const tiers = tiersOf(scene);
    const [tier] = tiers;
    // Nearly every route is one target: there is nothing to order.
    if (tier !== undefined && tiers.length === 1 && tier.lanes.length < 2) {
      return twice((onTrial) => this.#inTier(tier, tier.lanes, { scene, asker, onTrial }));
    }
    for (const rank of RANKS) {
      const found = twice((onTrial) => this.#inRank(rank, tiers, { scene, asker, onTrial }));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #inRank(rank: number, tiers: readonly Tier[], ask: Ask): Found | undefined {
    for (const tier of tiers) {
      const lanes = tier.lanes.filter((lane) => lane.rank === rank);
      if (lanes.length === 0) continue;
      const first = lanes.filter((lane) => !lane.isSecond);
      const found = this.#inTier(tier, first, ask) ?? this.#second(tier, lanes, ask);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #inTier(tier: Tier, lanes: readonly Lane[], ask: Ask): Found | undefined {
    const context = this.#contextOf(tier, lanes, ask);
    const { scene } = ask;
    if (scene.need.pinnedKey !== undefined) return this.#ofPinned(lanes, context);
    for (const { priority, stalls } of byPriority(lanes)) {
      const rotation = this.#rotationOf(tier, lanes[0], priority);
      const found = affineOf(stalls, scene) ?? bestOf(stalls, rotation, context);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #ofPinned(lanes: readonly Lane[], context: SearchContext): Found | undefined {
    for (const stalls of pinnedLevels(lanes, context.scene)) {
      const found = bestOf(stalls, NO_TURNS, context);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #second(tier: Tier, lanes: readonly Lane[], ask: Ask): Found | undefined {
    const second = lanes.filter((lane) => lane.isSecond);
    return second.length === 0 ? undefined : this.#inTier(tier, second, ask);
  }

  #contextOf({ targets }: Tier, lanes: readonly Lane[], { scene, asker, onTrial }: Ask): SearchContext {
    const own = targets.length === 1 ? lanes[0]?.pool.spec.strategy : undefined;
    return { scene, strategy: own ?? asker.strategy, random: this.#random, mayProbe: asker.mayProbe, onTrial };
  }

  #rotationOf({ targets }: Tier, lane: Lane | undefined, priority: number): Rotation {
    const own = targets.length === 1 ? lane?.pool.groups.find((group) => group.priority === priority) : undefined;
    return own?.rotation ?? this.#rotations.of(targets, priority);
  }

  /** A candidate was chosen: the next choice is for the next one. */
  takeTurn(candidate: Candidate, need: Need, { pool, key }: Place): void {
    if (need.pinnedKey !== undefined) return;
    const isTarget = (target: Target) => target.provider === candidate.provider && target.model === candidate.model;
    for (const targets of need.route) {
      const place = targets.findIndex(isTarget);
      if (place < 0) continue;
      const { priority } = key.spec;
      const own = targets.length === 1 ? pool.groups.find((group) => group.priority === priority) : undefined;
      const rotation = own?.rotation ?? this.#rotations.take(targets, priority);
      rotation.take(key, place);
      return;
    }
  }
}

interface Ask {
  readonly scene: Scene;
  readonly asker: Asker;
  readonly onTrial: OnTrial;
}

/** What another request finds out about is left to it, in any tier or priority, if there is another way. */
function twice(search: (onTrial: OnTrial) => Found | undefined): Found | undefined {
  const onTrial: OnTrial = { isLeftOut: true, wasMet: false };
  const found = search(onTrial);
  if (found !== undefined || !onTrial.wasMet) return found;
  onTrial.isLeftOut = false;
  return search(onTrial);
}

/** A pinned request has no choice, so it takes no turns. */
const NO_TURNS = new Rotation();
