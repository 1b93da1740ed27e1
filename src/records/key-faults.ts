// The failures of keys, part by part, and the list of keys that need attention.
import type { AttentionRow } from "./usage-report.ts";

/** What was counted in a part of the time. */
export interface KeyFaults {
  readonly faults: readonly Omit<AttentionRow, "attempts">[];
  readonly attempts: readonly Pick<AttentionRow, "keyId" | "attempts">[];
}

/** One row for each key, status and outcome, those with the most failures first. */
export function attentionRows(parts: readonly KeyFaults[], limit: number): readonly AttentionRow[] {
  const attempts = new Map<string, number>();
  for (const part of parts.flatMap((one) => one.attempts)) {
    attempts.set(part.keyId, (attempts.get(part.keyId) ?? 0) + part.attempts);
  }
  const rows = new Map<string, AttentionRow>();
  for (const fault of parts.flatMap((one) => one.faults)) {
    const place = JSON.stringify([fault.keyId, fault.status, fault.outcome]);
    const known = rows.get(place);
    const newer = known === undefined || fault.lastAt >= known.lastAt ? fault : known;
    const failures = fault.failures + (known?.failures ?? 0);
    // Attempts that are still under way are not counted yet.
    rows.set(place, { ...newer, failures, attempts: Math.max(failures, attempts.get(fault.keyId) ?? 0) });
  }
  return [...rows.values()].sort((a, b) => b.failures - a.failures || b.lastAt - a.lastAt).slice(0, limit);
}
