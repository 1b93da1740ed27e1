// The columns of the table of keys.
import type { TextKey } from "../texts/texts.ts";
import type { KeySort } from "./key-order.ts";

export interface KeyColumn {
  /** As styles name its cells. */
  readonly name: "name" | "provider" | "state" | "why" | "until" | "flight" | "limits" | "success" | "used";
  readonly title: TextKey;
  /** Undefined: the keys cannot be sorted by it. */
  readonly sort?: KeySort;
  readonly isNumber?: boolean;
}

/** Behind the one with the marks of what is chosen. */
export const COLUMNS: readonly KeyColumn[] = [
  { name: "name", title: "keys.columns.name", sort: "name" },
  { name: "provider", title: "keys.columns.provider", sort: "provider" },
  { name: "state", title: "keys.columns.state", sort: "state" },
  { name: "why", title: "keys.columns.why" },
  { name: "until", title: "keys.columns.until", sort: "until" },
  { name: "flight", title: "keys.columns.in_flight", sort: "in_flight", isNumber: true },
  { name: "limits", title: "keys.columns.limits" },
  { name: "success", title: "keys.columns.success", sort: "success", isNumber: true },
  { name: "used", title: "keys.columns.last_used", sort: "last_used" },
];
