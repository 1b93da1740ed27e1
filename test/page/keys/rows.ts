// Rows of keys for the tests of the list.
import { type KeyRow, keyRow } from "../../fixture/key-row.ts";

/** That of a key which serves, by a number. */
export function rowOf(index: number, facts: Partial<KeyRow> = {}): KeyRow {
  return keyRow({ id: index.toString(16).padStart(12, "0"), name: `key-${index}`, provider: "fake", ...facts });
}
