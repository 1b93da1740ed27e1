// What is drawn of the values of a chart.
import { expect, test } from "bun:test";
import { aloneAt, rangeOf, stacked } from "../../../src/page/ui/plot-data.ts";

test("stacked adds each series to those before it; what was not measured adds nothing", () => {
  expect(
    stacked([
      [1, null, 3],
      [10, 20, null],
      [0, 0, 5],
    ]),
  ).toEqual([
    [1, 0, 3],
    [11, 20, 3],
    [11, 20, 8],
  ]);
  expect(stacked([])).toEqual([]);
});

test.each<[readonly (number | null)[], readonly number[]]>([
  [[], []],
  [[5], [0]],
  [[5, 6], []],
  [
    [null, 5, null, 6, 7, null, 0],
    [1, 6],
  ],
  [[null, null], []],
])("aloneAt of %j is %j", (values, found) => {
  expect(aloneAt(values)).toEqual(found);
});

test("rangeOf has room for the last column, also where it is the only one", () => {
  expect(rangeOf([60, 120, 180], 5)).toEqual([60, 240]);
  expect(rangeOf([60], 5)).toEqual([60, 65]);
  expect(rangeOf([], 5)).toEqual([0, 5]);
});
