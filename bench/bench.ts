// `npm run bench`: measures the compiled daemon beside the upstream itself, a minimal proxy and nginx.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, constants, cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { BenchContext } from "./bench-context.ts";
import { Children } from "./children.ts";
import { type Options, parseOptions, type SuiteName, USAGE } from "./options.ts";
import { pageReport } from "./page-report.ts";
import { profileDaemon } from "./profile.ts";
import { recordsReport } from "./records-report.ts";
import { jsonReport, keysReport, pickReport, recordsReadReport, startReport, streamsReport } from "./report.ts";
import { findNginx } from "./servers/nginx.ts";
import type { TargetName } from "./servers/targets.ts";
import { runJsonSuite } from "./suites/json-suite.ts";
import { runKeysSuite } from "./suites/keys-suite.ts";
import { runPageSuite } from "./suites/page-suite.ts";
import { runPickSuite } from "./suites/pick-suite.ts";
import { runRecordsReadSuite } from "./suites/records-read-suite.ts";
import { runRecordsSuite } from "./suites/records-suite.ts";
import { runStartSuite } from "./suites/start-suite.ts";
import { runStreamsSuite } from "./suites/streams-suite.ts";

const ROOT = join(import.meta.dir, "..");
const BUILT = join(ROOT, "dist", process.platform === "win32" ? "openai-balance.exe" : "openai-balance");
/** Above this share of the processors being busy, the figures mean little. */
const BUSY = 0.3;

interface Outcome {
  readonly target?: TargetName;
  readonly failures: number;
  readonly firstFailure: string | undefined;
}

interface SuiteResult {
  readonly report: string;
  readonly figures: unknown;
  readonly outcomes: readonly Outcome[];
}

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "number") return options;
  const children = new Children();
  const folder = await mkdtemp(join(tmpdir(), "openai-balance-bench-"));
  let interrupted: NodeJS.Signals | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      interrupted = signal;
      // What waits for one of them fails, and the run ends like any that failed.
      void children.stopAll();
    });
  }
  const binary = resolve(options.binary ?? BUILT);
  const context = { children, folder, binary, isQuick: options.isQuick, say };
  const exitCode = await run(context, options);
  await children.stopAll();
  await rm(folder, { recursive: true, force: true });
  return interrupted === undefined ? exitCode : 128 + constants.signals[interrupted];
}

async function run(context: BenchContext, options: Options): Promise<number> {
  try {
    if (!options.isProfile) return await measureAll(context, options);
    print(await profileDaemon(context));
    return 0;
  } catch (error: unknown) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

/** The options, or the exit code. */
function readOptions(): Options | number {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options !== undefined) return options;
    print(USAGE);
    return 0;
  } catch (error: unknown) {
    say(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
}

async function measureAll(context: BenchContext, options: Options): Promise<number> {
  if (options.binary === undefined) await build(context);
  print(machine());
  const results: Partial<Record<SuiteName, SuiteResult>> = {};
  for (const suite of options.suites) {
    const result = await runSuite(context, suite);
    print(result.report);
    results[suite] = result;
  }
  if (options.jsonFile !== undefined) {
    const figures = Object.entries(results).map(([suite, result]) => [suite, result.figures]);
    await writeFile(options.jsonFile, `${JSON.stringify(Object.fromEntries(figures), null, 2)}\n`);
  }
  const failed = Object.entries(results).flatMap(([suite, { outcomes }]) =>
    outcomes
      .filter(({ failures }) => failures > 0)
      .map(
        ({ target = "daemon", failures, firstFailure }) => `${suite}, ${target}: ${failures} failed: ${firstFailure}`,
      ),
  );
  for (const line of failed) print(line);
  return failed.length === 0 ? 0 : 1;
}

async function build({ children, say }: BenchContext): Promise<void> {
  const child = children.spawn([process.execPath, join(ROOT, "scripts/build.ts")], { cwd: ROOT });
  say((await new Response(child.stdout).text()).trimEnd());
  if ((await child.exited) !== 0) throw new Error("Cannot measure: the build failed");
}

async function runSuite(context: BenchContext, suite: SuiteName): Promise<SuiteResult> {
  switch (suite) {
    case "json":
    case "tls": {
      const figures = await runJsonSuite(context, suite === "tls" ? "tls" : "plain");
      const title = suite === "tls" ? "JSON, upstream with TLS that offers HTTP/2" : "JSON, plain upstream";
      return { report: jsonReport(title, figures), figures, outcomes: figures };
    }
    case "streams": {
      const figures = await runStreamsSuite(context);
      return { report: streamsReport(figures), figures, outcomes: figures };
    }
    case "start": {
      const figures = await runStartSuite(context);
      return { report: startReport(figures), figures, outcomes: [figures] };
    }
    case "records-read": {
      const figures = await runRecordsReadSuite(context);
      return { report: recordsReadReport(figures), figures, outcomes: [figures] };
    }
    case "keys": {
      const figures = await runKeysSuite(context);
      return { report: keysReport(figures), figures, outcomes: [figures] };
    }
    case "pick": {
      const figures = runPickSuite(context);
      return { report: pickReport(figures), figures, outcomes: [] };
    }
    case "records": {
      const figures = await runRecordsSuite(context);
      return { report: recordsReport(figures), figures, outcomes: figures };
    }
    case "page": {
      const figures = await runPageSuite(context);
      return { report: pageReport(figures), figures, outcomes: figures };
    }
    default:
      return suite satisfies never;
  }
}

function machine(): string {
  const processors = availableParallelism();
  const load = loadavg()[0] ?? 0;
  const lines = [
    `Bun ${Bun.version}, ${process.platform} ${process.arch}, ${processors} x ${cpus()[0]?.model ?? "unknown processor"}, ` +
      `load average ${load.toFixed(1)}, nginx ${findNginx() === undefined ? "not installed" : "with one worker"}.`,
    "All processes share these processors, the load and the upstream included. To the TLS upstream the minimal proxy and " +
      "the daemon speak HTTP/2, nginx and the direct load HTTP/1.1.",
    ...(load > BUSY * processors ? ["The machine was busy when the run began: the figures are noisy."] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
