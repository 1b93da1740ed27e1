// Which keys are chosen, and what operations are given for them.
import { expect, test } from "bun:test";
import { OPERATIONS } from "../../../src/admin/operation-table.ts";
import {
  changeInput,
  chosenCount,
  isChosen,
  type KeyChoice,
  NOTHING,
  testInput,
  withIds,
} from "../../../src/page/keys/key-choice.ts";
import { readFilter } from "../../../src/page/keys/key-filter.ts";

const ALL: KeyChoice = { kind: "all" };
const NO_FILTER = readFilter(new URLSearchParams());
const FILTER = readFilter(new URLSearchParams("status=invalid&search=x&min_failures=2&provider=p"));
const FIELDS = { status: ["invalid"], search: "x", min_failures: 2, provider: "p" };

test("ids are chosen and left out", () => {
  const two = withIds(NOTHING, ["a", "b"], true);
  const one = withIds(two, ["a", "c"], false);
  expect([two, one].map((choice) => chosenCount(choice, 9))).toEqual([2, 1]);
  expect(["a", "b", "c"].map((id) => isChosen(one, id))).toEqual([false, true, false]);
  expect([chosenCount(NOTHING, 9), chosenCount(ALL, 9), isChosen(ALL, "any")]).toEqual([0, 9, true]);
  expect(withIds(ALL, ["a"], true)).toEqual(ALL);
});

test.each<[string, KeyChoice, typeof FILTER, object, object]>([
  ["ids", withIds(NOTHING, ["a"], true), FILTER, { keys: ["a"] }, { keys: ["a"] }],
  ["the filter", ALL, FILTER, FIELDS, { ...FIELDS, all_keys: true }],
  ["all, in so many words", ALL, NO_FILTER, { all: true }, { all_keys: true }],
])("operations are given %s", (_what, choice, filter, change, tested) => {
  expect(changeInput(choice, filter)).toEqual(change);
  expect(testInput(choice, filter)).toEqual(tested);
  for (const name of ["keys.disable", "keys.enable", "keys.reset", "keys.remove"]) {
    expect(OPERATIONS.get(name)?.input.safeParse(change).success).toBe(true);
  }
  expect(OPERATIONS.get("test")?.input.safeParse(tested).success).toBe(true);
});
