// Rights are changed of the file that is meant, never of one that a link leads to.
import { afterAll, expect, test } from "bun:test";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setRights } from "../../src/core/file-rights.ts";
import { IS_ROOT } from "../fixture/nobody.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "ob-rights-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;

function newFile(name: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, "");
  // Not by its creation: the process may have a mask.
  chmodSync(path, 0o640);
  return path;
}

test("the mode of a file is changed, and what is not named stays", () => {
  const path = newFile("plain");
  const { uid, gid } = statSync(path);
  setRights(path, { mode: 0o600 });
  expect(modeOf(path)).toBe(0o600);
  setRights(path, ({ mode }) => ((mode & 0o777) === 0o600 ? { mode: 0o400 } : {}));
  expect([modeOf(path), statSync(path).uid, statSync(path).gid]).toEqual([0o400, uid, gid]);
});

test.skipIf(!IS_ROOT)("root gives a file to another user", () => {
  const path = newFile("given");
  setRights(path, { owner: { uid: 65_534, gid: 65_534 }, mode: 0o600 });
  const { uid, gid } = statSync(path);
  expect([uid, gid, modeOf(path)]).toEqual([65_534, 65_534, 0o600]);
});

test.each([
  ["a symbolic link", "ELOOP", symlinkSync],
  ["a hard link", "EMLINK", linkSync],
])("%s leads to nothing", (name, code, link) => {
  const victim = newFile(`victim of ${name}`);
  const path = join(FOLDER, name);
  link(victim, path);
  expect(() => setRights(path, { mode: 0o777 })).toThrow(code);
  expect(modeOf(victim)).toBe(0o640);
});

test("a folder is none, and what is missing is told", () => {
  const path = join(FOLDER, "folder");
  mkdirSync(path);
  chmodSync(path, 0o750);
  expect(() => setRights(path, { mode: 0o777 })).toThrow("EINVAL");
  expect(modeOf(path)).toBe(0o750);
  expect(() => setRights(join(FOLDER, "nothing"), { mode: 0o600 })).toThrow("ENOENT");
});
