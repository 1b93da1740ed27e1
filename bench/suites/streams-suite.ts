// Event streams, many at once: time to the first token, delay of each chunk, memory and processor time.
import { type BenchContext, runLoad } from "../bench-context.ts";
import type { StreamsResult } from "../load/job.ts";
import { memoryOf, stopwatchOf } from "../process-figures.ts";
import { startTargets, stopTargets, type Target, type TargetName, warmUp } from "../servers/targets.ts";
import { median, medianOf } from "../statistics.ts";

export const STREAMS = 1_000;

/** The medians of one target's rounds; what comes from /proc is undefined where there is none. */
export interface StreamsFigures extends Round {
  readonly target: TargetName;
  /** Bytes, of a process that served nothing else. */
  readonly peakMemory: number | undefined;
  /** Bytes, of a process that also served many JSON requests. */
  readonly peakMemoryLater: number | undefined;
}

type Round = StreamsResult & { readonly cpuSeconds: number | undefined };

/** What was seen of one target. */
interface Run {
  readonly target: Target;
  readonly fresh: Round;
  readonly peakMemory: number | undefined;
  readonly rounds: Round[];
}

/** Measures every target in turn: its memory while it is fresh, the rest when it is warm. */
export async function runStreamsSuite(context: BenchContext): Promise<readonly StreamsFigures[]> {
  const targets = await startTargets(context, "plain");
  const runs: Run[] = [];
  context.say("Streams: fresh processes");
  for (const target of targets) {
    const fresh = await measure(context, target);
    runs.push({ target, fresh, peakMemory: memoryOf(target.pid)?.peak, rounds: [] });
  }
  await warmUp(context, targets);
  const rounds = context.isQuick ? 1 : 3;
  for (let round = 1; round <= rounds; round++) {
    context.say(`Streams: round ${round} of ${rounds}`);
    for (const run of runs) run.rounds.push(await measure(context, run.target));
  }
  const figures = runs.map(figuresOf);
  await stopTargets(targets);
  return figures;
}

async function measure(context: BenchContext, { url, pid }: Target): Promise<Round> {
  const cpuSeconds = stopwatchOf(pid);
  const result = await runLoad<StreamsResult>(context, { kind: "streams", url, streams: STREAMS });
  return { ...result, cpuSeconds: cpuSeconds() };
}

function figuresOf({ target, fresh, peakMemory, rounds }: Run): StreamsFigures {
  const all = [fresh, ...rounds];
  return {
    target: target.name,
    firstP50Ms: median(rounds.map(({ firstP50Ms }) => firstP50Ms)),
    firstP99Ms: median(rounds.map(({ firstP99Ms }) => firstP99Ms)),
    chunkP50Ms: median(rounds.map(({ chunkP50Ms }) => chunkP50Ms)),
    chunkP99Ms: median(rounds.map(({ chunkP99Ms }) => chunkP99Ms)),
    cpuSeconds: medianOf(rounds.map(({ cpuSeconds }) => cpuSeconds)),
    peakMemory,
    peakMemoryLater: memoryOf(target.pid)?.peak,
    failures: all.reduce((sum, { failures }) => sum + failures, 0),
    firstFailure: all.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
  };
}
