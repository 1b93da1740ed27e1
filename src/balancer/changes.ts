// Changes of health as data for logs: what changed, from what to what, and why.
import type { Change } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Pool } from "./pool.ts";
import type { Origin } from "./rests.ts";

/** What a change says beyond where it happened. */
export interface ChangeFacts {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly until?: number;
  readonly origin: Partial<Origin>;
  readonly alert: boolean;
  /** The quota group that it concerns as a whole. */
  readonly group?: string | undefined;
}

/** Where a change happened. */
export type ChangePlace =
  | { readonly level: "provider"; readonly pool: Pool }
  | { readonly level: "provider-model"; readonly pool: Pool; readonly model: string }
  | { readonly level: "key"; readonly pool: Pool; readonly key: KeyHealth }
  | { readonly level: "key-model"; readonly pool: Pool; readonly key: KeyHealth; readonly model: string }
  | { readonly level: "key-operation"; readonly pool: Pool; readonly key: KeyHealth; readonly operation: string };

/** Builds a change; fields that do not apply are absent. */
export function changeOf(place: ChangePlace, facts: ChangeFacts): Change {
  const { status, message } = facts.origin;
  return {
    at: facts.at,
    level: place.level,
    provider: place.pool.spec.provider,
    ...("key" in place && { keyId: place.key.spec.id, keyName: place.key.spec.name }),
    ...("model" in place && place.model !== "" && { model: place.model }),
    ...("operation" in place && { operation: place.operation }),
    ...(facts.group !== undefined && { group: facts.group }),
    from: facts.from,
    to: facts.to,
    ...(facts.until !== undefined && { until: facts.until }),
    reason: facts.origin.reason ?? "unknown",
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
    alert: facts.alert,
  };
}
