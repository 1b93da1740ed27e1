// The orders in which keys can be listed.

export const SORT_FIELDS = ["name", "provider", "status", "until", "used", "failed"] as const;

export type SortField = (typeof SORT_FIELDS)[number];
