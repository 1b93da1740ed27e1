// What continuous integration calls: its last line and exit code, whatever npm says around them.
import { expect, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

test.each([
  ["passes on", "echo '5 passed, 0 failed'", "5 passed, 0 failed", 0],
  ["takes the last summary", "echo '1 passed, 0 failed'; echo '4 passed, 1 failed'; exit 1", "4 passed, 1 failed", 1],
  [
    "ends with the summary after npm's own words",
    "echo '4 passed, 1 failed'; echo 'npm error' >&2; exit 1",
    "4 passed, 1 failed",
    1,
  ],
  ["counts a run without a summary as failed", "echo 'killed'; exit 0", "0 passed, 1 failed", 1],
])(".ci/run %s", async (_does, script, lastLine, expected) => {
  const root = mkdtempSync(join(tmpdir(), "ci-run-"));
  try {
    for (const folder of [".ci", "bin"]) mkdirSync(join(root, folder));
    cpSync(join(import.meta.dir, "../../.ci/run"), join(root, ".ci/run"));
    writeFileSync(join(root, "bin/npm"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(root, "bin/npm"), 0o755);
    const env = { ...process.env, PATH: `${join(root, "bin")}:${process.env.PATH}` };
    const child = Bun.spawn([join(root, ".ci/run")], { env, stdio: ["ignore", "pipe", "pipe"] });
    const [exitCode, stdout] = await Promise.all([child.exited, child.stdout.text()]);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(lastLine);
    expect(exitCode).toBe(expected);
  } finally {
    rmSync(root, { recursive: true });
  }
});
