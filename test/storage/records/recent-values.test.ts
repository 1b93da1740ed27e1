// Which names there were of late, most used first.
import { expect, test } from "bun:test";
import { recentValues } from "../../../src/storage/records/recent-values.ts";
import { recordOf } from "../../admin/fake-records.ts";
import { START } from "../../balancer/fixtures.ts";
import { openRecordsLab } from "../../daemon/records/records-lab.ts";

const HOUR_MS = 3_600_000;

test("names of the time that is asked for, by how often, with a text in them as it is", () => {
  const asked = [
    ["old", START - 9 * HOUR_MS],
    ["rare_1", START],
    ["often", START],
    ["often", START],
    [undefined, START],
  ] as const;
  using lab = openRecordsLab(
    asked.map(([model, endedAt], at) => recordOf({ id: `req_${at}`, model, endedAt, seq: at })),
  );
  const values = (text: string, limit = 10) =>
    recentValues(lab.database, { dimension: "model", from: START - 2 * HOUR_MS, text, limit });
  expect(values("")).toEqual(["often", "rare_1"]);
  expect(values("", 1)).toEqual(["often"]);
  expect(values("E_")).toEqual(["rare_1"]);
  expect(values("%")).toEqual([]);
});
