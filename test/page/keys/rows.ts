// Rows of keys, as the control API answers with them.
import type { KeyRow } from "../../../src/page/keys/key-row.ts";

/** That of a key which serves, by a number. */
export function rowOf(index: number, facts: Partial<KeyRow> = {}): KeyRow {
  return {
    id: index.toString(16).padStart(12, "0"),
    name: `key-${index}`,
    masked: "sk-f...0001",
    provider: "fake",
    source: "key store",
    state: "ready",
    parts: [],
    limits: [],
    groups: [],
    in_flight: 0,
    failures: 0,
    used_24h: 0,
    failed_24h: 0,
    weight: 1,
    priority: 0,
    ...facts,
  };
}
