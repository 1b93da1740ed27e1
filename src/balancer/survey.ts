// What is left when no key may be chosen: another try, a time to wait for, or the reason that the client is told.
import type { NoneReason } from "./contract.ts";
import type { Scene } from "./lanes.ts";
import { type PoolView, viewOf } from "./pool-view.ts";
import type { Found } from "./search.ts";

/** What a survey of all keys of a route found. */
export type Survey =
  | { readonly kind: "again"; readonly found: Found }
  | { readonly kind: "wait"; readonly until: number; readonly reason: NoneReason; readonly isBusy?: true }
  | { readonly kind: "none"; readonly reason: NoneReason };

/**
 * Looks at every key of a route once.
 *
 * A usable key that met a transient fault in this request may be tried again; whether the request still may, the caller
 * knows. Else, if something will be back, the earliest time, with the reason that is most honest for the client: what
 * rests for a limit, a breaker that is open, credit that is used up; then that the model was refused. Where the request
 * may not try further keys, or a usable key has refused just this request, the last answer says more.
 */
export function survey({ need, pools, past, now }: Scene): Survey {
  const views: PoolView[] = [];
  let isStopped = false;
  for (const { provider, model } of need.route.flat()) {
    const pool = pools.get(provider);
    if (pool === undefined) continue;
    if (past.isBarred(pool, model, now)) isStopped = true;
    else views.push(viewOf(pool, model, { need, pools, past, now }));
  }
  const again = views.reduce((a, b) => (b.againAt < (a?.againAt ?? Number.POSITIVE_INFINITY) ? b : a), views[0])?.again;
  if (again !== undefined) return { kind: "again", found: again };
  if (isStopped) return { kind: "none", reason: { code: "all-tried" } };
  const reason = reasonOf(views, now);
  const isBusy = views.some((view) => view.isBusy);
  const earliest = least(views, "earliest");
  const comesBack = isBusy || Number.isFinite(earliest);
  if (!comesBack || views.some(({ isRefused }) => isRefused)) return { kind: "none", reason };
  const until = Math.min(earliest, least(views, "backAt"));
  // An attempt in flight may end before a time that the clock has to reach.
  return isBusy
    ? { kind: "wait", until: Math.min(until, now + BUSY_LOOK_MS), reason, isBusy }
    : { kind: "wait", until, reason };
}

/** Nobody knows when an attempt in flight ends; who waits for one looks again after so long. */
export const BUSY_LOOK_MS = 1_000;

function reasonOf(views: readonly PoolView[], now: number): NoneReason {
  const limitedAt = least(views, "limitedAt");
  const openAt = least(views, "openAt");
  const exhaustedAt = least(views, "exhaustedAt");
  if (views.some(({ isLimited }) => isLimited)) {
    // Whatever is back first serves, for whatever reason it is out.
    const retryAt = Math.min(limitedAt, openAt);
    return { code: "limited", retryAt: Number.isFinite(retryAt) ? retryAt : now + BUSY_LOOK_MS };
  }
  if (Number.isFinite(openAt)) return { code: "open", retryAt: openAt };
  if (Number.isFinite(exhaustedAt)) return { code: "exhausted", retryAt: exhaustedAt };
  if (views.some(({ hasTried }) => hasTried)) return { code: "all-tried" };
  return { code: views.some(({ isMissing }) => isMissing) ? "model-missing" : "no-key" };
}

function least(
  views: readonly PoolView[],
  time: "earliest" | "backAt" | "limitedAt" | "openAt" | "exhaustedAt",
): number {
  return Math.min(...views.map((view) => view[time]));
}
