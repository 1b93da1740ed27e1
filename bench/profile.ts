// `npm run bench -- --profile`: which functions of the daemon the processor spends its time in, under JSON load.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type BenchContext, runLoad } from "./bench-context.ts";
import { type ProfileSummary, type Spot, summarise } from "./cpu-profile.ts";
import type { JsonResult } from "./load/job.ts";
import { startDaemon } from "./servers/targets.ts";

const ROOT = join(import.meta.dir, "..");
const CONNECTIONS = 32;
const DURATION_MS = 8_000;
const WARM_UP_MS = 7_000;
/** Leaves out the start of the daemon and most of the warm-up, in which everything is compiled. */
const SKIP_MS = 6_000;
const TOP = 25;

/** Runs the daemon from source under the profiler and tells where its own time went, as Markdown. */
export async function profileDaemon(context: BenchContext): Promise<string> {
  const { children, folder, say } = context;
  const upstream = await children.serve([process.execPath, join(import.meta.dir, "servers/upstream.ts"), "plain"]);
  const program = [process.execPath, "--cpu-prof", `--cpu-prof-dir=${folder}`, join(ROOT, "src/main.ts")];
  const daemon = await startDaemon(context, program, { upstreamUrl: upstream.url });
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
  const profile = JSON.parse(await readFile(join(folder, file), "utf8"));
  const summary = summarise(profile, { root: ROOT, skipMs: SKIP_MS });
  return `${headline(summary, result)}\n${tables(summary)}`;
}

function headline({ self }: ProfileSummary, { perSecond }: JsonResult): string {
  const total = sum(self);
  const part = (title: string, spots: readonly Spot[]): string => `${title} ${percent(sum(spots), total)}`;
  const parts = [
    part("src", self.filter(isOwn)),
    part("packages", self.filter(isPackage)),
    part(
      "runtime",
      self.filter((spot) => !isOwn(spot) && !isPackage(spot)),
    ),
  ];
  const seconds = (total / 1e6).toFixed(1);
  return `${Math.round(perSecond)} requests/s under the profiler, ${seconds} s sampled: ${parts.join(", ")}\n`;
}

function tables({ self, onBehalf, inclusive }: ProfileSummary): string {
  const total = sum(self);
  const table = (title: string, spots: readonly Spot[]): string => {
    const rows = spots.slice(0, TOP).map(({ name, place, micros }) => [percent(micros, total), name, place]);
    return [["time", title, "place"], ["---:", "---", "---"], ...rows]
      .map((row) => `| ${row.join(" | ")} |\n`)
      .join("");
  };
  return [
    table("function of src, with all that it called before it returned or waited", inclusive.filter(isOwn)),
    table("function of src, with the packages and the runtime that it called", onBehalf),
    table("function of src, alone", self.filter(isOwn)),
    table(
      "function of a package or the runtime",
      self.filter((spot) => !isOwn(spot)),
    ),
  ].join("\n");
}

function isOwn({ place }: Spot): boolean {
  return place.startsWith("src/");
}

function isPackage({ place }: Spot): boolean {
  return place.includes("node_modules/");
}

function sum(spots: readonly Spot[]): number {
  return spots.reduce((total, { micros }) => total + micros, 0);
}

function percent(micros: number, total: number): string {
  return `${((100 * micros) / total).toFixed(1)} %`;
}
