// What is tried of an archive on the machine that it is for: that its program serves and answers.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ROOT = join(import.meta.dir, "../..");
const FOLDER = mkdtempSync(join(tmpdir(), "ob-archive-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

/** Tries an archive of a program that does this. What it needs for itself is in a folder that is empty afterwards. */
async function tried(script: string) {
  const folder = mkdtempSync(join(FOLDER, "try-"));
  writeFileSync(join(folder, "openai-balance"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  expect(Bun.spawnSync(["tar", "-czf", "archive.tar.gz", "openai-balance"], { cwd: folder }).exitCode).toBe(0);
  const temporary = mkdtempSync(join(FOLDER, "tmp-"));
  const child = Bun.spawn(["sh", join(ROOT, "scripts/try-archive.sh"), join(folder, "archive.tar.gz")], {
    env: { ...process.env, TMPDIR: temporary },
    stderr: "ignore",
  });
  const said = await child.stdout.text();
  const left = readdirSync(temporary).filter((name) => name.startsWith("tmp."));
  return { code: await child.exited, said, left };
}

test("a program that serves passes, and is stopped", async () => {
  const { code, said, left } = await tried(`exec "${process.execPath}" "${join(ROOT, "src/main.ts")}" "$@"`);
  expect([code, left]).toEqual([0, []]);
  expect(said).toMatch(/^openai-balance \d/);
  expect(said).toContain('"choices"');
});

test.each([
  ["does not start", "exit 126", ""],
  ["knows its version only", '[ "$1" = version ] || { echo no library; exit 1; }', "no library"],
  [
    "listens where nobody answers",
    '[ "$1" = version ] || { echo listening on http://127.0.0.1:1; exec sleep 60; }',
    "listening",
  ],
])("one that %s fails, with what it said", async (_, script, words) => {
  const { code, said, left } = await tried(script);
  expect(code).not.toBe(0);
  expect(left).toEqual([]);
  expect(said).toContain(words);
});
