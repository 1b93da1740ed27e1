// JSON requests in closed loops, over a plain upstream or one with TLS.
import { type BenchContext, runLoad, TLS_FILES } from "../bench-context.ts";
import type { JsonResult } from "../load/job.ts";
import { stopwatchOf } from "../process-figures.ts";
import { startTargets, stopTargets, type Target, type TargetName, warmUp } from "../servers/targets.ts";
import { median, medianOf } from "../statistics.ts";

const CONNECTIONS = [1, 32, 256];

/** Of one target; processor time is that of its process for one answer, undefined without /proc. */
type Round = JsonResult & { readonly cpuMicros: number | undefined };

/** The medians of one target's rounds. */
export interface JsonFigures extends Round {
  readonly target: TargetName;
  readonly connections: number;
}

/** Measures every target in turn, round by round, so that what disturbs the machine disturbs all of them. */
export async function runJsonSuite(context: BenchContext, mode: "plain" | "tls"): Promise<readonly JsonFigures[]> {
  const rounds = context.isQuick ? 1 : 3;
  const targets = await startTargets(context, mode);
  await warmUp(context, targets);
  const results = new Map<string, Round[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const connections of CONNECTIONS) {
      context.say(`JSON, ${mode}: round ${round} of ${rounds}, connections: ${connections}`);
      for (const target of targets) {
        const key = `${target.name} ${connections}`;
        results.set(key, [...(results.get(key) ?? []), await measure(context, target, connections)]);
      }
    }
  }
  await stopTargets(targets);
  return CONNECTIONS.flatMap((connections) =>
    targets.map(({ name }) => figuresOf(name, connections, results.get(`${name} ${connections}`) ?? [])),
  );
}

async function measure(context: BenchContext, { url, pid }: Target, connections: number): Promise<Round> {
  const durationMs = context.isQuick ? 500 : 1_300;
  const job = { kind: "json", url, ca: TLS_FILES.ca, connections, warmUpMs: 300, durationMs } as const;
  const cpuSeconds = stopwatchOf(pid);
  const result = await runLoad<JsonResult>(context, job);
  const seconds = cpuSeconds();
  return { ...result, cpuMicros: seconds === undefined ? undefined : (seconds * 1e6) / result.answers };
}

function figuresOf(target: TargetName, connections: number, results: readonly Round[]): JsonFigures {
  return {
    target,
    connections,
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    p50Ms: median(results.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(results.map(({ p99Ms }) => p99Ms)),
    answers: median(results.map(({ answers }) => answers)),
    cpuMicros: medianOf(results.map(({ cpuMicros }) => cpuMicros)),
    failures: results.reduce((sum, { failures }) => sum + failures, 0),
    firstFailure: results.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
  };
}
