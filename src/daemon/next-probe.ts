// When a provider that is out is asked again in the background, by its state alone.
import type { PoolSummary } from "../balancer/contract.ts";

/** How a provider is asked. `model`: by a short chat with it; undefined: by its free call. */
export interface ProbeMeans {
  readonly model: string | undefined;
}

/** Times in wall-clock milliseconds. `lastAt`: when it was last asked, in the same trouble. */
export interface ProbeMoment {
  readonly now: number;
  readonly lastAt: number | undefined;
}

/** So long after a probe that told nothing new. */
const AGAIN_MS = 10_000;
/** A request that comes when a suspect provider may be tried goes first: it proves more than a free call. */
const CLIENT_FIRST_MS = 1_000;

/** When the next probe is due, in the past for now; undefined where nothing is wrong that it could find out about. */
export function nextProbeAt(
  pool: Pick<PoolSummary, "state" | "until" | "openModels">,
  { model }: ProbeMeans,
  { now, lastAt }: ProbeMoment,
): number | undefined {
  const dueAt = dueBy(pool, model, now);
  // A clock that was set back must not put it off.
  const last = lastAt === undefined ? Number.NEGATIVE_INFINITY : Math.min(lastAt, now);
  return dueAt === undefined ? undefined : Math.max(dueAt, last + AGAIN_MS);
}

function dueBy(
  { state, until = 0, openModels }: Pick<PoolSummary, "state" | "until" | "openModels">,
  model: string | undefined,
  now: number,
): number | undefined {
  switch (state) {
    case "suspect":
      return until + CLIENT_FIRST_MS;
    case "open":
      return until;
    case "half_open":
      return now;
    case "up":
      // A free call says nothing of a model.
      return model === undefined ? undefined : openModels.find((open) => open.model === model)?.until;
    default:
      return state satisfies never;
  }
}
