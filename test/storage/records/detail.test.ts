// The request in which a key failed last, by the time of its attempt: a request goes on after an attempt that failed.
import { describe, expect, test } from "bun:test";
import { SEQS_OF_MS } from "../../../src/records/seq-range.ts";
import { detailOf } from "../../../src/storage/records/detail.ts";
import { attemptOf, recordOf } from "../../admin/fake-records.ts";
import { START } from "../../balancer/fixtures.ts";
import { openRecordsLab } from "../../daemon/records/records-lab.ts";

/** `[id of the request, its end, the end of its attempt, the key of that]`, in seconds. */
type Row = readonly [id: string, ended: number, failed: number, keyId: string, outcome?: "ok"];

function failed([id, ended, attempt, keyId, outcome]: Row) {
  const at = (seconds: number) => START + seconds * 1_000;
  const tries = [attemptOf({ keyId, keyName: "team-b", endedAt: at(attempt), ...(outcome && { outcome }) })];
  return recordOf({ id, endedAt: at(ended), seq: at(ended) * SEQS_OF_MS, keyId, keyName: "team-b", tries });
}

const ROWS: readonly Row[] = [
  ["req_early", 1, 1, "a"],
  ["req_quick", 6, 5, "a"],
  ["req_slow", 10, 2, "a"],
  ["req_long", 30, 20, "a"],
  ["req_other", 33, 25, "b"],
  ["req_served", 40, 39, "a", "ok"],
];

describe("the last failure of a key", () => {
  test.each([
    ["a", 50, "req_long"],
    ["a", 20, "req_long"],
    ["a", 19, "req_quick"],
    ["a", 10, "req_quick"],
    // Its request went on until later, as that of the attempt before.
    ["a", 5, "req_quick"],
    ["a", 4, "req_slow"],
    ["a", 1, "req_early"],
    ["a", 0, undefined],
    // Of a name that two keys had.
    ["team-b", 50, "req_other"],
    ["team-b", 24, "req_long"],
    ["none", 50, undefined],
  ])("%s at %d s: %s", (key, seconds, id) => {
    using lab = openRecordsLab(ROWS.map(failed));
    expect(detailOf(lab.database, { key, at: START + seconds * 1_000 })?.id).toBe(id as string);
  });
});
