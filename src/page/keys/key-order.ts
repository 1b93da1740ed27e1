// In which order the page shows keys, kept in the address.
import type { InputOf } from "../../admin/operation-table.ts";
import type { QueryPatch } from "../router/route.ts";

export type KeySort = NonNullable<InputOf<"keys.list">["sort"]>;

/** What the page can sort by. */
export const SORTS = [
  "name",
  "provider",
  "state",
  "until",
  "in_flight",
  "failures",
  "used_24h",
  "success",
  "last_used",
  "weight",
  "priority",
] as const satisfies readonly KeySort[];

/** Undefined: as they are configured. */
export interface KeyOrder {
  readonly sort: KeySort | undefined;
  readonly isDescending: boolean;
}

export function readOrder(query: URLSearchParams): KeyOrder {
  const sort = query.get("sort") ?? "";
  return isSort(sort)
    ? { sort, isDescending: query.get("descending") === "true" }
    : { sort: undefined, isDescending: false };
}

/** What a change of the order puts into the address. */
export function orderPatch({ sort, isDescending }: KeyOrder): QueryPatch {
  return { sort, descending: isDescending ? "true" : undefined };
}

/** The next order when the head of a column is pressed: this way, the other way, as configured. */
export function nextOrder(current: KeyOrder, sort: KeySort): KeyOrder {
  const startsDescending = DESCENDING_FIRST.includes(sort);
  if (current.sort !== sort) return { sort, isDescending: startsDescending };
  if (current.isDescending === startsDescending) return { sort, isDescending: !startsDescending };
  return { sort: undefined, isDescending: false };
}

/** Of these the largest are looked for. */
const DESCENDING_FIRST: readonly KeySort[] = ["in_flight", "failures", "used_24h", "last_used", "weight"];

function isSort(word: string): word is (typeof SORTS)[number] {
  return (SORTS as readonly string[]).includes(word);
}
