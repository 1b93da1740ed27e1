// The words by which keys are filtered and sorted.
import type { KeyRow } from "../../admin/key-rows.ts";

/** Those of the control API, written out so that help and completion need not load its schemas. */
export const KEY_STATES = [
  "ready",
  "half_open",
  "cooling",
  "exhausted",
  "invalid",
  "disabled",
  "unused",
] as const satisfies readonly KeyRow["state"][];

/** The orders in which keys can be listed. */
export const SORT_FIELDS = ["name", "provider", "status", "until", "used", "failed"] as const;

export type SortField = (typeof SORT_FIELDS)[number];

/** What can be limited of a key; `day`: when the days of `rpd` and `tpd` begin. */
export const LIMIT_NAMES = ["rpm", "rpd", "tpm", "tpd", "concurrency", "day"] as const;

/** What can be taken back of what is said of a key. */
export const UNSETTABLE = ["name", "weight", "priority", "models", "limits", ...LIMIT_NAMES] as const;
