// Which keys the page shows: kept in the address, and said in the same words by whatever acts on them.
import type { OutputOf } from "../../admin/operation-table.ts";
import type { QueryPatch } from "../router/route.ts";
import type { KeyRow } from "./key-row.ts";

export type KeysAnswer = OutputOf<"keys.list">;
export type KeyState = KeyRow["state"];

/** The states that a key can have, the healthy ones first. */
export const KEY_STATES = [
  "ready",
  "half_open",
  "cooling",
  "exhausted",
  "invalid",
  "disabled",
  "unused",
] as const satisfies readonly KeyState[];

export interface KeyFilter {
  readonly provider: string | undefined;
  readonly states: readonly KeyState[];
  readonly search: string;
  /** Failures in a row, at least. */
  readonly minFailures: number;
}

/** The filter in an address; words that mean nothing are passed over. */
export function readFilter(query: URLSearchParams): KeyFilter {
  const states = query
    .getAll("status")
    .filter((word): word is KeyState => (KEY_STATES as readonly string[]).includes(word));
  const failures = Number(query.get("min_failures"));
  return {
    provider: query.get("provider") || undefined,
    states,
    search: query.get("search") ?? "",
    minFailures: Number.isSafeInteger(failures) && failures > 0 ? failures : 0,
  };
}

/** The fields of the control API that select these keys; empty where all are meant. */
export function selectionFields({ provider, states, search, minFailures }: KeyFilter) {
  return {
    ...(provider !== undefined && { provider }),
    ...(states.length > 0 && { status: [...states] }),
    ...(search !== "" && { search }),
    ...(minFailures > 0 && { min_failures: minFailures }),
  };
}

/** What takes every filter out of the address. */
export const NO_FILTER: QueryPatch = {
  search: undefined,
  provider: undefined,
  status: undefined,
  min_failures: undefined,
};

export function isFiltered(filter: KeyFilter): boolean {
  return Object.keys(selectionFields(filter)).length > 0;
}
