// Answers the paths that are the daemon's own: health, readiness, the seed's admin reads.
import { type AdminReadName, adminRead } from "../admin/seed-reads.ts";
import type { PoolReport, PoolSummary } from "../balancer/contract.ts";
import type { Config } from "../config/config.ts";
import type { OwnPaths } from "../proxy/answer-own.ts";

export interface DaemonState {
  readonly config: Config;
  readonly version: string;
  readonly startedAt: number;
  readonly now: number;
  readonly isStarted: boolean;
  readonly isDraining: boolean;
  readonly inFlight: number;
  readonly pools: readonly PoolSummary[];
  /** Every key; asked for only where it is shown. */
  reports(): readonly PoolReport[];
}

/** `state` is asked at each request. */
export function ownPaths(state: () => DaemonState, others: Pick<OwnPaths, "admit" | "admin" | "metrics">): OwnPaths {
  return {
    health: () => Response.json(healthBody(state())),
    ready: () => readyResponse(state()),
    ...others,
    adminRead: (name: AdminReadName) => {
      const { config, reports } = state();
      return Response.json(adminRead(name, config, reports()));
    },
  };
}

function healthBody({ version, startedAt, now, inFlight, pools }: DaemonState): object {
  return {
    status: "ok",
    version,
    uptime_seconds: Math.floor((now - startedAt) / 1000),
    in_flight: inFlight,
    providers: pools.map(poolBody),
  };
}

// Counts only: without a token nobody learns which keys there are.
function poolBody(pool: PoolSummary): object {
  return { name: pool.provider, state: pool.state, keys: { total: totalOf(pool), ...pool.keys } };
}

function totalOf({ keys }: PoolSummary): number {
  return Object.values(keys).reduce((sum, amount) => sum + amount, 0);
}

// Keys at rest do not make it unready: a load balancer would replace our 429 by its own 502.
function readyResponse(state: DaemonState): Response {
  const reason = unreadyReason(state);
  const body = { status: reason === undefined ? "ready" : "unready", ...(reason === undefined ? {} : { reason }) };
  return Response.json({ ...body, providers: state.pools.map(poolBody) }, { status: reason === undefined ? 200 : 503 });
}

function unreadyReason({ isStarted, isDraining, pools }: DaemonState): string | undefined {
  if (!isStarted) return "starting";
  if (isDraining) return "draining";
  return pools.some((pool) => totalOf(pool) > 0) ? undefined : "no key configured";
}
