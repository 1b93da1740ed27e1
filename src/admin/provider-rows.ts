// Providers as operators see them: breaker, keys by state, what fails there.
import { z } from "zod";
import type { OutCause, PoolSummary } from "../balancer/contract.ts";
import type { ProviderConfig } from "../config/config.ts";
import { isoTime, time } from "./iso-time.ts";

const STATES = ["ready", "half_open", "cooling", "exhausted", "invalid", "disabled"] as const;

/** How many keys are in each state. */
export const keyCounts = z.object({
  total: z.int().describe("All of them."),
  ...Object.fromEntries(STATES.map((state) => [state, z.int().describe(`How many are ${state}.`)])),
}) as z.ZodObject<Record<"total" | (typeof STATES)[number], z.ZodInt>>;

/** What the last answer was that it failed with. */
const cause = {
  since: time.optional().describe("Since when it fails."),
  reason: z.string().optional().describe("The code of the last failure, as in the log."),
  status: z.int().optional().describe("Its HTTP status."),
  message: z.string().optional().describe("What the provider said, shortened."),
};
const causeSchema = z.object(cause);

/** One provider. */
export const providerRow = z.object({
  name: z.string().describe("The provider's name."),
  state: z
    .enum(["up", "open", "half_open", "suspect", "off", "no_key", "no_usable_key"])
    .describe(
      "`open`: others go first. `half_open`: its next request finds out whether it works again. `suspect`: tried by one request at a time. `off`: not enabled.",
    ),
  until: time.optional().describe("When it is tried again; absent for one that is half-open."),
  ...cause,
  is_default: z.boolean().describe("It serves requests that name no provider."),
  keys: keyCounts.describe("How many keys it has, by state."),
  open_models: z
    .array(
      z.object({
        model: z.string().describe("The upstream's name of the model; empty for requests that name none."),
        state: z
          .enum(["open", "half_open"])
          .describe("`half_open`: its next request finds out whether it works again."),
        until: time.describe("When it is half-open; in the past where it is."),
        ...cause,
      }),
    )
    .describe("Models that fail there."),
  in_flight: z.int().describe("Calls that it has not answered yet."),
  used_24h: z.int().describe("Attempts of its keys in the last 24 hours."),
  failed_24h: z.int().describe("Those of them that failed by no fault of the client."),
});

export type ProviderRow = z.output<typeof providerRow>;

/** A provider that is not enabled has no pool. */
export function toProviderRow(
  { name, enabled, keys }: ProviderConfig,
  pool: PoolSummary | undefined,
  isDefault: boolean,
): ProviderRow {
  const states = pool?.keys ?? { ready: keys.length, half_open: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0 };
  const counts = { total: keys.length, ...states };
  return {
    name,
    state: stateOf(enabled, pool, counts),
    ...(pool?.until !== undefined && { until: isoTime(pool.until) }),
    ...causeOf(pool ?? {}),
    is_default: isDefault,
    keys: counts,
    open_models: (pool?.openModels ?? []).map(({ model, state, until, ...why }) => {
      return { model, state, until: isoTime(until), ...causeOf(why) };
    }),
    in_flight: pool?.inFlight ?? 0,
    used_24h: pool?.used ?? 0,
    failed_24h: pool?.failed ?? 0,
  };
}

function causeOf({ since, reason, status, message }: OutCause): z.output<typeof causeSchema> {
  return {
    ...(since !== undefined && { since: isoTime(since) }),
    ...(reason !== undefined && { reason }),
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
  };
}

function stateOf(enabled: boolean, pool: PoolSummary | undefined, keys: ProviderRow["keys"]): ProviderRow["state"] {
  if (!enabled) return "off";
  if (keys.total === 0) return "no_key";
  // Its refusals are in doubt, also where every key met one.
  if (pool?.state === "suspect" && keys.disabled < keys.total) return "suspect";
  if (keys.ready + keys.half_open + keys.cooling === 0) return "no_usable_key";
  return pool?.state ?? "up";
}

/** Nothing of it is wrong. */
export function isHealthy({ state, keys, open_models }: ProviderRow): boolean {
  if (state === "off") return true;
  return state === "up" && keys.invalid + keys.exhausted === 0 && open_models.length === 0;
}
