// The filters of request records as they stand in the address, and what they ask the daemon for.
import type { InputOf } from "../../admin/operation-table.ts";

/** What `logs.list`, `logs.count`, `logs.delete` and `logs.export` take alike. */
export type RecordSelection = InputOf<"logs.export">;

/** Filters that are words, named as the daemon names them. */
export const WORD_FILTERS = [
  "text",
  "status",
  "outcome",
  "end",
  "provider",
  "key",
  "model",
  "token",
  "operation",
  "id",
] as const;
export type WordFilter = (typeof WORD_FILTERS)[number];

/** Times before now, in milliseconds. */
export const PRESETS = {
  "15m": 900_000,
  "1h": 3_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
  "30d": 2_592_000_000,
} as const;

/** All that narrows the list, as fields of the address. */
export const FILTER_FIELDS = [...WORD_FILTERS, "errors", "slow", "attempts", "time", "since", "until"] as const;

/**
 * What is asked for. `slow` is in seconds; `time` one of the presets, which counts before `since` and `until`. What is
 * no valid value is sent as it is where the daemon says so, and else left out.
 * @param now wall-clock milliseconds.
 */
export function selectionOf(query: URLSearchParams, now: number): RecordSelection {
  const words = WORD_FILTERS.flatMap((name) => {
    const value = query.get(name)?.trim() ?? "";
    return value === "" ? [] : [[name, value] as const];
  });
  const preset = presetOf(query);
  const since = preset === undefined ? isoOf(query.get("since")) : new Date(now - PRESETS[preset]).toISOString();
  const until = preset === undefined ? isoOf(query.get("until")) : undefined;
  const minMs = numberOf(query.get("slow"), 1_000);
  const minAttempts = numberOf(query.get("attempts"), 1);
  return {
    ...(Object.fromEntries(words) as Partial<Record<WordFilter, string>> as RecordSelection),
    ...(query.get("errors") === "1" && { errors: true }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(minMs !== undefined && { min_ms: minMs }),
    ...(minAttempts !== undefined && { min_attempts: minAttempts }),
  };
}

/** The preset that the address names. */
export function presetOf(query: URLSearchParams): keyof typeof PRESETS | undefined {
  const name = query.get("time") ?? "";
  return Object.hasOwn(PRESETS, name) ? (name as keyof typeof PRESETS) : undefined;
}

/** How many filters are set; both ends of a span are one. */
export function countFilters(query: URLSearchParams): number {
  const set = FILTER_FIELDS.filter((name) => (query.get(name) ?? "") !== "");
  return set.length - (set.includes("since") && set.includes("until") ? 1 : 0);
}

/** A time of the browser's clock without a zone, as `datetime-local` has it, or one with a zone. */
function isoOf(text: string | null): string | undefined {
  const at = text === null || text === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

function numberOf(text: string | null, unit: number): number | undefined {
  const value = text === null || text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) && value > 0 ? Math.round(value * unit) : undefined;
}
