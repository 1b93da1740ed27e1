// The targets of a route as ways that a request could go, in the order of preference between providers.
import type { Need, Target, TokenEstimate } from "./contract.ts";
import { LruMap } from "./lru-map.ts";
import { UNLEARNT_OUTPUT_TOKENS } from "./model-health.ts";
import type { Past } from "./past.ts";
import { modelKeyOf, type Pool } from "./pool.ts";
import { Rotation } from "./rotation.ts";

/** One target of a tier. Lower ranks go first, over all tiers. */
export interface Lane {
  readonly pool: Pool;
  readonly model: string | undefined;
  readonly modelKey: string;
  /** The target's place in its tier. */
  readonly place: number;
  readonly rank: number;
  /** Only keys that were not refused since the last success there; a second lane follows with all of them. */
  readonly freshOnly: boolean;
  /** True for that second lane: it is used where the others of its tier and rank have nothing. */
  readonly isSecond: boolean;
  /** A provider-blamed attempt there already failed in this request. */
  readonly again: boolean;
  /** What the request will spend there, as far as it can be told. */
  readonly tokens: () => number;
}

/** All lanes of one tier. */
export interface Tier {
  readonly targets: readonly Target[];
  readonly lanes: readonly Lane[];
}

/** What a choice is made from. */
export interface Scene {
  readonly pools: ReadonlyMap<string, Pool>;
  readonly need: Need;
  readonly past: Past;
  readonly now: number;
}

/** Every rank that a lane can have, in order: up, in doubt, failed in this request, both. */
export const RANKS: readonly number[] = [0, 1, 2, 3];
const RANK = { doubted: 1, failed: 2 } as const;

/** The tiers of a need, without providers that are unknown, shut, or barred in this request. */
export function tiersOf(scene: Scene): readonly Tier[] {
  return scene.need.route.map((targets) => ({
    targets,
    lanes: targets.flatMap((target, place) => lanesOf(target, place, scene)),
  }));
}

function lanesOf(target: Target, place: number, scene: Scene): readonly Lane[] {
  const { pools, past, now } = scene;
  const pool = pools.get(target.provider);
  if (pool === undefined || pool.isShut(now) || past.isBarred(pool, target.model, now)) return [];
  const modelKey = modelKeyOf(target.model);
  const isDoubted = pool.suspicion.isDoubted(now);
  const isLocked = pool.breakersOf(modelKey).some((breaker) => breaker.isLocked(now));
  // What is open is asked when nothing else can serve, and then by one request at a time.
  if (isLocked && pool.opensAt(modelKey, now) > now) return [];
  const again = past.hasFailed(pool);
  const isSilent = pool.model(modelKey)?.isSilent(now) === true;
  const isLast = isLocked || isSilent || (isDoubted && !pool.suspicion.isSuspect);
  const rank = (again ? RANK.failed : 0) + (isLast ? RANK.doubted : 0);
  const tokens = tokensOf(scene.need, pool, modelKey);
  const lane = { pool, model: target.model, modelKey, place, rank, again, tokens, freshOnly: false, isSecond: false };
  if (!isDoubted) return [lane];
  return [
    { ...lane, freshOnly: true },
    { ...lane, isSecond: true },
  ];
}

/**
 * Input, and what an answer of this model may take: what the request allows, since providers count that when they let it
 * in (platform.openai.com/docs/guides/rate-limits), else what nearly all answers took. At most an eighth more in a
 * large pool.
 */
export function tokensOf({ estimate }: Need, pool: Pool, modelKey: string): () => number {
  if (estimate === undefined) return NOTHING;
  let tokens: number | undefined;
  return () => {
    if (tokens !== undefined) return tokens;
    const sum = sumOf(estimate(), pool.model(modelKey)?.outputs.p95 ?? UNLEARNT_OUTPUT_TOKENS);
    tokens = pool.isLarge ? rounded(sum) : sum;
    return tokens;
  };
}

const NOTHING = () => 0;
/** More than any request spends: a client may ask for a number that swallows all others in a sum. */
const MOST_TOKENS = 2 ** 31;

/** Sizes between two powers of two that a large pool tells apart: its requests of one size share who sleeps. */
const SIZES_OF_OCTAVE = 8;

/** The next size that is not smaller. */
function rounded(tokens: number): number {
  const step = 2 ** Math.floor(Math.log2(Math.max(1, tokens))) / SIZES_OF_OCTAVE;
  return step <= 1 ? tokens : Math.ceil(tokens / step) * step;
}

function sumOf({ input, maxOutput }: TokenEstimate, usualOutput: number): number {
  return Math.min(MOST_TOKENS, Math.ceil(input + (maxOutput ?? usualOutput)));
}

const MOST_ROTATIONS = 1_000;

/** The rotations of tiers that span several targets; a tier of one target rotates by its own pool. */
export class SharedRotations {
  readonly #rotations = new LruMap<string, Rotation>(MOST_ROTATIONS);

  /** Whose turn it is in a tier; a rotation without turns where there was none yet. */
  of(targets: readonly Target[], priority: number): Rotation {
    return this.#rotations.get(rotationId(targets, priority)) ?? new Rotation();
  }

  take(targets: readonly Target[], priority: number): Rotation {
    const rotation = this.of(targets, priority);
    this.#rotations.set(rotationId(targets, priority), rotation);
    return rotation;
  }

  /** Starts anew, since keys may be gone. */
  clear(): void {
    this.#rotations.sweepAll(() => true);
  }
}

function rotationId(targets: readonly Target[], priority: number): string {
  return `${priority}\0${targets.map((target) => `${target.provider}\0${target.model ?? ""}`).join("\0")}`;
}
