// Event streams, many at once: time to the first token, delay of each chunk, memory and processor time.
import { type BenchContext, runLoad } from "../bench-context.ts";
import type { StreamsResult } from "../load/job.ts";
import { memoryOf, stopwatchOf } from "../process-figures.ts";
import { startTargets, stopTargets, type Target, type TargetName } from "../servers/targets.ts";
import { median, medianOf } from "../statistics.ts";

export const STREAMS = 1_000;

const WARM_UP_STREAMS = 100;

/** The medians of one target's rounds; what comes from /proc is undefined where there is none. */
export interface StreamsFigures extends StreamsResult {
  readonly target: TargetName;
  readonly cpuSeconds: number | undefined;
  /** Bytes, since the start of the process. */
  readonly peakMemory: number | undefined;
}

type Round = StreamsResult & { readonly cpuSeconds: number | undefined };

/** Measures every target in turn, round by round. */
export async function runStreamsSuite(context: BenchContext): Promise<readonly StreamsFigures[]> {
  const rounds = context.isQuick ? 1 : 3;
  const targets = await startTargets(context, "streams");
  context.say("Streams: warm-up");
  await Promise.all(targets.map(({ url }) => runLoad(context, { kind: "streams", url, streams: WARM_UP_STREAMS })));
  const results = targets.map((target) => ({ target, rounds: [] as Round[] }));
  for (let round = 1; round <= rounds; round++) {
    context.say(`Streams: round ${round} of ${rounds}`);
    for (const result of results) result.rounds.push(await measure(context, result.target));
  }
  const figures = results.map(({ target, rounds }) => figuresOf(target, rounds));
  await stopTargets(targets);
  return figures;
}

async function measure(context: BenchContext, { url, pid }: Target): Promise<Round> {
  const cpuSeconds = stopwatchOf(pid);
  const result = await runLoad<StreamsResult>(context, { kind: "streams", url, streams: STREAMS });
  return { ...result, cpuSeconds: cpuSeconds() };
}

function figuresOf({ name, pid }: Target, rounds: readonly Round[]): StreamsFigures {
  return {
    target: name,
    firstP50Ms: median(rounds.map(({ firstP50Ms }) => firstP50Ms)),
    firstP99Ms: median(rounds.map(({ firstP99Ms }) => firstP99Ms)),
    chunkP50Ms: median(rounds.map(({ chunkP50Ms }) => chunkP50Ms)),
    chunkP99Ms: median(rounds.map(({ chunkP99Ms }) => chunkP99Ms)),
    cpuSeconds: medianOf(rounds.map(({ cpuSeconds }) => cpuSeconds)),
    peakMemory: memoryOf(pid)?.peak,
    failures: rounds.reduce((sum, { failures }) => sum + failures, 0),
    firstFailure: rounds.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
  };
}
