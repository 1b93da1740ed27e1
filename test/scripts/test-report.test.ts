// The counts come from the runner's own report.
import { expect, test } from "bun:test";
import { readTestReport } from "../../scripts/test-report.ts";

test.each([
  [
    '<testsuites name="bun test" tests="9" assertions="21" failures="0" skipped="0" time="0.1">',
    { passed: 9, failed: 0 },
  ],
  ['<?xml version="1.0"?>\n<testsuites name="x" tests="9" failures="2" skipped="3">', { passed: 4, failed: 2 }],
  ['<testsuites tests="9" failures="2" errors="1">', { passed: 6, failed: 3 }],
  ['<testsuites name="tests" failures="2">', undefined],
  ['<testsuite tests="9" failures="0">', undefined],
  ["", undefined],
])("readTestReport reads %s", (xml, counts) => {
  expect(readTestReport(xml)).toEqual(counts as never);
});
