// JSON requests in closed loops, over a plain upstream or one with TLS.
import { type BenchContext, runLoad, TLS_FILES } from "../bench-context.ts";
import type { JsonResult } from "../load/job.ts";
import { startTargets, stopTargets, type Target, type TargetName } from "../servers/targets.ts";
import { median } from "../statistics.ts";

const CONNECTIONS = [1, 32, 256];

/** The medians of one target's rounds. */
export interface JsonFigures extends JsonResult {
  readonly target: TargetName;
  readonly connections: number;
}

/** Measures every target in turn, round by round, so that what disturbs the machine disturbs all of them. */
export async function runJsonSuite(context: BenchContext, mode: "plain" | "tls"): Promise<readonly JsonFigures[]> {
  const rounds = context.isQuick ? 1 : 3;
  const targets = await startTargets(context, mode);
  const results = new Map<string, JsonResult[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const connections of CONNECTIONS) {
      context.say(`JSON, ${mode}: round ${round} of ${rounds}, ${connections} connections`);
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

function measure(context: BenchContext, { url }: Target, connections: number): Promise<JsonResult> {
  const durationMs = context.isQuick ? 500 : 1_500;
  return runLoad(context, { kind: "json", url, ca: TLS_FILES.ca, connections, warmUpMs: 400, durationMs });
}

function figuresOf(target: TargetName, connections: number, results: readonly JsonResult[]): JsonFigures {
  return {
    target,
    connections,
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    p50Ms: median(results.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(results.map(({ p99Ms }) => p99Ms)),
    failures: results.reduce((sum, { failures }) => sum + failures, 0),
    firstFailure: results.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
  };
}
