// By what keys can be sorted.
import { KEY_STATES } from "./key-rows.ts";
import type { SeenKey } from "./select-keys.ts";

/** The fields of a row by which keys are sorted; `success`: the share of attempts that did not fail. */
export const KEY_SORTS = [
  "name",
  "provider",
  "state",
  "until",
  "in_flight",
  "failures",
  "used_24h",
  "failed_24h",
  "success",
  "last_used",
  "weight",
  "priority",
] as const;

export type KeySort = (typeof KEY_SORTS)[number];

type Value = (seen: SeenKey) => string | number | undefined;

const VALUES: Readonly<Record<KeySort, Value>> = {
  name: ({ known }) => known.key.name.toLowerCase(),
  provider: ({ known }) => known.provider.toLowerCase(),
  state: ({ state }) => KEY_STATES.indexOf(state),
  until: ({ report }) => report?.until,
  in_flight: ({ report }) => report?.inFlight ?? 0,
  failures: ({ report }) => report?.failures ?? 0,
  used_24h: ({ report }) => report?.used ?? 0,
  failed_24h: ({ report }) => report?.failed ?? 0,
  success: ({ report }) => (report === undefined || report.used === 0 ? undefined : 1 - report.failed / report.used),
  last_used: ({ report }) => report?.lastUsed,
  weight: ({ known }) => known.key.weight,
  priority: ({ known }) => known.key.priority,
};

/** What of a key says where it stands; undefined: it comes last. */
export function keyValue(sort: KeySort): Value {
  return VALUES[sort];
}
