// The rate limit headers of an answer, true or not.
import type { HeaderList } from "../../src/upstream/transport.ts";
import type { HeaderStyle } from "../scenario.ts";
import { durationText } from "./durations.ts";
import type { Limit, LimitState } from "./limit.ts";
import type { Quota } from "./quota.ts";

/** What a provider that lies adds to what remains: as if nobody else used the quota. */
const TOO_HIGH = 1_000;

/** The headers for the quota as it is now. Days and slots are not in them. */
export function limitHeaders(quota: Quota, style: HeaderStyle, now: number): HeaderList {
  if (style === "none") return [];
  return (["requests", "tokens"] as const).flatMap((unit) => {
    const limit = tightest(quota, unit, now);
    if (limit === undefined) return [];
    const { limit: size, remaining, resetMs } = told(limit.state(now), style);
    return [
      [`x-ratelimit-limit-${unit}`, `${size}`],
      [`x-ratelimit-remaining-${unit}`, `${remaining}`],
      [`x-ratelimit-reset-${unit}`, durationText(resetMs)],
    ] as const;
  });
}

function tightest({ limits }: Quota, unit: "requests" | "tokens", now: number): Limit | undefined {
  const own = limits.filter(({ spec }) => spec.form !== "slots" && spec.unit === unit && spec.per === "minute");
  return own.toSorted((a, b) => a.state(now).remaining - b.state(now).remaining)[0];
}

function told(state: LimitState, style: HeaderStyle): LimitState {
  switch (style) {
    case "too-high":
      return { ...state, limit: state.limit + TOO_HIGH, remaining: state.remaining + TOO_HIGH };
    case "zero":
      return { ...state, remaining: 0 };
    case "none":
    case "late":
    case "truthful":
      return state;
    default:
      return style satisfies never;
  }
}
