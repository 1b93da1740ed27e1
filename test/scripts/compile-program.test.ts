// The executable: its threads are found, and it is the same whoever compiles it wherever.
import { expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileProgram } from "../../scripts/compile-program.ts";
import { thirdPartyLicences } from "../../scripts/third-party.ts";
import { bundlePage } from "../../src/dashboard/bundle-page.ts";

const ROOT = join(import.meta.dir, "../..");
const SCRIPT = readFileSync(join(ROOT, "scripts/compile-program.ts"), "utf8");
const PROGRAM = process.platform === "win32" ? "openai-balance.exe" : "openai-balance";
/** Two are compiled, of 120 MB each. */
const TIMEOUT_MS = 300_000;

test("every thread that is started is an entry below the root", () => {
  const sources = [...new Bun.Glob("src/**/*.ts").scanSync(ROOT)].map((path) => readFileSync(join(ROOT, path), "utf8"));
  const started = sources.flatMap((text) => [...text.matchAll(/startWorker\("([^"]+)"\)/g)].map(([, path]) => path));
  expect(started.length).toBeGreaterThan(1);
  for (const path of started) expect(SCRIPT).toContain(`"src/${path}"`);
  expect(SCRIPT).toContain('root: join(ROOT, "src"),');
});

test(
  "compiled in another folder it is the same, byte for byte, and names neither",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "openai-balance build é "));
    try {
      const first = join(folder, PROGRAM);
      const sources = await compileProgram({ page: await bundlePage(), outfile: first });
      const copy = join(folder, "a/checkout");
      copyTo(copy);
      const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, "scripts/build.ts"], { cwd: copy });
      expect(stdout.toString() + stderr.toString()).toContain("Built dist/openai-balance");
      expect(exitCode).toBe(0);
      const bytes = readFileSync(first);
      expect(bytes.equals(readFileSync(join(copy, "dist", PROGRAM)))).toBe(true);
      expect(bytes.includes(ROOT)).toBe(false);
      expect(licensed(thirdPartyLicences(sources))).toEqual(expect.arrayContaining(["preact", "style-mod", "zod"]));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);

/** What a build reads of a checkout. */
function copyTo(folder: string): void {
  const packages = [...dependenciesOf(".")].map((name) => `node_modules/${name}`);
  for (const path of ["package.json", "tsconfig.json", "scripts", "src", ...packages])
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
}

/** The names of all packages that a package needs, and of those that these need. */
function dependenciesOf(path: string, found = new Set<string>()): ReadonlySet<string> {
  const { dependencies = {} } = JSON.parse(readFileSync(join(ROOT, path, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    if (found.has(name)) continue;
    found.add(name);
    dependenciesOf(`node_modules/${name}`, found);
  }
  return found;
}

/** The packages that a text of licences has. */
function licensed(text: string): readonly (string | undefined)[] {
  return [...text.matchAll(/^(\S+) \d+\.\d+\.\d+\S* \(/gm)].map(([, name]) => name);
}
