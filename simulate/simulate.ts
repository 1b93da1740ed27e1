// `npm run simulate`: hours of traffic against modelled providers in virtual time, measured against an oracle.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explain } from "./explain.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { brokenLines, table } from "./report.ts";
import { runScenario, type ScenarioResult } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/all.ts";
import { PAGE, withTable } from "./with-table.ts";

const PAGE_FILE = join(import.meta.dir, "..", PAGE);
const NAMES = SCENARIOS.map(({ name }) => name);

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "number") return options;
  const { explain: name, seed } = options;
  if (name !== undefined) {
    for (const scenario of chosen({ ...options, only: [name] })) print(explain(runScenario(scenario, { seed })));
    return 0;
  }
  return runAll(options);
}

/** The options, or the exit code. */
function readOptions(): Options | number {
  try {
    const options = parseOptions(process.argv.slice(2), NAMES);
    if (options !== undefined) return options;
    print(`${USAGE}\nScenarios: ${NAMES.join(", ")}`);
    return 0;
  } catch (error: unknown) {
    say(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
}

async function runAll(options: Options): Promise<number> {
  const began = performance.now();
  const results = chosen(options).map((scenario) => run(scenario, options));
  const seconds = (performance.now() - began) / 1_000;
  const text = table(results);
  print(text);
  if (options.writes) await writeFile(PAGE_FILE, withTable(await readFile(PAGE_FILE, "utf8"), text));
  const broken = brokenLines(results);
  if (broken.length > 0) print(`\nBroken bounds:\n${broken.map((line) => `- ${line}`).join("\n")}`);
  say(`${results.length} scenarios in ${seconds.toFixed(1)} s`);
  return broken.length === 0 ? 0 : 1;
}

function run(scenario: Scenario, { seed }: Options): ScenarioResult {
  const began = performance.now();
  const result = runScenario(scenario, { seed });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  say(`${scenario.name}: ${seconds} s, ${result.microsPerRequest.toFixed(0)} µs for each request`);
  return result;
}

function chosen({ only, windows }: Options): readonly Scenario[] {
  return SCENARIOS.filter(({ name }) => only === undefined || only.includes(name)).map((scenario) => {
    return windows === undefined ? scenario : { ...scenario, windows };
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
