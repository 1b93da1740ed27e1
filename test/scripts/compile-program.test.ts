// Threads of the executable are found: each is an entry, and is called by its place below the root of the sources.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const SCRIPT = readFileSync(join(ROOT, "scripts/compile-program.ts"), "utf8");

test("every thread that is started is an entry below the root", () => {
  const sources = [...new Bun.Glob("src/**/*.ts").scanSync(ROOT)].map((path) => readFileSync(join(ROOT, path), "utf8"));
  const started = sources.flatMap((text) => [...text.matchAll(/startWorker\("([^"]+)"\)/g)].map(([, path]) => path));
  expect(started.length).toBeGreaterThan(1);
  for (const path of started) expect(SCRIPT).toContain(`"src/${path}"`);
  expect(SCRIPT).toContain('root: join(ROOT, "src"),');
});
