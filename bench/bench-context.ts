// What every suite of a run works with.
import { join } from "node:path";
import type { Children } from "./children.ts";
import type { LoadJob } from "./load/job.ts";

export interface BenchContext {
  readonly children: Children;
  /** A temporary folder of this run. */
  readonly folder: string;
  /** The compiled daemon. */
  readonly binary: string;
  readonly isQuick: boolean;
  /** One line about what is going on, not part of the result. */
  readonly say: (text: string) => void;
}

const ROOT = join(import.meta.dir, "..");
const TLS_FOLDER = join(ROOT, "test/fixture/tls");

/** The certificate of the fake TLS upstream, and the authority that signed it. */
export const TLS_FILES = {
  certificate: join(TLS_FOLDER, "localhost.pem"),
  key: join(TLS_FOLDER, "localhost.key"),
  ca: join(TLS_FOLDER, "ca.pem"),
} as const;

/** Runs a load in a process of its own. @throws Error if it ends without a result. */
export async function runLoad<Result>({ children }: BenchContext, job: LoadJob): Promise<Result> {
  const child = children.spawn([process.execPath, join(import.meta.dir, "load/load.ts"), JSON.stringify(job)]);
  const output = await new Response(child.stdout).text();
  if (output === "") throw new Error(`Cannot load ${job.url}: the load ended with ${await child.exited}`);
  // JSON knows no NaN, which is the percentile of nothing.
  return JSON.parse(output, (_key, value) => value ?? Number.NaN);
}
