// `npm run bench -- --profile`: which functions of the daemon the processor spends its time in, under JSON load.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type BenchContext, runLoad } from "./bench-context.ts";
import type { JsonResult } from "./load/job.ts";
import { startDaemon } from "./servers/targets.ts";

const ROOT = join(import.meta.dir, "..");
const CONNECTIONS = 32;
const DURATION_MS = 8_000;
const WARM_UP_MS = 1_000;
const TOP = 25;

/** What is needed of the format of Chrome's profiler, which `bun --cpu-prof` writes. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Spot {
  readonly name: string;
  readonly place: string;
  readonly micros: number;
}

/** Runs the daemon from source under the profiler and tells where its own time went, as Markdown. */
export async function profileDaemon(context: BenchContext): Promise<string> {
  const { children, folder, say } = context;
  const upstream = await children.serve([process.execPath, join(import.meta.dir, "servers/upstream.ts"), "plain"]);
  const program = [process.execPath, "--cpu-prof", `--cpu-prof-dir=${folder}`, join(ROOT, "src/main.ts")];
  const daemon = await startDaemon(context, program, upstream.url);
  say(`Profiling ${DURATION_MS / 1000} s of JSON requests over ${CONNECTIONS} connections`);
  const result = await runLoad<JsonResult>(context, {
    kind: "json",
    url: daemon.url,
    connections: CONNECTIONS,
    warmUpMs: WARM_UP_MS,
    durationMs: DURATION_MS,
  });
  await daemon.stop();
  const file = (await readdir(folder)).find((name) => name.endsWith(".cpuprofile"));
  if (file === undefined) throw new Error("Cannot profile: the daemon left no profile behind");
  const spots = spotsOf(JSON.parse(await readFile(join(folder, file), "utf8")));
  return describe(spots, result);
}

/** Self time by function, most first. */
function spotsOf({ nodes, samples, timeDeltas }: CpuProfile): readonly Spot[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const spots = new Map<string, Spot>();
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    if (frame === undefined) return;
    const place = frame.url === "" ? "" : `${relative(frame.url)}:${frame.lineNumber + 1}`;
    const name = frame.functionName || "(anonymous)";
    const micros = (spots.get(`${name} ${place}`)?.micros ?? 0) + (timeDeltas[index] ?? 0);
    spots.set(`${name} ${place}`, { name, place, micros });
  });
  return [...spots.values()].sort((a, b) => b.micros - a.micros);
}

function relative(url: string): string {
  return url.replace("file://", "").replace(`${ROOT}/`, "");
}

function describe(spots: readonly Spot[], { perSecond }: JsonResult): string {
  const busy = spots.filter(({ name }) => !/^\((?:idle|program|root)\)$/.test(name));
  const total = busy.reduce((sum, { micros }) => sum + micros, 0);
  const share = (micros: number): string => `${((100 * micros) / total).toFixed(1)} %`;
  const part = (title: string, isPart: (spot: Spot) => boolean): string =>
    `${title} ${share(busy.filter(isPart).reduce((sum, { micros }) => sum + micros, 0))}`;
  const isOwn = ({ place }: Spot): boolean => place.startsWith("src/");
  const isPackage = ({ place }: Spot): boolean => place.includes("node_modules/");
  const line = ({ name, place, micros }: Spot): string => `| ${share(micros)} | ${name} | ${place} |`;
  return [
    `${Math.round(perSecond)} requests/s under the profiler, ${(total / 1e6).toFixed(1)} s sampled: ` +
      [
        part("src", isOwn),
        part("packages", isPackage),
        part("runtime", (spot) => !isOwn(spot) && !isPackage(spot)),
      ].join(", "),
    ...["", "| self time | function of src | place |", "| ---: | --- | --- |"],
    ...busy.filter(isOwn).slice(0, TOP).map(line),
    ...["", "| self time | other function | place |", "| ---: | --- | --- |"],
    ...busy
      .filter((spot) => !isOwn(spot))
      .slice(0, TOP)
      .map(line),
    "",
  ].join("\n");
}
