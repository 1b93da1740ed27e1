// What a release says of itself.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { cutChangelog, notesOf } from "../../scripts/changelog.ts";

const CHANGELOG = `# Changelog

## Unreleased

- Something new

## 1.0.0 - 2027-01-15

- The first

## 0.9.0 - 2027-01-01
`;

test("notesOf finds the section of a version", () => {
  expect(notesOf(CHANGELOG, "1.0.0")).toBe("- The first");
  expect(notesOf(CHANGELOG, "Unreleased")).toBe("- Something new");
});

test.each([
  ["2.0.0", 'CHANGELOG.md has no section "## 2.0.0"'],
  ["1.0", 'CHANGELOG.md has no section "## 1.0"'],
  ["0.9.0", 'The section "## 0.9.0" of CHANGELOG.md is empty'],
])("notesOf refuses %s", (version, message) => {
  expect(() => notesOf(CHANGELOG, version)).toThrow(message);
});

test("cutChangelog makes a version of what is unreleased, and room for the next", () => {
  const cut = cutChangelog(CHANGELOG, "1.1.0", "2027-02-03");
  expect(notesOf(cut, "1.1.0")).toBe("- Something new");
  expect(cut).toContain("## Unreleased\n\n## 1.1.0 - 2027-02-03\n\n- Something new");
  expect(() => cutChangelog(cut, "1.2.0", "2027-02-04")).toThrow(
    'The section "## Unreleased" of CHANGELOG.md is empty',
  );
});

test.each(["1.0.0", "v1.2.0", "1.2", "", "01.2.0", "1.2.0-", "1.2.0\n## x"])("cutChangelog refuses %j", (version) => {
  expect(() => cutChangelog(CHANGELOG, version, "2027-02-03")).toThrow();
});

test("the changelog of the project says what its version brings, or what the next one will", () => {
  const own = readFileSync(join(import.meta.dir, "../../CHANGELOG.md"), "utf8");
  // The tests run for a tag as well, where nothing is unreleased.
  const heading = own.includes(`\n## ${version} `) ? version : "Unreleased";
  expect(notesOf(own, heading).length).toBeGreaterThan(10);
});
