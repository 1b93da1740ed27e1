// What the overview shows, asked anew when something has changed, and now and then as time passes.
import { useCallback, useEffect } from "preact/hooks";
import type { InputOf, OutputOf } from "../../admin/operation-table.ts";
import { type Asked, useOperation } from "../api/use-operation.ts";
import { useCalmRefresh } from "../lists/use-calm-refresh.ts";
import type { Topic } from "../live/use-topics.ts";

export type Overview = OutputOf<"overview">;
export type Stats = OutputOf<"stats">;
export type PeriodName = keyof NonNullable<Overview["periods"]>;

export const PERIODS = ["1m", "1h", "24h", "month"] as const satisfies readonly PeriodName[];

const TOPICS: readonly Topic[] = [
  ...(["figures", "health", "requests", "records"] as const),
  ...(["config", "keys", "tokens", "jobs", "proxies", "webhooks"] as const),
];
/** With many keys an answer takes the daemon a fifth of a second. */
const QUIET_MS = 3_000;
/** Without a request the minutes pass all the same. */
const AGAIN_MS: Readonly<Record<PeriodName, number>> = { "1m": 20_000, "1h": 60_000, "24h": 60_000, month: 60_000 };

/** A minute has one point only: its chart is that of its hour. */
const CHARTS: Readonly<Record<PeriodName, InputOf<"stats">["period"]>> = {
  "1m": "1h",
  "1h": "1h",
  "24h": "24h",
  month: "month",
};

export interface OverviewAsked {
  readonly overview: Asked<Overview>;
  readonly stats: Asked<Stats>;
  readonly refresh: () => void;
}

export function useOverview(period: PeriodName): OverviewAsked {
  const overview = useOperation("overview", { zone: ZONE });
  const stats = useOperation("stats", { period: CHARTS[period], zone: ZONE, limit: 1 });
  const isLoading = overview.isLoading || stats.isLoading;
  const refresh = useCallback(() => {
    overview.refresh();
    stats.refresh();
  }, [overview.refresh, stats.refresh]);
  useCalmRefresh(TOPICS, QUIET_MS, { refresh, isLoading });
  useEffect(() => {
    // What is under way comes to its end first.
    if (isLoading) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") refresh();
    }, AGAIN_MS[period]);
    return () => clearInterval(timer);
  }, [period, refresh, isLoading]);
  return { overview, stats, refresh };
}

const ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
