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
