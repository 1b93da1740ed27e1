// What is measured side by side: the upstream itself and the proxies in front of it, each a process of its own.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BenchContext, runLoad, TLS_FILES } from "../bench-context.ts";
import type { Server } from "../children.ts";
import { startNginx } from "./nginx.ts";

export const TARGET_NAMES = ["direct", "minimal", "nginx", "daemon"] as const;

export type TargetName = (typeof TARGET_NAMES)[number];

export interface Target extends Server {
  readonly name: TargetName;
}

const KEYS = 5;

/** Starts the upstream and all proxies; nginx only where it is installed. */
export async function startTargets(context: BenchContext, mode: "plain" | "tls"): Promise<readonly Target[]> {
  const { children } = context;
  const script = (name: string): string => join(import.meta.dir, name);
  const upstream = await children.serve([
    process.execPath,
    script("upstream.ts"),
    mode,
    TLS_FILES.certificate,
    TLS_FILES.key,
  ]);
  const minimal = await children.serve([process.execPath, script("minimal-proxy.ts"), upstream.url, TLS_FILES.ca]);
  const nginx = await startNginx(context, upstream.url);
  const daemon = await startDaemon(context, [context.binary], { upstreamUrl: upstream.url });
  return [
    { name: "direct", ...upstream },
    { name: "minimal", ...minimal },
    ...(nginx === undefined ? [] : [{ name: "nginx" as const, ...nginx }]),
    { name: "daemon", ...daemon },
  ];
}

/**
 * Lets Bun compile the hot path of its processes, which takes it some 30,000 requests: before that the processor time of
 * a request is two to three times as long.
 */
export async function warmUp(context: BenchContext, targets: readonly Target[]): Promise<void> {
  const durationMs = context.isQuick ? 2_000 : 8_000;
  context.say("Warm-up");
  const jobs = targets
    .filter(({ name }) => name === "minimal" || name === "daemon")
    .map(({ url }) => ({ kind: "json", url, connections: 32, warmUpMs: 0, durationMs }) as const);
  await Promise.all(jobs.map((job) => runLoad(context, job)));
}

export async function stopTargets(targets: readonly Target[]): Promise<void> {
  for (const target of targets.toReversed()) await target.stop();
}

/** Starts the daemon in front of this upstream, with its default settings but for these lines of its config. */
export async function startDaemon(
  { children, folder }: BenchContext,
  program: readonly string[],
  { upstreamUrl, settings = [] }: DaemonSetup,
): Promise<Server> {
  const home = join(folder, `daemon-${crypto.randomUUID()}`);
  await mkdir(home);
  const config = join(home, "config.yaml");
  await writeFile(config, daemonConfig(upstreamUrl, settings));
  // Nothing of the user's environment may change what is measured.
  const env = { HOME: home, PATH: process.env.PATH ?? "" };
  return await children.serve([...program, "serve", "--config", config, "--port", "0"], {
    cwd: home,
    env,
    // Its log, one line for each request.
    stderr: "ignore",
  });
}

interface DaemonSetup {
  readonly upstreamUrl: string;
  readonly settings?: readonly string[];
}

function daemonConfig(upstreamUrl: string, settings: readonly string[]): string {
  const keys = Array.from({ length: KEYS }, (_, index) => `      - sk-fake-bench-key-${index}`);
  return [
    "providers:",
    "  - name: bench",
    `    base_url: ${upstreamUrl}/v1`,
    ...(upstreamUrl.startsWith("https:") ? [`    ca_file: ${TLS_FILES.ca}`] : []),
    "    api_keys:",
    ...keys,
    ...settings,
    "",
  ].join("\n");
}
