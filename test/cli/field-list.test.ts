// Names with what belongs to each: in two columns that fit.
import { expect, test } from "bun:test";
import { renderFields } from "../../src/cli/field-list.ts";

const FIELDS = [
  ["version", "1.2.3"],
  ["serving", "five keys of two providers, three requests in flight"],
] as const;

test("renderFields puts texts below each other", () => {
  expect(renderFields(FIELDS)).toBe("version  1.2.3\nserving  five keys of two providers, three requests in flight\n");
});

test("renderFields lets a long text go on below itself", () => {
  expect(renderFields(FIELDS, 40)).toBe(
    "version  1.2.3\nserving  five keys of two providers,\n         three requests in flight\n",
  );
});

test("renderFields breaks no path, and shows no control character", () => {
  const path = "/home/somebody/.local/state/openai-balance/folder";
  expect(renderFields([["data", path]], 30)).toBe(`data  ${path}\n`);
  expect(renderFields([["data", "a\x1b[31mb"]], 30)).toBe("data  a\\x1b[31mb\n");
});
