// `npm test`: runs every check and ends with the line `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTestReport, type TestCounts } from "./test-report.ts";

const ROOT = join(import.meta.dir, "..");
const BINARY = join(ROOT, "dist", process.platform === "win32" ? "openai-balance.exe" : "openai-balance");
/** It only ends a test that hangs: no machine is too slow. Bun's own 5 s ended some that did their work. */
const MOST_MS = 120_000;
/** Most tests wait for processes; more of them at once than this take the processor from each other. */
const WORKERS = Math.min(4, navigator.hardwareConcurrency);
const OK: TestCounts = { passed: 0, failed: 0 };
/** A check that failed, or tests that ended without a report. */
const FAILED: TestCounts = { passed: 0, failed: 1 };

/** One step: a title, and what it adds to the counts. */
interface Step {
  readonly title: string;
  readonly run: () => Promise<TestCounts>;
}

const STEPS: readonly Step[] = [
  {
    title: "Format and lint",
    run: () => check(["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"]),
  },
  { title: "Types", run: () => check(["node_modules/typescript/bin/tsc", "--noEmit"]) },
  { title: "Types of the page", run: () => check(["node_modules/typescript/bin/tsc", "--noEmit", "-p", "src/page"]) },
  { title: "Generated files", run: () => check(["scripts/generate.ts", "--check"]) },
  { title: "Tests", run: () => runTests(["test"], {}) },
  { title: "Build", run: () => check(["scripts/build.ts"]) },
  {
    title: "End-to-end tests of the binary",
    run: () => runTests(["test", "test/e2e/"], { OPENAI_BALANCE_BIN: BINARY }),
  },
];

process.exitCode = await main();

async function main(): Promise<number> {
  const results: (TestCounts & { readonly title: string })[] = [];
  for (const { title, run } of STEPS) {
    print(`\n== ${title}`);
    const began = performance.now();
    const counts = await run();
    results.push({ title, ...counts });
    print(`== ${title}: ${describe(counts)}, ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  const total = {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
  };
  const broken = results.filter(({ failed }) => failed > 0).map(({ title }) => title);
  if (broken.length > 0) print(`\nFailed: ${broken.join(", ")}`);
  print(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

async function check(command: readonly string[]): Promise<TestCounts> {
  return (await runBun(command, {})) === 0 ? OK : FAILED;
}

/** The counts are those of the runner's own report; a run that fails without a failed test counts as one. */
async function runTests(command: readonly string[], env: Readonly<Record<string, string>>): Promise<TestCounts> {
  const folder = mkdtempSync(join(tmpdir(), "openai-balance-check-"));
  const file = join(folder, "report.xml");
  try {
    const report = ["--only-failures", "--reporter=junit", `--reporter-outfile=${file}`];
    const how = [`--parallel=${WORKERS}`, `--timeout=${MOST_MS}`];
    const code = await runBun([...command, ...how, ...report], env);
    const counts = readTestReport(readReport(file));
    if (counts === undefined || counts.passed + counts.failed === 0) return FAILED;
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function runBun(command: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = Bun.spawn([process.execPath, ...command], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return child.exited;
}

function describe({ passed, failed }: TestCounts): string {
  if (passed === 0) return failed === 0 ? "ok" : "failed";
  return `${passed} passed, ${failed} failed`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
