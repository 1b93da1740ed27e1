// The form of settings: what its fields say of keys, and that nothing is said that was not changed.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  changedFields,
  changeOf,
  EMPTY_FORM,
  FIELDS,
  type FieldName,
  faultOf,
  formOf,
  isFine,
  type SettingsForm,
  settingsOf,
} from "../../../src/page/keys/settings-form.ts";
import { keyRow } from "../../fixture/key-row.ts";

const ROW = keyRow({ id: "0123456789ab", name: "team-a" });

const FULL: Partial<SettingsForm> = {
  name: "team-a",
  weight: "2.5",
  priority: "-1",
  models: "gpt-*, o1",
  rpm: "60",
  tpd: "2M",
  day: "UTC",
};

function form(given: Partial<SettingsForm>): SettingsForm {
  return { ...EMPTY_FORM, ...given };
}

describe("formOf", () => {
  test("shows what is said of a key, and nothing for what is not", () => {
    expect(formOf(ROW)).toEqual(form({ name: "team-a" }));
    expect(formOf({ ...ROW, name: "sk-f...0001" })).toEqual(EMPTY_FORM);
    expect(formOf({ ...ROW, name: "sk-f...0001 #0123ab" }).name).toBe("");
    const own_limits = { rpm: 60, tpd: "2M", day: "UTC" };
    expect(formOf({ ...ROW, weight: 2.5, priority: -1, models: ["gpt-*", "o1"], own_limits })).toEqual(form(FULL));
  });

  test("says nothing new as long as nothing is changed", () => {
    const before = formOf({ ...ROW, weight: 3, own_limits: { rpm: "5" } });
    expect(changedFields(before, { ...before, weight: " 3 " })).toEqual([]);
    expect(changeOf(before, [])).toEqual({});
  });
});

describe("changeOf", () => {
  test("says what is in the fields, and takes back what an empty one stands for", () => {
    expect(changeOf(form(FULL), ["name", "weight", "priority", "models", "rpm", "tpd", "day"])).toEqual({
      name: "team-a",
      weight: 2.5,
      priority: -1,
      models: ["gpt-*", "o1"],
      limits: { rpm: 60, tpd: "2M", day: "UTC" },
    });
    expect(changeOf(EMPTY_FORM, ["name", "models", "rpm"])).toEqual({
      name: null,
      models: null,
      limits: { rpm: null },
    });
  });

  test("keeps a name that looks like a number, and whatever else stands in one", () => {
    expect(changeOf(form({ name: "007" }), ["name"])).toEqual({ name: "007" });
    const name = `<script>"\u202e\u05de`;
    expect(changeOf(form({ name }), ["name"])).toEqual({ name });
  });

  test("speaks of the chosen fields alone", () => {
    fc.assert(
      fc.property(fc.subarray([...FIELDS]), (fields) => {
        const { limits, ...others } = changeOf(EMPTY_FORM, fields);
        const said = [...Object.keys(others), ...Object.keys(limits ?? {})];
        expect(said.toSorted()).toEqual([...fields].toSorted());
      }),
    );
  });
});

test("settingsOf says of new keys what is filled in, and nothing where that is nothing", () => {
  expect(settingsOf(EMPTY_FORM)).toBeUndefined();
  expect(settingsOf(form({ name: " x ", rpm: "5" }))).toEqual({ name: "x", limits: { rpm: 5 } });
});

test.each<[FieldName, string, boolean]>([
  ["name", "x".repeat(200), true],
  ["name", "x".repeat(201), false],
  ["weight", "0", false],
  ["weight", "1000", true],
  ["weight", "x", false],
  ["priority", "-1000", true],
  ["priority", "1.5", false],
  ["models", " , ", false],
  ["rpm", "200k", true],
  ["rpm", "2 M", true],
  ["rpm", "0", false],
  ["rpm", "-1", false],
  ["tpm", "many", false],
  ["day", "anything", true],
  ["concurrency", "", true],
])("faultOf %s %p: fine is %p", (field, text, isRight) => {
  expect(faultOf(field, form({ [field]: text })) === undefined).toBe(isRight);
  expect(isFine(form({ [field]: text }))).toBe(isRight);
});
