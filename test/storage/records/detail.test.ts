// The request in which a key failed last, by the time of its attempt: a request goes on after an attempt that failed.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { SEQS_OF_MS } from "../../../src/records/seq-range.ts";
import { openDatabase } from "../../../src/storage/database.ts";
import { detailOf } from "../../../src/storage/records/detail.ts";
import { openForReading } from "../../../src/storage/records/open-for-reading.ts";
import { RECORD_TABLES } from "../../../src/storage/records/tables.ts";
import { attemptOf, recordOf } from "../../admin/fake-records.ts";
import { START } from "../../balancer/fixtures.ts";
import { scratchFolder } from "../../core/scratch-folder.ts";
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

test("a record that an older version wrote is read, before and after its database is one of this version", () => {
  using folder = scratchFolder();
  const path = folder.at("requests.sqlite");
  const older = new Database(path);
  older.run(`CREATE TABLE object_owners (id TEXT PRIMARY KEY); ${RECORD_TABLES}`);
  older.run(
    `INSERT INTO requests (seq, id, received_at, ended_at, method, route, operation, ending, is_failure, attempts,
    waited_ms, bytes_in, bytes_out, is_stream, weight) VALUES (1, 'req_old', 1, 9, 'POST', '/', 'o', 'error', 1, 1, 0, 0, 0, 0, 1)`,
  );
  older.run(
    `INSERT INTO attempts (seq, number, provider, key_id, key_name, started_at, ended_at, status)
    VALUES (1, 1, 'main', 'k', 'name', 2, 8, 500)`,
  );
  older.run("PRAGMA user_version = 2");
  older.close();
  const first = openForReading(path);
  const before = first && detailOf(first.database, { id: "req_old" });
  first?.database.close();
  using now = openDatabase(path);
  expect(detailOf(now, { id: "req_old" })).toEqual(before as NonNullable<typeof before>);
  expect(before).toMatchObject({ id: "req_old", bodyMs: undefined, tries: [{ status: 500, sentMs: undefined }] });
});
