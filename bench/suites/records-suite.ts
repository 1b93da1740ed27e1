// What request records cost: the processor time of the daemon for one answer, all threads of it, with and without them.
import { type BenchContext, runLoad } from "../bench-context.ts";
import type { Server } from "../children.ts";
import type { JsonResult } from "../load/job.ts";
import { stopwatchOf } from "../process-figures.ts";
import { startDaemon } from "../servers/targets.ts";
import { median, medianOf } from "../statistics.ts";

const CONNECTIONS = 32;

/** `off`, at the default of 200 records a second, and one for each request. */
export const RECORDING = {
  off: ["requests:", "  enabled: false"],
  default: [],
  all: ["requests:", "  max_rate: 1000000"],
} as const;

export type RecordingName = keyof typeof RECORDING;

export interface RecordsFigures {
  readonly recording: RecordingName;
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Undefined without /proc. */
  readonly cpuMicros: number | undefined;
  readonly failures: number;
  readonly firstFailure: string | undefined;
}

type Daemon = Server & { readonly recording: RecordingName };
type Round = JsonResult & { readonly cpuMicros: number | undefined };

/** In turn, round by round, so that what disturbs the machine disturbs all of them. */
export async function runRecordsSuite(context: BenchContext): Promise<readonly RecordsFigures[]> {
  const script = `${import.meta.dir}/../servers/upstream.ts`;
  const upstream = await context.children.serve([process.execPath, script, "plain"]);
  const setup = (recording: RecordingName) => ({ upstreamUrl: upstream.url, settings: RECORDING[recording] });
  const daemons: Daemon[] = [];
  for (const recording of Object.keys(RECORDING) as RecordingName[])
    daemons.push({ recording, ...(await startDaemon(context, [context.binary], setup(recording))) });
  context.say("Warm-up");
  for (const { url } of daemons) await runLoad(context, jobOf(url, context.isQuick ? 1_000 : 6_000));
  const rounds = context.isQuick ? 1 : 7;
  const results = new Map<RecordingName, Round[]>();
  for (let round = 1; round <= rounds; round++) {
    context.say(`Records: round ${round} of ${rounds}`);
    for (const { recording, url, pid } of daemons) {
      const result = await measure(context, url, pid);
      results.set(recording, [...(results.get(recording) ?? []), result]);
    }
  }
  for (const daemon of daemons) await daemon.stop();
  await upstream.stop();
  return daemons.map(({ recording }) => figuresOf(recording, results.get(recording) ?? []));
}

async function measure(context: BenchContext, url: string, pid: number): Promise<Round> {
  const cpuSeconds = stopwatchOf(pid);
  const result = await runLoad<JsonResult>(context, jobOf(url, context.isQuick ? 1_000 : 4_000));
  // What is a second behind belongs to it.
  await Bun.sleep(1_500);
  const seconds = cpuSeconds();
  return { ...result, cpuMicros: seconds === undefined ? undefined : (seconds * 1e6) / result.answers };
}

function jobOf(url: string, durationMs: number) {
  return { kind: "json", url, connections: CONNECTIONS, warmUpMs: 0, durationMs } as const;
}

function figuresOf(recording: RecordingName, results: readonly Round[]): RecordsFigures {
  return {
    recording,
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    p99Ms: median(results.map(({ p99Ms }) => p99Ms)),
    cpuMicros: medianOf(results.map(({ cpuMicros }) => cpuMicros)),
    failures: results.reduce((sum, { failures }) => sum + failures, 0),
    firstFailure: results.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
  };
}
