// How long each fault keeps a key from being chosen: one row per effect, numbers from the health design.
import type { Effect, Verdict } from "../core/verdict.ts";
import type { Cause } from "./cause.ts";
import type { Penalty } from "./rests.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const LONGEST_JITTER_MS = 30 * SECOND;

/** The effects that put a key, key×model or key×operation to rest. */
export type RestingEffect = Extract<
  Effect,
  {
    kind:
      | "key-invalid"
      | "key-exhausted"
      | "rate-limited"
      | "model-missing"
      | "operation-blocked"
      | "key-refused"
      | "key-cooled"
      | "server-error"
      | "client-gone";
  }
>;

/** The penalty for an effect. Stated times get 0 to +10 % jitter, 30 s at most, our own back-off of rate limits ±10 %. */
export function penaltyFor(effect: RestingEffect, verdict: Verdict, random: () => number): Penalty {
  const origin = { reason: verdict.reason, status: verdict.status, message: verdict.message };
  const own = (cause: Cause, lengthMs: (step: number) => number): Penalty => {
    return { cause, stated: false, lengthMs, origin };
  };
  const stated = (cause: Cause, ms: number): Penalty => ({ cause, stated: true, lengthMs: () => ms, origin });
  switch (effect.kind) {
    case "key-invalid":
      return own("invalid", doubling(10 * MINUTE, 24 * HOUR));
    case "key-exhausted":
      return isStated(effect.retryAfterMs)
        ? stated("exhausted", withJitter(effect.retryAfterMs, random))
        : own("exhausted", doubling(HOUR, 24 * HOUR));
    case "rate-limited":
      if (effect.daily === true) {
        return isStated(effect.retryAfterMs)
          ? stated("daily", effect.retryAfterMs)
          : own("daily", doubling(HOUR, 24 * HOUR));
      }
      return isStated(effect.retryAfterMs)
        ? stated("limited", withJitter(effect.retryAfterMs, random))
        : own("limited", (step) => doubling(SECOND, MINUTE)(step) * (0.9 + random() * 0.2));
    case "model-missing":
      return own("missing", () => 10 * MINUTE);
    case "operation-blocked":
      return own("scope", () => 10 * MINUTE);
    case "key-cooled":
      return stated("ruled", effect.forMs);
    case "key-refused":
      return own("refused", () => 5 * MINUTE);
    case "server-error":
      return own("failing", doubling(MINUTE, HOUR));
    case "client-gone":
      return own("silent", () => MINUTE);
    default: {
      const unknown: never = effect;
      throw new Error(`No penalty for ${JSON.stringify(unknown)}`);
    }
  }
}

/** Base × 2^step, at most `maxMs`. */
export function doubling(baseMs: number, maxMs: number): (step: number) => number {
  return (step) => Math.min(maxMs, baseMs * 2 ** step);
}

/** So that not all come back at once; of long times a little is enough. */
function withJitter(ms: number, random: () => number): number {
  return ms + random() * Math.min(ms * 0.1, LONGEST_JITTER_MS);
}

/** A stated time of zero or less tells nothing: the provider has just refused. */
function isStated(retryAfterMs: number | undefined): retryAfterMs is number {
  return retryAfterMs !== undefined && retryAfterMs > 0;
}
