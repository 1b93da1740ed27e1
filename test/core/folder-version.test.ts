// The newest version that has used a folder: an older one never takes it back.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newerAdvice, newestVersion, noteVersion } from "../../src/core/folder-version.ts";

test.each([
  ["0.1.0", "0.2.0", "0.2.0"],
  ["0.9.0", "0.10.0", "0.10.0"],
  ["1.0.0", "0.99.99", "1.0.0"],
  ["1.2.3", "1.2.3", "1.2.3"],
  ["1.2.3", "1.2.2", "1.2.3"],
])("after %s and %s it is %s", async (first, second, newest) => {
  const folder = mkdtempSync(join(tmpdir(), "ob-version-"));
  expect(newestVersion(folder)).toBeUndefined();
  await noteVersion(folder, first);
  await noteVersion(folder, second);
  expect(newestVersion(folder)).toBe(newest);
  expect(newerAdvice(join(folder, "state.json"))).toContain(`Use that version (${newest} is the newest`);
  rmSync(folder, { recursive: true });
});

test.each(["", "{}", '{"version":1}', '{"version":"\\u001b[2J"}'])("a file that says %p says nothing", (text) => {
  const folder = mkdtempSync(join(tmpdir(), "ob-version-"));
  writeFileSync(join(folder, "version.json"), text);
  expect(newestVersion(folder)).toBeUndefined();
  expect(newerAdvice(join(folder, "state.json"))).toBe("Use that version, or another --data-dir");
  rmSync(folder, { recursive: true });
});
